#!/bin/bash
# cli_docs.sh AMSEL: docs/cli.md must be what the program says of itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
diff -u docs/cli.md <(scripts/cli_docs.sh "$1") || { echo "docs/cli.md is old: scripts/cli_docs.sh build/release/amsel > docs/cli.md"; exit 1; }
