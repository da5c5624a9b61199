#!/bin/bash
# arm64_decisions.sh DATA: the same decisions on 64-bit Arm (under qemu) as here, for the families under DATA: 200 images of cifar10 and of
# conditions, 20 of imagenet and of its int8 zoo. Trains a staged bundle of each on a share of its photos unless $BUNDLES/FAMILY is one.
# Probabilities may differ by 1e-3, with int8 by 2e-2; ties within that are counted (scripts/arm64_decisions.py).
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?folder with cifar10/, conditions/ and imagenet/ (docs/data.md)}
work=.cache/arm64
here=build/release/amsel
arm=(qemu-aarch64-static -L "$PWD/.deps/aarch64/sysroot" build/aarch64/amsel)
failed=0

# bundle FAMILY ZOO SHARD: prints where it is.
bundle() {
  local made=$work/$1
  if [[ -n ${BUNDLES:-} && -f $BUNDLES/$1/manifest.json ]]; then
    printf '%s\n' "$BUNDLES/$1"
    return
  fi
  if [[ ! -f $made/bundle/manifest.json ]]; then
    mkdir -p "$made"
    "$here" profile --zoo "$2" --images "$data/${1%-int8}/images.csv" --shard "$3" --out "$made/profile.db" --resume >&2
    "$here" train --profile "$made/profile.db" --policy staged --out "$made/bundle" >&2
  fi
  printf '%s\n' "$made/bundle"
}

# decide FAMILY ZOO SHARD COUNT TOLERANCE
decide() {
  local family=$1 images=$data/${1%-int8} with
  if [[ ! -f $images/images.csv || ! -d $images/$2 ]]; then
    printf 'note: %s left out: no %s\n' "$family" "$images/$2"
    return
  fi
  with=$(bundle "$family" "$images/$2" "$3")
  mkdir -p "$work"
  # The last of them, which come in no order.
  tail -n "$4" "$images/images.csv" | cut -d, -f1 | sed "s|^|$images/|" >"$work/$family.list"
  "$here" run --bundle "$with" --json --explain - <"$work/$family.list" >"$work/$family.here.jsonl"
  "${arm[@]}" run --bundle "$with" --json --explain - <"$work/$family.list" >"$work/$family.arm64.jsonl"
  python3 scripts/arm64_decisions.py "$family" "$5" "$work/$family.here.jsonl" "$work/$family.arm64.jsonl" || failed=1
}

[[ $(uname -m) != aarch64 ]] || { echo 'note: this machine is Arm itself'; exit 0; }
if [[ ! -d $data ]]; then
  printf 'note: no photos in %s\n' "$data"
  exit 0
fi
cmake --preset aarch64 >/dev/null
cmake --build --preset aarch64 -j "${JOBS:-$(nproc)}" --target amsel
[[ -x $here ]] || { cmake --preset release >/dev/null; cmake --build --preset release -j "${JOBS:-$(nproc)}" --target amsel; }
decide cifar10 zoo 1/10 200 1e-3
decide conditions zoo 1/10 200 1e-3
decide imagenet zoo 1/4 20 1e-3
decide imagenet-int8 zoo_int8 1/4 20 2e-2
exit "$failed"
