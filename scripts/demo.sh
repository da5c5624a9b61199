#!/bin/bash
# demo.sh: the whole path on Fashion-MNIST with the zoo of zoo/fashion. Leaves out/demo/{profile.db,bundle/,results.json,report.html,
# answers.jsonl}, and says in one sentence what it found.
set -euo pipefail
cd "$(dirname "$0")/.."

amsel=build/release/amsel
images=/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
out=out/demo

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
  printf '$ amsel %s\n\n' "$*"
  "$amsel" "$@"
}

[[ -f $images ]] || { echo "demo: $images is missing; install the Debian package dataset-fashion-mnist" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"

say 'Every candidate on all 10,000 test images: what it answers, and how long it takes'
run profile --zoo zoo/fashion --images "$images" --out $out/profile.db
say 'Cross-validated: what would selection gain here, stopping on confidence and choosing before running?'
run evaluate --profile $out/profile.db --folds 3 --no-adapted --policy staged,p-right
say 'A staged policy from 60 % of the images, some of which certify it; the rest is set aside'
run train --profile $out/profile.db --out $out/bundle --policy staged --test-fraction 0.4
say 'The bundle, really run and clocked on the images that it never saw'
run evaluate --bundle $out/bundle --images "$images" --repetitions 3 --out $out/results.json --answers $out/answers.jsonl
say 'The same as a page with figures, for a browser'
run report $out/results.json --out $out/report.html
say 'Three of them, explained'
mapfile -t three < <(awk -F'"candidates":|,"class"' '!seen[$2]++ && ++n <= 3' $out/answers.jsonl | # the first of each path
  sed -E 's/.*"path":"[^#"]*(#[0-9]+)".*/\1/')
run run --bundle $out/bundle --explain "${three[@]/#/$images}"
say "$(scripts/demo_summary.py $out/results.json)"
cat <<END

Figures and tables:   $out/report.html, in any browser
Another trade-off:    $amsel run --bundle $out/bundle --point fast IMAGE...; $amsel inspect $out/bundle lists them
Your own DNNs:        $amsel init a.onnx b.onnx --images images.csv --out zoo; then check, profile, train (README.md)
END
