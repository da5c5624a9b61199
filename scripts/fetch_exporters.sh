#!/bin/bash
# fetch_exporters.sh [PREFIX]: a Python environment with PyTorch, timm, transformers, TensorFlow and their ONNX exporters, and 60
# photos, into PREFIX (.cache/exporters). For tests/e2e/test_exporters.py, which is skipped without; nothing else needs it.
# About 3 GB to download and 7 GB on disk: no target of the Makefile calls it. Debian 12 with Python 3.11; nothing is done where it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:-.cache/exporters} arch=$(uname -m)
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
[[ $arch == x86_64 ]] || die "the exporters are pinned for x86_64, not $arch"
[[ $(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') == 3.11 ]] || die "the exporters are pinned for Python 3.11 (python3)"
stamp=$(cat scripts/exporters.txt scripts/fetch_exporters.sh tests/e2e/exporters/photos.py | sha256sum | cut -d' ' -f1)
fetch_begin "$prefix" "$stamp" "exporters of DNNs"

python3 -m venv "$out/venv" || die "python3 could not make a virtual environment (package python3-venv)"
# --no-deps: PyTorch asks for more of NVIDIA's libraries than it needs to run on a CPU.
"$out/venv/bin/python" -m pip -q --disable-pip-version-check install --no-deps -r scripts/exporters.txt >.deps/log/pip.log 2>&1 ||
  die "pip could not install scripts/exporters.txt (see .deps/log/pip.log)"

(cd "$tmp" && apt-get -q download lomiri-wallpapers-16.04 lomiri-wallpapers-20.04) >.deps/log/apt.log 2>&1 ||
  die "apt-get could not download the wallpapers (see .deps/log/apt.log; has apt-get update been run?)"
for package in "$tmp"/lomiri-wallpapers-*.deb; do dpkg-deb -x "$package" "$tmp/wallpapers"; done
"$out/venv/bin/python" -B tests/e2e/exporters/photos.py "$out/photos" "$tmp/wallpapers"
fetch_end
