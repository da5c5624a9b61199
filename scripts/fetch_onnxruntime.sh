#!/bin/bash
# fetch_onnxruntime.sh x86_64|aarch64 PREFIX: ONNX Runtime's library (PyPI wheel) and headers (npm package), both pinned by hash.
# PREFIX appears whole or not at all. Called by setup.sh and arm64_sysroot.sh, which hold the lock.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:?architecture} prefix=${2:?prefix}
version=1.32.0
headers=com.github.asus4.onnxruntime@0.4.9
headers_sha512=BkzxduSZ9IkeDP6Q8lz2TFU2ie7hSSvS7ZIfzMooExoq0CNzJnuuGaUJ7IsojBgqO4ouD1jXah8OYyJbCN29Fg==
stamp="onnxruntime $version $arch headers $headers"

[[ ! -f $prefix/stamp || $(<"$prefix/stamp") != "$stamp" ]] || exit 0

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
printf 'setup: fetching ONNX Runtime %s for %s into %s\n' "$version" "$arch" "$prefix"
mkdir -p "$(dirname "$prefix")" .deps/log
rm -rf "$prefix".tmp.*
tmp=$(mktemp -d "$prefix.tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# Debian's own Python refuses system-wide pip, so pip lives in a venv of this checkout.
.deps/venv/bin/pip --version >/dev/null 2>&1 || python3 -m venv --clear .deps/venv ||
  die "python3 could not make the virtual environment .deps/venv (package python3-venv)"
cat >"$tmp/requirements.txt" <<R
onnxruntime==$version \
 --hash=sha256:5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d \
 --hash=sha256:2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c
R
.deps/venv/bin/pip -q --disable-pip-version-check --retries 2 download --require-hashes --no-deps --only-binary=:all: \
  --implementation cp --python-version 311 --abi cp311 --platform "manylinux_2_28_$arch" \
  -r "$tmp/requirements.txt" -d "$tmp" >.deps/log/pip.log 2>&1 ||
  die "pip could not fetch the package onnxruntime==$version (see .deps/log/pip.log)"
(cd "$tmp" && npm pack --silent "$headers") >.deps/log/npm.log 2>&1 ||
  die "npm could not fetch the package $headers (see .deps/log/npm.log)"
archive=$(printf '%s\n' "$tmp"/*.tgz)
[[ $(openssl dgst -sha512 -binary "$archive" | base64 -w0) == "$headers_sha512" ]] ||
  die "the package $headers is not the one this version of amsel was made with (its SHA-512 differs)"

out=$tmp/out
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
printf '%s\n' "$stamp" >"$out/stamp"
rm -rf "$prefix"
mv "$out" "$prefix"
