#!/bin/bash
# results.sh DATA: what `make results` runs. For the demo zoo and each family under DATA (folders with zoo/, perhaps
# zoo_int8/, and images.csv): profiles, cross-validates, then trains on two thirds and clocks the bundle on the rest.
# Writes docs/results.md; keeps what it made in out/results/ and continues profiles that are there.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?folder with cifar10/, conditions/ and imagenet/}
amsel=build/release/amsel
out=out/results
mkdir -p $out

measure() { # NAME ZOO IMAGES
  "$amsel" profile --zoo "$2" --images "$3" --out "$out/$1.db" --resume >/dev/null
  "$amsel" evaluate --profile "$out/$1.db" --out "$out/$1.json" >/dev/null
  "$amsel" train --profile "$out/$1.db" --policy staged --test-fraction 0.35 --out "$out/$1.bundle" --force >/dev/null
  "$amsel" evaluate --bundle "$out/$1.bundle" --images "$3" --out "$out/$1.clocked.json" >/dev/null
  echo "measured $1" >&2
}

measure fashion zoo/fashion /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
for family in cifar10 conditions imagenet; do measure $family "$data/$family/zoo" "$data/$family/images.csv"; done
measure imagenet_int8 "$data/imagenet/zoo_int8" "$data/imagenet/images.csv"
python3 scripts/results_page.py $out/{fashion,cifar10,conditions,imagenet,imagenet_int8}{,.clocked}.json >docs/results.md.tmp
mv docs/results.md.tmp docs/results.md
