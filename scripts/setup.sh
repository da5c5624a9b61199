#!/bin/bash
# setup.sh [build|demo|test|bench|results|format|check|all]: installs what that target needs and nothing that is already there.
# Debian packages come from apt, by name; ONNX Runtime, LightGBM and what comes from npm go to .deps/ of this checkout. Does nothing in well under a second when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
say() { printf 'setup: %s\n' "$*"; }

build=(g++ cmake make ninja-build ccache pkg-config git libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev
  libopencv-features2d-dev libopencv-ml-dev libgomp1 libturbojpeg0-dev libsqlite3-dev nlohmann-json3-dev libcli11-dev libfmt-dev
  libeigen3-dev liblbfgs-dev libssl-dev libsodium-dev zlib1g-dev python3 python3-venv ca-certificates openssl)
demo=(dataset-fashion-mnist)
# The tests build the benchmarks too, so that these do not rot.
test=(strace minisign libgtest-dev libgmock-dev libbenchmark-dev sqlite3 libwebp7 libheif1)
bench=(libbenchmark-dev)
check=(clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19)
# An Arm machine is its own target: nothing to cross-build there.
[[ $(uname -m) == aarch64 ]] || check+=(g++-aarch64-linux-gnu qemu-user-static mmdebstrap)

case ${1:-build} in
  build) packages=("${build[@]}") ;;
  demo | results) packages=("${build[@]}" "${demo[@]}") ;;
  test) packages=("${build[@]}" "${demo[@]}" "${test[@]}") ;;
  format) packages=(git clang-format-19) ;;
  bench) packages=("${build[@]}" "${demo[@]}" "${bench[@]}") ;;
  check | all) packages=("${build[@]}" "${demo[@]}" "${test[@]}" "${check[@]}") ;;
  *) die "unknown target '$1' (build, demo, test, bench, results, format, check or all)" ;;
esac
# Debian's npm brings hundreds of packages, so any npm already on PATH will do.
[[ ${1:-} == format ]] || command -v npm >/dev/null || packages+=(npm)

# Prints the packages among "$@" that dpkg does not report as installed.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$installed") || true
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "installing packages needs root: run as root, or install sudo; missing: ${missing[*]}"
  fi
}

install_packages() {
  mapfile -t missing < <(missing_packages "${packages[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root apt-get -qq update || die "apt-get could not refresh its package lists: is there a network?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
    { grep '^E:' "$log" | tail -n 3 >&2; die "apt-get could not install ${missing[*]} (whole log: $log)"; }
}

# Elsewhere the packages have other names: list them, insist on the programs, and leave the libraries to CMake.
check_by_hand() {
  say "this is ${PRETTY_NAME:-an unknown system}, not Debian 12 or 13 or Ubuntu; install the counterparts of these Debian packages by hand:"
  printf '  %s\n' "${packages[*]}" | fold -s -w 110
  local program
  for program in g++ cmake make ninja git pkg-config python3 npm openssl; do
    command -v "$program" >/dev/null || die "$program is not on PATH"
  done
}

PRETTY_NAME='' ID='' VERSION_ID=''
# shellcheck source=/dev/null
[[ ! -r /etc/os-release ]] || . /etc/os-release
# The report's page is tested in a browser. Ubuntu has it as a snap only: there that test is skipped.
browser=no
case ${1:-build}:$ID in
  test:debian | check:debian | all:debian) browser=yes packages+=(chromium) ;;
esac
mkdir -p .deps/log
log=.deps/log/apt.log
# One set-up at a time in a checkout: a second waits, then finds everything there.
exec 9>.deps/lock
flock 9
case $ID:$VERSION_ID in
  debian:12 | debian:13 | ubuntu:*) install_packages ;;
  *) check_by_hand ;;
esac
[[ ${1:-} == format ]] || {
  scripts/fetch_onnxruntime.sh "$(uname -m)" .deps/onnxruntime
  scripts/fetch_lightgbm.sh "$(uname -m)" .deps/lightgbm
  # What `amsel report` draws with; cmake/AmselPage.cmake puts it into the program.
  scripts/fetch_npm.sh d3@7.9.0 \
    e1U46jVP+w7Iut8Jt8ri1YsPOvFpg46k+K8TpCb0P+zjCkjkPnV7WzfDJzMHy1LnA+wj5pLT1wjO901gLXeEhA== .deps/page/d3
  scripts/fetch_npm.sh @observablehq/plot@0.6.17 \
    /qaXP/7mc4MUS0s4cPPFASDRjtsWp85/TbfsciqDgU1HwYixbSbbytNuInD8AcTYC3xaxACgVX06agdfQy9W+g== .deps/page/plot
}
case ${1:-build} in
  test | check | all) scripts/fetch_python.sh scripts/python_tests.txt .deps/python_tests 'what tests of the Python package need' ;;
  results) scripts/fetch_python.sh scripts/derive.txt .deps/derive 'what amsel derive needs' ;;
esac
[[ $browser == no ]] || scripts/fetch_npm.sh playwright-core@1.65.1 \
  hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHbNZDFgZ9JfBFr+X5/BLo0qw== .deps/playwright-core
case ${1:-build} in
  check | all) [[ $(uname -m) == aarch64 ]] || scripts/arm64_sysroot.sh ;;
esac
