#!/bin/bash
# run.sh [BUNDLE LIST [POINT]]: `amsel run` against the same policy in ordinary Python (staged.py), LIST naming an image file a line.
# Without arguments: a bundle without gates, trained from the demo's profile, on 1,000 images of the demo.
# Onnxruntime, OpenCV and numpy come from PyPI into .cache/peers/venv, in the releases named here.
set -euo pipefail
cd "$(dirname "$0")/../.."
amsel=${AMSEL:-build/release/amsel}
work=.cache/peers
onnxruntime=$(sed -n 's/^version=//p' scripts/fetch_onnxruntime.sh)  # the one that amsel opens
packages=("onnxruntime==$onnxruntime" opencv-python-headless==4.12.0.88 'numpy<2.3')
mkdir -p "$work"
if [[ $# == 0 && ! -f out/demo/profile.db ]]; then
  echo 'peers: skipped: no out/demo/profile.db (`make demo` makes it, or give BUNDLE LIST)'
  exit 0
fi
if [[ ! -f $work/venv/packages || $(<"$work/venv/packages") != "${packages[*]}" ]]; then
  rm -rf "$work/venv"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" -q --disable-pip-version-check install --only-binary=:all: "${packages[@]}"
  printf '%s\n' "${packages[*]}" >"$work/venv/packages"
fi
if [[ $# == 0 ]]; then
  rm -rf "$work/images" "$work/bundle"
  mkdir "$work/images"
  "$work/venv/bin/python" - /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz "$work/images" 1000 >"$work/list" <<'P'
import gzip, sys
import cv2, numpy
source, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
data = numpy.frombuffer(gzip.open(source).read(), numpy.uint8)[16:].reshape(-1, 28, 28)
for number, pixels in enumerate(data[:count]):
    cv2.imwrite(f"{folder}/{number:05}.png", pixels)
    print(f"{folder}/{number:05}.png")
P
  "$amsel" train --profile out/demo/profile.db --policy staged-no-features --out "$work/bundle" >/dev/null
  set -- "$work/bundle" "$work/list"
fi
"$work/venv/bin/python" benchmarks/peers/compare.py "$amsel" "$@"
