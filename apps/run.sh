#!/usr/bin/env bash
# Builds outdial-manager and starts it on SQLite (outdial.db, in the current directory) with HTTP on
# 127.0.0.1:8080. What is given on the command line, or in the environment, comes after that.
# usage: apps/run.sh [outdial-manager's options...]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/cmake/install-deps.sh" build

(
  cd "$root"
  # A build directory that is there already is used as it is: the tests share it.
  if [ ! -f build/build.ninja ]; then
    cmake --preset release -DOUTDIAL_BUILD_TESTS=OFF
  fi
  cmake --build --preset release --parallel "$(nproc)" --target outdial-manager outdial-control
)

database=${DATABASE_DSN:-sqlite:outdial.db}
address=${HTTP_LISTEN_ADDRESS:-127.0.0.1:8080}
defaults=(--database_dsn "$database" --http_listen_address "$address")
previous=
for argument in "$@"; do
  case "$previous $argument" in
    "--http_listen_address "*) address=$argument ;;
    *" --http_listen_address="*) address=${argument#*=} ;;
  esac
  previous=$argument
done

cat <<EOF

outdial-manager listens on http://$address. In another terminal, try:

  ID=\$(curl -s --json '{"name":"first list"}' http://$address/v1/outdials | sed 's/.*"id":"\([^"]*\)".*/\1/'); echo \$ID
  curl -s --json '{"name":"Alice","destination_0":{"type":"tel","target":"+15551234567"}}' http://$address/v1/outdials/\$ID/targets; echo
  curl -s "http://$address/v1/outdials/\$ID/available?try_count_0=3&limit=10"; echo
  curl -s --json '{"try_count_0":3,"limit":1,"lease_seconds":60}' http://$address/v1/outdials/\$ID/claim; echo

EOF
exec "$root/build/bin/outdial-manager" "${defaults[@]}" "$@"
