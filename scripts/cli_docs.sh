#!/bin/bash
# cli_docs.sh AMSEL: docs/cli.md from the program's own --help, on stdout. A test compares the two.
set -euo pipefail
amsel=$1

page() {
  printf '\n## amsel %s\n\n```\n' "$*"
  "$amsel" "$@" --help | sed "s|$amsel|amsel|g; s/[[:space:]]*$//"
  printf '```\n'
}

printf '# The command line\n\nMade by `scripts/cli_docs.sh` from the program itself.\n'
printf '\n```\n'
"$amsel" --help | sed "s|$amsel|amsel|g; s/[[:space:]]*$//"
printf '```\n'
for verb in init check profile doctor evaluate study train report retarget run inspect tensors; do page $verb; done
page profile merge
