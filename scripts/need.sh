#!/usr/bin/env bash
# Makes sure that the named programs are there. As root on Debian or Ubuntu it installs what is missing; elsewhere it
# says what to install and stops.
set -euo pipefail

declare -A package=([curl]=curl [python3]=python3 [npm]=npm [initdb]=postgresql [pgbouncer]=pgbouncer [openssl]=openssl [chromium]=chromium [cc]=build-essential [dpkg-deb]=dpkg [dpkg-shlibdeps]=dpkg-dev)

there() {
    case $1 in
    # Debian keeps PostgreSQL's server programs out of the path.
    initdb) command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' ;;
    # In a folder that only root's path has.
    pgbouncer) command -v pgbouncer || [ -x /usr/sbin/pgbouncer ] ;;
    # Other names of the same.
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    *) command -v "$1" ;;
    esac >/dev/null
}

missing=()
for program in "$@"; do
    there "$program" || missing+=("$program")
done
[ ${#missing[@]} -gt 0 ] || exit 0

packages=()
for program in "${missing[@]}"; do
    case $program in
    cargo | rustfmt | clippy-driver)
        echo "error: $program is missing: install Rust with https://rustup.rs (components rustfmt and clippy)" >&2
        exit 1
        ;;
    esac
    packages+=("${package[$program]:-$program}")
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${packages[*]}" >&2
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
else
    echo "error: missing: ${missing[*]} (on Debian and Ubuntu: sudo apt-get install ${packages[*]})" >&2
    exit 1
fi
