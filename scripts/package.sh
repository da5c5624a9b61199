#!/bin/bash
# package.sh [package|package-aarch64 ...]: one archive per architecture, out/amsel-VERSION-ARCH.tar.gz, of what a device needs and can be put anywhere.
# Without arguments: this machine's, and 64-bit Arm's where its sysroot is there (scripts/setup.sh check).
# PACKAGE_OPENCV=static links the OpenCV that scripts/fetch_opencv.sh builds, so that a device needs none of its own (10 MB more).
# PACKAGE_ONNXRUNTIME=OFF leaves ONNX Runtime out, for devices that have one of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
version=$(sed -n 's/^project(amsel VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
# The commit's time, so that the same sources give the same archive.
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

# The licences of what is compiled or linked into the program and the library, as Debian keeps them.
third_party() {
  local package
  mkdir -p "$1"
  for package in libssl-dev libsodium-dev nlohmann-json3-dev libfmt-dev libcli11-dev; do
    [[ ! -r /usr/share/doc/$package/copyright ]] || cp "/usr/share/doc/$package/copyright" "$1/$package"
  done
}

if [[ $# == 0 ]]; then
  set -- package
  [[ $(uname -m) == aarch64 || ! -f .deps/aarch64/sysroot/stamp ]] || set -- "$@" package-aarch64
fi

for preset in "$@"; do
  case $preset in
    package) arch=$(uname -m) tools='' ;;
    package-aarch64) arch=aarch64 tools=aarch64-linux-gnu- ;;
    *) printf 'package: unknown preset %s (package or package-aarch64)\n' "$preset" >&2; exit 2 ;;
  esac
  name=amsel-$version-$arch
  build=build/$preset static_opencv=OFF
  if [[ ${PACKAGE_OPENCV:-system} == static ]]; then
    static_opencv=ON build+=-static
    scripts/fetch_opencv.sh "$arch" ".deps/${tools:+$arch/}opencv"
  fi
  cmake --preset "$preset" -B "$build" -DAMSEL_INSTALL_ONNXRUNTIME="${PACKAGE_ONNXRUNTIME:-ON}" -DAMSEL_STATIC_OPENCV=$static_opencv >/dev/null
  cmake --build "$build" -j "$jobs"
  python3 tests/layout/shared_library.py "$build/libamsel_runtime.so" "$tools" "${PACKAGE_OPENCV:-system}"
  rm -rf "$build/stage"
  cmake --install "$build" --prefix "$PWD/$build/stage/$name" --strip >/dev/null
  third_party "$build/stage/$name/share/doc/amsel/third-party"
  [[ $static_opencv == OFF ]] ||
    cp -r ".deps/${tools:+$arch/}opencv/share/licenses/opencv4" "$build/stage/$name/share/doc/amsel/third-party/opencv"
  if grep -rlF -e "$PWD/" -e "${XDG_CACHE_HOME:-$HOME/.cache}/" "$build/stage/$name"; then
    echo 'package: these name a folder of this machine' >&2
    exit 1
  fi
  [[ $arch != "$(uname -m)" ]] || "$build/stage/$name/bin/amsel" --version >/dev/null
  mkdir -p out
  tar -C "$build/stage" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -cf - "$name" | gzip -9n >"out/$name.tar.gz.tmp"
  mv "out/$name.tar.gz.tmp" "out/$name.tar.gz"
  printf 'package: out/%s.tar.gz, %s bytes\n' "$name" "$(stat -c %s "out/$name.tar.gz")"
done
