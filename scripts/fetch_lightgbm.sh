#!/bin/bash
# fetch_lightgbm.sh x86_64|aarch64 PREFIX: LightGBM's library from its PyPI wheel, pinned by hash; boosted trees are learned with it.
# PREFIX appears whole or not at all. Called by setup.sh, which holds the lock, after fetch_onnxruntime.sh, which makes .deps/venv.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:?architecture} prefix=${2:?prefix}
version=4.7.0
stamp="lightgbm $version $arch"

[[ ! -f $prefix/stamp || $(<"$prefix/stamp") != "$stamp" ]] || exit 0

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
printf 'setup: fetching LightGBM %s for %s into %s\n' "$version" "$arch" "$prefix"
mkdir -p "$(dirname "$prefix")" .deps/log
rm -rf "$prefix".tmp.*
tmp=$(mktemp -d "$prefix.tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

.deps/venv/bin/pip --version >/dev/null 2>&1 || python3 -m venv --clear .deps/venv ||
  die "python3 could not make the virtual environment .deps/venv (package python3-venv)"
cat >"$tmp/requirements.txt" <<R
lightgbm==$version \
 --hash=sha256:d23e922acd891e77212e4d0fbcee9ba973c96dee479491341d05ba595357ebb7 \
 --hash=sha256:d4529acec5c6fefe4768302a529707d0ead90f6a6f42df694b856212e09695b8
R
.deps/venv/bin/pip -q --disable-pip-version-check --retries 2 download --require-hashes --no-deps --only-binary=:all: \
  --platform "manylinux_2_28_$arch" --platform "manylinux2014_$arch" -r "$tmp/requirements.txt" -d "$tmp" >.deps/log/pip.log 2>&1 ||
  die "pip could not fetch the package lightgbm==$version (see .deps/log/pip.log)"

out=$tmp/out
mkdir -p "$out/lib" "$out/share/doc/lightgbm"
python3 - "$tmp"/*.whl "$out" <<'P'
import os, shutil, sys, zipfile
wheel, out = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.endswith(("/lib_lightgbm.so", "/LICENSE")):
            target = os.path.join(out, "lib" if name.endswith(".so") else "share/doc/lightgbm", os.path.basename(name))
            with archive.open(name) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink)
P
[[ -f $out/lib/lib_lightgbm.so ]] || die "the package lightgbm==$version holds no lib_lightgbm.so"
printf '%s\n' "$stamp" >"$out/stamp"
rm -rf "$prefix"
mv "$out" "$prefix"
