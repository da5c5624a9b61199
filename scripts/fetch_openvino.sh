#!/bin/bash
# fetch_openvino.sh [PREFIX]: OpenVINO's libraries, headers and CMake package from its PyPI wheel, pinned by hash, into PREFIX (.deps/openvino).
# Nothing else needs it: `make openvino-plugin` calls it, and its test runs where it is there. PREFIX appears whole or not at all.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:-.deps/openvino}
version=2026.4.0
arch=$(uname -m)
stamp="openvino $version $arch"

[[ ! -f $prefix/stamp || $(<"$prefix/stamp") != "$stamp" ]] || exit 0

die() { printf 'fetch_openvino: %s\n' "$*" >&2; exit 1; }
printf 'fetch_openvino: fetching OpenVINO %s for %s into %s\n' "$version" "$arch" "$prefix"
mkdir -p "$(dirname "$prefix")" .deps/log
rm -rf "$prefix".tmp.*
tmp=$(mktemp -d "$prefix.tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
case $arch in
  x86_64) glibc=manylinux_2_28 ;;
  aarch64) glibc=manylinux_2_35 ;;
  *) die "there is no wheel of OpenVINO for $arch" ;;
esac

# Debian's own Python refuses system-wide pip, so pip lives in a venv of this checkout.
.deps/venv/bin/pip --version >/dev/null 2>&1 || python3 -m venv --clear .deps/venv ||
  die "python3 could not make the virtual environment .deps/venv (package python3-venv)"
cat >"$tmp/requirements.txt" <<R
openvino==$version \
 --hash=sha256:71ee4e65a914044a510af43da16f3279c8f9dae22cbc8eac63d4a785c4a9c03f \
 --hash=sha256:8d552c6a8b0853447b291da3b2916d1b8a0e6f8bca70c8a9737d661fb5e268ca
R
.deps/venv/bin/pip -q --disable-pip-version-check --retries 2 download --require-hashes --no-deps --only-binary=:all: \
  --implementation cp --python-version 311 --abi cp311 --platform "${glibc}_$arch" \
  -r "$tmp/requirements.txt" -d "$tmp" >.deps/log/pip.log 2>&1 ||
  die "pip could not fetch the package openvino==$version (see .deps/log/pip.log)"
python3 - "$tmp"/*.whl "$tmp/out" <<'P'
import sys, zipfile
wheel, out = sys.argv[1:]
parts = ("openvino/libs/", "openvino/include/", "openvino/cmake/")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(out, [name for name in archive.namelist()
                             if name.startswith(parts) or ".dist-info/" in name and "licen" in name.lower()])
P
[[ -f $tmp/out/openvino/cmake/OpenVINOConfig.cmake ]] || die "the package openvino==$version holds no CMake package"
printf '%s\n' "$stamp" >"$tmp/out/stamp"
rm -rf "$prefix"
mv "$tmp/out" "$prefix"
