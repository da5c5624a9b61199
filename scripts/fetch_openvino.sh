#!/bin/bash
# fetch_openvino.sh [PREFIX]: OpenVINO's libraries, headers and CMake package from its PyPI wheel, pinned by hash, into PREFIX (.deps/openvino).
# Nothing else needs it: `make openvino-plugin` calls it, and its test runs where it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:-.deps/openvino} arch=$(uname -m)
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
version=2026.4.0
case $arch in
  x86_64) glibc=manylinux_2_28 ;;
  aarch64) glibc=manylinux_2_35 ;;
  *) die "there is no wheel of OpenVINO for $arch" ;;
esac
fetch_begin "$prefix" "openvino $version $arch" "OpenVINO $version for $arch"
fetch_wheel "openvino==$version" --implementation cp --python-version 311 --abi cp311 --platform "${glibc}_$arch" <<H
sha256:71ee4e65a914044a510af43da16f3279c8f9dae22cbc8eac63d4a785c4a9c03f
sha256:8d552c6a8b0853447b291da3b2916d1b8a0e6f8bca70c8a9737d661fb5e268ca
H

python3 - "$tmp"/*.whl "$out" <<'P'
import sys, zipfile
wheel, out = sys.argv[1:]
parts = ("openvino/libs/", "openvino/include/", "openvino/cmake/")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(out, [name for name in archive.namelist()
                             if name.startswith(parts) or ".dist-info/" in name and "licen" in name.lower()])
P
[[ -f $out/openvino/cmake/OpenVINOConfig.cmake ]] || die "the package openvino==$version holds no CMake package"
fetch_end
