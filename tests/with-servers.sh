#!/usr/bin/env bash
# Runs a command beside the servers that tests need: MariaDB, Redis and RabbitMQ.
# usage: tests/with-servers.sh COMMAND [ARGUMENT...]
# The servers listen on free loopback ports, keep their data in temporary folders, and end with the
# command. tests/support/servers.h tells how a test finds them.
set -euo pipefail

project=$(dirname "${BASH_SOURCE[0]}")/..
[ $# -gt 0 ] || {
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
}
(
  cd "$project"
  cmake --preset release >/dev/null
  cmake --build --preset release --target with_servers >/dev/null
)
exec "$project/build/bin/with_servers" "$@"
