#!/bin/bash
# soak.sh: what `make soak` runs: each fuzz target for two minutes (FUZZ_SECONDS), the address-sanitizer tests three times over,
# the thread sanitizer over learning too, a hundred thousand images within a memory budget (with the demo's bundle; SOAK_BUNDLE and
# SOAK_IMAGES name others), the whole suite
# of the device under emulation, and, with AMSEL_DATA, its decisions on photos against those made here.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/steps.sh
. scripts/steps.sh

memory() {
  cmake --preset release -DAMSEL_BENCHMARKS=ON
  cmake --build --preset release -j "$jobs" --target amsel bench_memory
  [[ -n ${SOAK_BUNDLE:-} || -f out/demo/bundle/manifest.json ]] || scripts/demo.sh
  build/release/benchmarks/bench_memory "${SOAK_BUNDLE:-out/demo/bundle}" \
    "${SOAK_IMAGES:-/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz}" 100000
}

step tidy tidy OFF
step fuzz fuzz "${FUZZ_SECONDS:-120}"
step asan-repeat sanitized asan-ubsan layout all --repeat until-fail:3
step tsan-whole sanitized tsan 'layout|e2e' "$(threaded)"
step memory memory
step arm64-whole scripts/arm64.sh whole
if [[ -n ${AMSEL_DATA:-} ]]; then
  step arm64-decide scripts/arm64_decisions.sh "$AMSEL_DATA"
else
  echo 'arm64-decide: skipped, AMSEL_DATA is not set'
fi
finish
