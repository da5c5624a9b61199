#!/bin/bash
# fetch_python.sh REQUIREMENTS PREFIX WHAT: a Python environment in PREFIX with what a file of requirements names.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=${1:?requirements} prefix=${2:?prefix} what=${3:?what it is for}
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
stamp=$(cat "$requirements" <(python3 --version) | sha256sum | cut -d' ' -f1)
fetch_begin "$prefix" "$stamp" "$what"
python3 -m venv "$out" || die "python3 could not make a virtual environment (package python3-venv)"
"$out/bin/python" -m pip -q --disable-pip-version-check install -r "$requirements" >.deps/log/pip.log 2>&1 ||
  die "pip could not install $requirements (see .deps/log/pip.log)"
fetch_end
