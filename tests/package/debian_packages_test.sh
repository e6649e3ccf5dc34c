#!/usr/bin/env bash
# Makes the Debian packages, and installs, uses, removes and purges them in a copy of this machine's
# system that is thrown away: what is written there is written into an overlay. Needs root, or sudo.
# usage: debian_packages_test.sh <source folder> <build folder of the preset debian>
set -euo pipefail

source=$1
build=$2

if [ "$(id -u)" -ne 0 ]; then
  exec sudo "$0" "$@"
fi
if [ "${3:-}" != inside ]; then
  # Mounts of its own, which end with it.
  exec unshare --mount --pid --fork --kill-child "$0" "$source" "$build" inside
fi

folder=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder"/{upper,work,root}
root=$folder/root
trap 'umount --lazy --recursive "$folder"; rmdir "$folder"' EXIT

# usage: fail <what is wrong>
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

echo "== the packages are made"
rm -rf "$build/packages"
(cd "$build" && cpack) >"$folder/cpack.log" 2>&1 || fail "$(cat "$folder/cpack.log")"
packages=("$build"/packages/{outdial-manager,liboutdial1,liboutdial-dev}_*.deb)
version=$(sed -n 's/^project(outdial VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
for package in "${packages[@]}"; do
  [ "$(dpkg-deb --field "$package" Version)" = "$version-1" ] || fail "the version of $package"
done

for manual in outdial-control.1 outdial-manager.1; do
  cmp <(dpkg-deb --fsys-tarfile "${packages[0]}" | tar --extract --to-stdout "./usr/share/man/man1/$manual.gz") \
    <(gzip -9nc "$build/share/man/man1/$manual") || fail "the man page $manual is not compressed as Debian's are"
done
dpkg-deb --field "${packages[2]}" Recommends | grep -qw pkg-config || fail "liboutdial-dev does not recommend pkg-config"

mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
mkdir "$root/tmp/packages"
cp "${packages[@]}" "$root/tmp/packages"
inside() { chroot "$root" env -i PATH="$PATH" LANG=C.UTF-8 "$@"; }

# What a package may leave behind belongs to the system, not to it.
list_files() {
  (cd "$root" && find etc usr var -xdev \( -name '*outdial*' -o -path '*outdial*' \) \
    ! -path 'var/lib/dpkg/*' ! -path 'var/tmp/*' | sort)
}
before=$(list_files)

echo "== they are installed"
inside sh -c 'dpkg --install /tmp/packages/*.deb' >"$folder/dpkg.log" 2>&1 || fail "$(cat "$folder/dpkg.log")"
[ "$(inside outdial-manager --version)" = "outdial-manager $version" ] || fail "outdial-manager --version"
[ "$(inside outdial-control --version)" = "outdial-control $version" ] || fail "outdial-control --version"
inside ldd /usr/bin/outdial-manager | grep 'liboutdial_core.so.1 => /lib' >/dev/null || fail "not the installed library"
[ "$(stat -c %a "$root/etc/outdial-manager.conf")" = 600 ] || fail "the settings can be read by others"
inside systemd-analyze verify --man=no /usr/lib/systemd/system/outdial-manager.service
[ -L "$root/etc/systemd/system/multi-user.target.wants/outdial-manager.service" ] ||
  fail "the unit is not enabled"

echo "== the daemon runs with the settings that come with it, as nobody, and nothing is its own but its state"
state=$root/var/lib/outdial-manager
mkdir -m 700 "$state"
chown nobody "$state"
# Free ports in the place of the usual ones, which others may use.
sed -i 's/^HTTP_LISTEN_ADDRESS=.*/HTTP_LISTEN_ADDRESS=127.0.0.1:0/; s/^#PROMETHEUS_LISTEN_ADDRESS=.*/PROMETHEUS_LISTEN_ADDRESS=127.0.0.1:0/' \
  "$root/etc/outdial-manager.conf"
# Not by the function, which would be a process between.
chroot "$root" env -i PATH="$PATH" sh -c 'set -a; . /etc/outdial-manager.conf; exec setpriv --reuid=nobody --clear-groups /usr/bin/outdial-manager' \
  2>"$folder/daemon.log" &
daemon=$!
port=
for _ in $(seq 600); do
  port=$(sed -n 's/.*"http":"127\.0\.0\.1:\([0-9]*\)".*/\1/p' "$folder/daemon.log")
  [ -z "$port" ] || break
  kill -0 $daemon || fail "the daemon ended: $(cat "$folder/daemon.log")"
  sleep 0.1
done
curl --silent --fail --retry 20 --retry-connrefused "http://127.0.0.1:$port/readyz" >/dev/null ||
  fail "not ready: $(cat "$folder/daemon.log")"
curl --silent --fail --json '{"name":"a list"}' "http://127.0.0.1:$port/v1/outdials" | grep '"a list"' >/dev/null ||
  fail "no list is made"
kill $daemon
wait $daemon || fail "the daemon ends with $?"

echo "== what is installed can be built with"
inside g++ -std=c++20 -fsyntax-only -I/usr/include -x c++ - <<<'#include "outdial/services/services.h"'
inside sh -c 'g++ -std=c++20 -x c++ - -o /tmp/program $(pkg-config --cflags --libs outdial-core outdial-memory) && /tmp/program' \
  <"$source/tests/package/embedded/claim_in_memory.cc" | grep '1 claimed' || fail "the program"

echo "== they are removed: the settings and the lists stay"
inside dpkg --remove outdial-manager liboutdial-dev liboutdial1 >"$folder/dpkg.log" 2>&1 || fail "$(cat "$folder/dpkg.log")"
[ -f "$root/etc/outdial-manager.conf" ] && [ -f "$state/outdial.db" ] || fail "what was to stay is gone"
[ ! -e "$root/usr/bin/outdial-manager" ] || fail "the program is still there"

echo "== they are purged: nothing stays"
inside dpkg --purge outdial-manager liboutdial-dev liboutdial1 >"$folder/dpkg.log" 2>&1 || fail "$(cat "$folder/dpkg.log")"
diff <(printf '%s' "${before:+$before$'\n'}") <(list_files) || fail "something is left behind"
