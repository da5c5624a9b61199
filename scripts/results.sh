#!/bin/bash
# results.sh DATA: profiles and cross-validates the demo zoo and the families under DATA (folders with zoo/ and
# images.csv), and writes docs/results.md from the results. Keeps what it made in out/results/.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?folder with cifar10/, conditions/ and imagenet/}
amsel=build/release/amsel
out=out/results
mkdir -p $out

measure() { # NAME ZOO IMAGES
  "$amsel" profile --zoo "$2" --images "$3" --out "$out/$1.db" --resume >/dev/null
  "$amsel" evaluate --profile "$out/$1.db" --out "$out/$1.json" >/dev/null
  echo "measured $1" >&2
}

measure fashion zoo/fashion /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
for family in cifar10 conditions imagenet; do measure $family "$data/$family/zoo" "$data/$family/images.csv"; done
python3 scripts/results_page.py $out/{fashion,cifar10,conditions,imagenet}.json >docs/results.md.tmp
mv docs/results.md.tmp docs/results.md
