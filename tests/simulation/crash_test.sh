#!/usr/bin/env bash
# A simulation that crashes says which command crashes again, and that one does.
# usage: crash_test.sh <simulation>
set -euo pipefail

# Prints what the command says in the end, where a signal ends it.
last_words() {
  local status=0 output
  output=$("$@" 2>&1 >/dev/null) || status=$?
  if [ "$status" -le 128 ]; then
    echo "exit code $status, not that of a signal: $*" >&2
    return 1
  fi
  echo "$output"
}

ulimit -c 0
first=$(last_words "$1" --seed 7 --seeds 5 --steps 50 --bug crash)
replay=$(sed -n 's/^replay: //p' <<<"$first")
if [[ $replay != *" --seed 7 --steps 50 --bug crash" ]]; then
  echo "no command that replays it: $first" >&2
  exit 1
fi
# shellcheck disable=SC2086 # a command and its arguments
second=$(last_words $replay)
if [ "$first" != "$second" ]; then
  printf 'replayed, it is another crash:\n%s\n%s\n' "$first" "$second" >&2
  exit 1
fi
