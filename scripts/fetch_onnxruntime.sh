#!/bin/bash
# fetch_onnxruntime.sh x86_64|aarch64 PREFIX: ONNX Runtime's library (PyPI wheel) and headers (npm package), both pinned by hash.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:?architecture} prefix=${2:?prefix}
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
version=1.32.0
headers=com.github.asus4.onnxruntime@0.4.9
headers_sha512=BkzxduSZ9IkeDP6Q8lz2TFU2ie7hSSvS7ZIfzMooExoq0CNzJnuuGaUJ7IsojBgqO4ouD1jXah8OYyJbCN29Fg==
fetch_begin "$prefix" "onnxruntime $version $arch headers $headers" "ONNX Runtime $version for $arch"
fetch_wheel "onnxruntime==$version" --implementation cp --python-version 311 --abi cp311 --platform "manylinux_2_28_$arch" <<H
sha256:5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d
sha256:2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c
H
fetch_package "$headers" "$headers_sha512"

mkdir -p "$out/lib" "$out/include/onnxruntime" "$out/share/doc/onnxruntime"
python3 - "$tmp"/*.whl "$out" <<'P'
import os, shutil, sys, zipfile
wheel, out = sys.argv[1:]
notices = ("onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        library = name.startswith("onnxruntime/capi/libonnxruntime")
        if library or name in notices:
            target = os.path.join(out, "lib" if library else "share/doc/onnxruntime", os.path.basename(name))
            with archive.open(name) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink)
P
ln -s "libonnxruntime.so.$version" "$out/lib/libonnxruntime.so.1"
ln -s libonnxruntime.so.1 "$out/lib/libonnxruntime.so"
[[ -f $out/lib/libonnxruntime.so.$version ]] || die "the package onnxruntime==$version holds no libonnxruntime.so.$version"
tar xzf "$archive" -C "$out/include/onnxruntime" --strip-components=7 \
  'package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers'
fetch_end
