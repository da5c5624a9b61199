#!/bin/bash
# arm64.sh smoke|whole: builds what goes on the device for 64-bit Arm and runs it under qemu. Says whether it is right, never how fast.
# smoke: each test program once, and the demo's bundle, if there, on a few images. whole: every test by itself, and more images.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?smoke or whole}
jobs=${JOBS:-$(nproc)}
build=build/aarch64
[[ $(uname -m) != aarch64 ]] || { echo 'note: this machine is Arm itself: make test has run all'; exit 0; }

cmake --preset aarch64
cmake --build --preset aarch64 -j "$jobs"
arm=(qemu-aarch64-static -L "$PWD/.deps/aarch64/sysroot")

if [[ $mode == whole ]]; then
  ctest --test-dir "$build" --output-on-failure -j "$jobs"
  images=50
else
  mapfile -t programs < <(find "$build" -maxdepth 1 -type f -name '*_test' -executable | sort)
  [[ ${#programs[@]} -gt 0 ]] || { echo "no test program in $build"; exit 1; }
  printf '%s\0' "${programs[@]}" | xargs -0 -P "$jobs" -I{} timeout 900 "${arm[@]}" {} --gtest_brief=1
  printf 'note: %d test programs\n' "${#programs[@]}"
  images=5
fi

bundle=out/demo/bundle
[[ -d $bundle ]] || { echo "note: no $bundle (make demo), so none was run"; exit 0; }
mapfile -t files < <(find out/demo -name '*.png' -o -name '*.jpg' | sort | head -n "$images")
[[ ${#files[@]} -gt 0 ]] || { echo 'note: the demo left no images'; exit 0; }
classes() { "$@" run --bundle "$bundle" --json "${files[@]}" | python3 -c 'import json, sys
for line in sys.stdin: print(json.loads(line)["class"])'; }
classes "${arm[@]}" "$build/amsel" >"$build/classes.arm64"
if [[ -x build/release/amsel ]]; then
  classes build/release/amsel >"$build/classes.here"
  diff "$build/classes.here" "$build/classes.arm64"
fi
printf 'note: the demo bundle answered %d images\n' "${#files[@]}"
