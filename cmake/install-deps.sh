#!/usr/bin/env bash
# Installs the Debian packages that this project needs and the machine lacks.
# usage: cmake/install-deps.sh build|compile-tests|test      (each includes the one before)
set -euo pipefail

build_packages=(
  ccache cmake g++ ninja-build pkg-config
  default-libmysqlclient-dev libabsl-dev libboost-dev libcli11-dev libcpp-httplib-dev libfmt-dev
  libhiredis-dev libphonenumber-dev libprotobuf-dev librabbitmq-dev libre2-dev libsoci-dev libspdlog-dev libsqlite3-dev libssl-dev
  nlohmann-json3-dev prometheus-cpp-dev
  curl
)
compile_tests_packages=(catch2 librapidcheck-dev libtrompeloeil-cpp-dev libyaml-cpp-dev)
test_packages=(
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev llvm-14
  mariadb-client mariadb-server openssl rabbitmq-server redis-server sqlite3 systemd
  bash chromium chromium-driver doxygen dpkg-dev fish groff-base python3 python3-jsonschema python3-yaml zsh
)

case "${1:-}" in
  build) packages=("${build_packages[@]}") ;;
  compile-tests) packages=("${build_packages[@]}" "${compile_tests_packages[@]}") ;;
  test) packages=("${build_packages[@]}" "${compile_tests_packages[@]}" "${test_packages[@]}") ;;
  *)
    sed -n '2,3s/^# //p' "$0" >&2
    exit 2
    ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "These packages are missing: ${missing[*]}" >&2
    echo "Install them as root, or install sudo." >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
# sudo drops the environment, so the setting is passed on its command line.
apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
"${apt_get[@]}" update
"${apt_get[@]}" install --yes --no-install-recommends "${missing[@]}"
