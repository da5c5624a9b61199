#!/bin/bash
# fetch_lightgbm.sh x86_64|aarch64 PREFIX: LightGBM's library from its PyPI wheel, pinned by hash; boosted trees are learned with it.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:?architecture} prefix=${2:?prefix}
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
version=4.7.0
fetch_begin "$prefix" "lightgbm $version $arch" "LightGBM $version for $arch"
fetch_wheel "lightgbm==$version" --platform "manylinux_2_28_$arch" --platform "manylinux2014_$arch" <<H
sha256:d23e922acd891e77212e4d0fbcee9ba973c96dee479491341d05ba595357ebb7
sha256:d4529acec5c6fefe4768302a529707d0ead90f6a6f42df694b856212e09695b8
H

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
fetch_end
