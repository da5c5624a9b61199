#!/bin/bash
# try_wheel_arm64.sh WHEEL [AMSEL]: what try_wheel.sh does for the wheel of 64-bit Arm on a machine that is none: in a Debian for Arm that has
# Python and nothing else, under qemu, pip installs the wheel, its program verifies a bundle that AMSEL (a program of this machine, by
# default build/release/amsel) has made, and program and Engine answer as AMSEL does. Says whether it is right, never how fast.
# Bundles are of the demo's zoo, and of cifar10 where $AMSEL_DATA has it.
set -euo pipefail
wheel=$(realpath "${1:?wheel}")
cd "$(dirname "$0")/.."
here=$(realpath "${2:-build/release/amsel}")
[[ -x $here ]] || { echo "try_wheel: there is no $here to compare with" >&2; exit 1; }
# shellcheck source=scripts/arm64_root.sh
. scripts/arm64_root.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=.cache/arm64_python
mkdir -p .cache
# No OpenCV, libturbojpeg or SQLite is in it: what the wheel wants of these it must bring.
if [[ ! -x $root/usr/bin/python3.11 ]]; then
  rm -rf "$root" "$root.tmp"
  arm64_root "$PWD/$root.tmp" "$work/root.log" libc6 libstdc++6 python3 python3-pip
  (cd "$root.tmp/usr/bin" && find . -type f ! -name 'python3*' -delete -o -type l ! -name 'python3*' -delete)
  mv "$root.tmp" "$root"
fi
arm=(qemu-aarch64-static -L "$PWD/$root")
python=$(realpath "$root/usr/bin/python3")
site=$work/site
export PYTHONDONTWRITEBYTECODE=1
"${arm[@]}" "$python" -m pip -q --disable-pip-version-check install --root-user-action ignore --target "$site" "$wheel" onnxruntime
export PYTHONPATH=$site AMSEL_ONNXRUNTIME
AMSEL_ONNXRUNTIME=$(echo "$site"/onnxruntime/capi/libonnxruntime.so.*)
# What Python under qemu starts is started by this machine's kernel, which runs no Arm program.
printf '#!/bin/bash\nexec %s %q "$@"\n' "${arm[*]@Q}" "$site/amsel/bin/amsel" >"$work/amsel"
chmod +x "$work/amsel"
"$work/amsel" --version
"$work/amsel" --help | head -n 3

# compare NAME ZOO IMAGES SHARD TOLERANCE, the images to answer on stdin, one a line.
compare() {
  local made=$work/$1
  mkdir "$made"
  cat >"$made/images"
  AMSEL_ONNXRUNTIME='' "$here" profile --zoo "$2" --images "$3" --shard "$4" --out "$made/profile.db" >"$made/log" 2>&1 &&
    AMSEL_ONNXRUNTIME='' "$here" train --profile "$made/profile.db" --policy staged --out "$made/bundle" >>"$made/log" 2>&1 ||
    { cat "$made/log" >&2; exit 1; }
  "$work/amsel" inspect "$made/profile.db" >/dev/null
  "$work/amsel" inspect --verify "$made/bundle" | tail -n 1
  AMSEL_ONNXRUNTIME='' "$here" run --bundle "$made/bundle" --json --explain - <"$made/images" >"$made/here.jsonl"
  "$work/amsel" run --bundle "$made/bundle" --json --explain - <"$made/images" >"$made/arm64.jsonl"
  python3 scripts/arm64_decisions.py "$1" "$5" "$made/here.jsonl" "$made/arm64.jsonl"
  AMSEL_PROGRAM=$work/amsel "${arm[@]}" "$python" - "$made/bundle" "$made/arm64.jsonl" <<'P'
import json, platform, sys
import amsel

bundle, printed = sys.argv[1:]
assert amsel.inspect(bundle)["schema"] == "amsel.bundle/1"  # the program, started from Python
engine = amsel.Engine(bundle)
lines = [json.loads(line) for line in open(printed)]
files = [line["path"] for line in lines]
for way in ([engine(file) for file in files], [engine(open(file, "rb").read()) for file in files], engine.predict(files)):
    for answer, line in zip(way, lines, strict=True):
        same = answer.class_id == line["class"] and answer.candidates == tuple(line["candidates"])
        assert same and abs(answer.probability - line["probability"]) < 1e-6, (line, answer)
print(f"note: Engine on {platform.machine()}, Python {platform.python_version()}: {len(lines)} answers as the program's, "
      "from files, bytes and batches")
P
}

idx=/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
python3 - "$idx" "$work" <<'P' | compare demo zoo/fashion "$idx" 1/50 1e-3
import gzip, sys

pixels = gzip.decompress(open(sys.argv[1], "rb").read())[16:]
for at in range(20):  # Engine takes whole files
    name = f"{sys.argv[2]}/{at}.pgm"
    open(name, "wb").write(b"P5 28 28 255\n" + pixels[784 * at : 784 * (at + 1)])
    print(name)
P
cifar10=${AMSEL_DATA:-}/cifar10
[[ ! -f $cifar10/images.csv ]] ||
  tail -n 20 "$cifar10/images.csv" | cut -d, -f1 | sed "s|^|$cifar10/|" | compare cifar10 "$cifar10/zoo" "$cifar10/images.csv" 1/20 1e-3
