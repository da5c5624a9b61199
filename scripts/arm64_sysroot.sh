#!/bin/bash
# arm64_sysroot.sh: puts Debian's arm64 libraries, and ONNX Runtime for Arm, under .deps/aarch64 for the preset `aarch64`.
# Nothing arm64 is installed on this machine; the packages come from its own apt sources.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/arm64_root.sh
. scripts/arm64_root.sh

packages=(libc6-dev libstdc++6 libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev libopencv-features2d-dev
  libturbojpeg0-dev libssl-dev libsodium-dev zlib1g-dev nlohmann-json3-dev libcli11-dev libfmt-dev libsqlite3-dev libeigen3-dev liblbfgs-dev
  libgtest-dev libgmock-dev)
deps=.deps/aarch64
stamp="sysroot 1: ${packages[*]}"

make_sysroot() {
  printf 'setup: making the arm64 sysroot in %s\n' "$deps/sysroot"
  mkdir -p "$deps" .deps/log
  rm -rf "$deps"/sysroot.tmp.*
  tmp=$(mktemp -d "$PWD/$deps/sysroot.tmp.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  local root=$tmp/root libraries
  arm64_root "$root" .deps/log/sysroot.log "${packages[@]}"
  rm -rf "$root/usr/bin"
  # The packages' install scripts, which did not run, would have chosen these.
  libraries=$root/usr/lib/aarch64-linux-gnu
  local each
  for each in blas/libblas.so.3 lapack/liblapack.so.3; do
    [[ ! -e $libraries/$each ]] || ln -sf "$each" "$libraries/${each##*/}"
  done
  printf '%s\n' "$stamp" >"$root/stamp"
  rm -rf "$deps/sysroot"
  mv "$root" "$deps/sysroot"
}

[[ -f $deps/sysroot/stamp && $(<"$deps/sysroot/stamp") == "$stamp" ]] || make_sysroot
scripts/fetch_onnxruntime.sh aarch64 "$deps/onnxruntime"
