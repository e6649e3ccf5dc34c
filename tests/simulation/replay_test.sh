#!/usr/bin/env bash
# A seed always makes the same run.
# usage: replay_test.sh <simulation>
set -euo pipefail

run=("$1" --seed 1000 --seeds 20 --steps 300)
first=$("${run[@]}")
for _ in 1 2 3; do
  again=$("${run[@]}")
  if [ "$first" != "$again" ]; then
    printf 'two runs of the same seeds differ:\n%s\n%s\n' "$first" "$again" >&2
    exit 1
  fi
done
