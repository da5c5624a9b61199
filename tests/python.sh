#!/bin/bash
# python.sh ENVIRONMENT: pytest, mypy and ruff over the Python package, on the program and the library of the build tree.
set -euo pipefail
cd "$(dirname "$0")/../python"
python=$1/bin/python
[[ -x $python ]] || { echo "skipped: no $1: scripts/setup.sh test makes it"; exit 77; }
export PYTHONPATH=$PWD/src PYTHONDONTWRITEBYTECODE=1
"$python" -m pytest -q -p no:cacheprovider tests
"$python" -m mypy --strict --cache-dir=/dev/null
"$python" -m ruff check --no-cache .
