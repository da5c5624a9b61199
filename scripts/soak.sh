#!/bin/bash
# soak.sh: what `make soak` runs: each fuzz target for two minutes (FUZZ_SECONDS), the address-sanitizer tests three times over,
# and the whole suite of the device under emulation.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/steps.sh
. scripts/steps.sh

step fuzz fuzz "${FUZZ_SECONDS:-120}"
step asan-repeat sanitized asan-ubsan layout --repeat until-fail:3
step arm64-whole scripts/arm64.sh whole
finish
