"""``python -m amsel``: the ``amsel`` of the package, where it is not installed."""

from ._program import main

main()
