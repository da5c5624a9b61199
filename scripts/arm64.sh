#!/bin/bash
# arm64.sh smoke|whole: builds what goes on the device for 64-bit Arm and runs it under qemu. Says whether it is right, never how fast.
# smoke: packs the archive, and runs a small bundle on a few images with what is in it. whole: every test, and more images.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?smoke or whole}
jobs=${JOBS:-$(nproc)}
arm=(qemu-aarch64-static -L "$PWD/.deps/aarch64/sysroot")

# A bundle made here must verify there, and answer the same.
run_bundle() {
  local count=$1 here='' candidate images=/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
  local work=build/arm64_bundle
  for candidate in build/asan-ubsan/amsel build/release/amsel; do
    [[ ! -x $candidate ]] || here=$candidate
  done
  [[ -n $here ]] || { echo 'note: no bundle was run, since no build of this machine is there to make one'; return 0; }
  rm -rf "$work"
  mkdir "$work"
  "$here" profile --zoo zoo/fashion --images "$images" --shard 1/50 --out "$work/profile.db"
  "$here" train --profile "$work/profile.db" --out "$work/bundle" --policy p-right
  "${arm[@]}" "$there" inspect --verify "$work/bundle"
  seq -f "$images#%.0f" 0 $((count - 1)) >"$work/images"
  "$here" run --bundle "$work/bundle" --json - <"$work/images" >"$work/here.jsonl"
  "${arm[@]}" "$there" run --bundle "$work/bundle" --json - <"$work/images" >"$work/arm64.jsonl"
  python3 - "$work/here.jsonl" "$work/arm64.jsonl" <<'P'
import json, sys
here, arm = ([json.loads(line)["class"] for line in open(name)] for name in sys.argv[1:])
print(f"note: a bundle answered {len(arm)} images")
sys.exit(f"classes here {here}, on Arm {arm}" if here != arm or not arm else 0)
P
}

if [[ $(uname -m) == aarch64 ]]; then
  scripts/package.sh package
  echo 'note: this machine is Arm itself: make test has run all'
elif [[ $mode == smoke ]]; then
  scripts/package.sh package-aarch64
  there=$(echo build/package-aarch64/stage/*/bin/amsel)
  run_bundle 10
else
  cmake --preset aarch64
  cmake --build --preset aarch64 -j "$jobs"
  ctest --test-dir build/aarch64 --output-on-failure -j "$jobs"
  there=build/aarch64/amsel
  run_bundle 200
fi
