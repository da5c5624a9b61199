#!/bin/bash
# fetch_python_tests.sh PREFIX: a Python environment with what the tests of the Python package need (scripts/python_tests.txt).
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:?prefix}
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
stamp=$(cat scripts/python_tests.txt <(python3 --version) | sha256sum | cut -d' ' -f1)
fetch_begin "$prefix" "$stamp" "what tests of the Python package need"
python3 -m venv "$out" || die "python3 could not make a virtual environment (package python3-venv)"
"$out/bin/python" -m pip -q --disable-pip-version-check install -r scripts/python_tests.txt >.deps/log/pip.log 2>&1 ||
  die "pip could not install scripts/python_tests.txt (see .deps/log/pip.log)"
fetch_end
