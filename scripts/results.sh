#!/bin/bash
# results.sh DATA: what `make results` runs. For the demo zoo and each family under DATA (folders with zoo/, perhaps
# zoo_int8/, and images.csv): profiles each candidate and its mirrored view (cifar10: the smoothed one too, see
# docs/adr/0013-denoised-view.md), trains a bundle with 35 % of the images set aside and clocks it on these; then, since this needs no quiet
# machine, plays it on the records of the rest and cross-validates. Likewise with what amsel derives from DNNs: int8 twins,
# sizes, crops. Writes docs/results.md, README's table and its picture.
# Keeps what it made in out/results/ and continues from there: a file that is there is not made again.
# AMSEL=FILE measures with another program than the build's. FAMILIES="imagenet cifar10" measures these alone; the page keeps what it had of the others.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?folder with cifar10/, conditions/ and imagenet/}
out=out/results
mkdir -p $out

amsel() { "${AMSEL:-build/release/amsel}" "$@" >/dev/null; }
made() { [[ -s $out/$1 ]] && return 0; echo "$1" >&2; return 1; }

measure() { # NAME ZOO IMAGES [VIEWS]: what is clocked, which wants a quiet machine
  local name=$1 images=$3 views=${4:-identity,hflip} db=$out/$1.db bundle=$out/$1.bundle
  amsel profile --zoo "$2" --images "$images" --views "$views" --out "$db" --resume
  made "$name.bundle/manifest.json" || amsel train --profile "$db" --policy staged --test-fraction 0.35 --out "$bundle"
  made "$name.clocked.json" || amsel evaluate --bundle "$bundle" --images "$images" --repetitions 3 --out "$out/$name.clocked.json"
}

simulate() { # the same arguments: what counts answers, and times of the records; deciding alone is clocked, by its median
  local name=$1 images=$3 db=$out/$1.db bundle=$out/$1.bundle
  made "$name.held.json" || amsel evaluate --bundle "$bundle" --profile "$db" --out "$out/$name.held.json"
  if [[ $derived == *" $name "* ]]; then # as many heads as candidates, and no other policy, are not what these are about
    made "$name.json" || amsel evaluate --profile "$db" --folds 5 --no-adapted --policy staged --out "$out/$name.json"
    return
  fi
  made "$name.every.simulated.jsonl" || amsel evaluate --bundle "$bundle" --profile "$db" --include-training \
    --answers "$out/$name.every.simulated.jsonl"
  made "$name.every.run.jsonl" || amsel evaluate --bundle "$bundle" --images "$images" --include-training --repetitions 1 \
    --answers "$out/$name.every.run.jsonl"
  made "$name.json" || amsel evaluate --profile "$db" --folds 5 --out "$out/$name.json"
  made "$name.ablations.json" || amsel evaluate --profile "$db" --folds 3 --no-adapted --out "$out/$name.ablations.json" \
    --policy staged,cascade,agreement,staged-no-pooling,staged-no-features,staged-no-head,staged-fixed-order
}

derive() { # FAMILY: its DNNs and their int8 twins, in $out/FAMILY_derived
  [[ -d $out/$1_derived ]] || PYTHONPATH=python/src AMSEL_PROGRAM=${AMSEL:-build/release/amsel} .deps/derive/bin/python -m amsel \
    derive --zoo "$data/$1/zoo" --images "$data/$1/images.csv" --out "$out/$1_derived" >/dev/null
}

one_dnn() { # NAME FAMILY DNN VIEWS: that alone with all that is derived from it, measured as the others are
  local zoo=$out/$1_zoo
  derive "$2"
  mkdir -p "$zoo"
  ln -sfn "$PWD/$out/$2_derived/$3" "$PWD/$out/$2_derived/$3-int8" "$zoo"
  cp "$out/$2_derived/labels.txt" "$zoo"
  $step "$1" "$zoo" "$data/$2/images.csv" "$4"
}

all='imagenet_int8 imagenet cifar10 conditions fashion imagenet_twins imagenet_sizes lite2 resnet56'
derived=' imagenet_twins imagenet_sizes lite2 resnet56 '
for step in measure simulate; do
  for family in ${FAMILIES:-$all}; do
    case $family in
      fashion) $step fashion zoo/fashion /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz ;;
      imagenet_int8) $step imagenet_int8 "$data/imagenet/zoo_int8" "$data/imagenet/images.csv" ;;
      cifar10) $step cifar10 "$data/cifar10/zoo" "$data/cifar10/images.csv" identity,hflip,denoise ;;
      imagenet_twins) derive imagenet; $step $family $out/imagenet_derived "$data/imagenet/images.csv" ;;
      imagenet_sizes) derive imagenet; $step $family $out/imagenet_derived "$data/imagenet/images.csv" identity,hflip,size:auto ;;
      lite2) one_dnn lite2 imagenet efficientnet_lite2 identity,hflip,size:auto,crop:1 ;;
      resnet56) one_dnn resnet56 cifar10 resnet56 identity,hflip,size:auto ;;
      conditions | imagenet) $step "$family" "$data/$family/zoo" "$data/$family/images.csv" ;;
      *) echo "no family $family (have: $all)" >&2; exit 2 ;;
    esac
  done
done
python3 scripts/results_page.py $out README.md docs/results.md
python3 scripts/results_figure.py docs/results.md >docs/results.svg
