#!/usr/bin/env bash
# Builds all fuzzers, runs each over its corpus and so many inputs more, and prints a line for each.
# usage: tests/fuzz/run.sh <inputs> [fuzzer...]
# Exit code 1 where one of them found something: its output and the input are in build-fuzz/found.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if ! [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,4s/^# //p' tests/fuzz/run.sh >&2
  exit 2
fi
inputs=$1
shift
fuzzers=("$@")
if [ ${#fuzzers[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzzer.cc; do fuzzers+=("$(basename "$source" .cc)"); done
fi

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "${OUTDIAL_JOBS:-$(nproc)}" --target "${fuzzers[@]}"
mkdir -p build-fuzz/found

failed=0
for fuzzer in "${fuzzers[@]}"; do
  log=build-fuzz/found/$fuzzer.log
  corpus=$(mktemp -d)
  SECONDS=0
  # What it discovers goes into the first folder, and stays out of the repository.
  if "build-fuzz/bin/$fuzzer" "-runs=$inputs" -timeout=10 -rss_limit_mb=2048 \
    "-artifact_prefix=build-fuzz/found/$fuzzer-" "$corpus" "tests/fuzz/corpus/$fuzzer" >"$log" 2>&1; then
    printf 'passed  %-34s %s inputs, %d s\n' "$fuzzer" "$inputs" "$SECONDS"
  else
    printf 'FAILED  %-34s see %s\n' "$fuzzer" "$log"
    failed=1
  fi
  rm -rf "$corpus"
done
exit "$failed"
