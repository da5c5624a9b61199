#!/bin/bash
# arm64_sysroot.sh: puts Debian's arm64 libraries, and ONNX Runtime for Arm, under .deps/aarch64 for the preset `aarch64`.
# Nothing arm64 is installed on this machine; the packages come from its own apt sources.
set -euo pipefail
cd "$(dirname "$0")/.."
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

packages=(libc6-dev libstdc++6 libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev libopencv-features2d-dev
  libturbojpeg0-dev libssl-dev libsodium-dev zlib1g-dev nlohmann-json3-dev libcli11-dev libfmt-dev libsqlite3-dev libeigen3-dev liblbfgs-dev
  libgtest-dev libgmock-dev)
deps=.deps/aarch64
stamp="sysroot 1: ${packages[*]}"

make_sysroot() {
  VERSION_CODENAME=''
  # shellcheck source=/dev/null
  . /etc/os-release
  # Only the lists that name this release: others (of a vendor, say) seldom have arm64.
  local sources=()
  mapfile -t sources < <(grep -lsE "(^|[[:space:]])$VERSION_CODENAME([[:space:]-]|\$)" \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
  [[ ${#sources[@]} -gt 0 ]] || die "no apt source on this machine names the release '$VERSION_CODENAME'"
  printf 'setup: making the arm64 sysroot in %s\n' "$deps/sysroot"
  mkdir -p "$deps" .deps/log
  rm -rf "$deps"/sysroot.tmp.*
  tmp=$(mktemp -d "$PWD/$deps/sysroot.tmp.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  local include root=$tmp/root libraries
  include=$(IFS=, && printf '%s' "${packages[*]}")
  mmdebstrap --quiet --architectures=arm64 --variant=extract --include="$include" \
    "$VERSION_CODENAME" "$root" "${sources[@]}" >.deps/log/sysroot.log 2>&1 ||
    die "mmdebstrap could not fetch the arm64 packages (see .deps/log/sysroot.log)"

  # qemu prefers whatever file is under the sysroot to this machine's, so keep only what a program links and loads ...
  find "$root" -mindepth 1 -maxdepth 1 ! -name usr ! -name 'lib*' -exec rm -rf {} +
  (cd "$root/usr" && rm -rf bin sbin share/doc share/man share/locale)
  # ... and, since ONNX Runtime reads it as an Arm kernel writes it, this.
  mkdir "$root/proc"
  local cpu
  for ((cpu = 0; cpu < $(nproc); cpu++)); do
    printf 'processor\t: %d\nBogoMIPS\t: 38.40\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd03\nCPU revision\t: 4\n\n' "$cpu"
  done >"$root/proc/cpuinfo"
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
