#!/usr/bin/env bash
# Builds the optimised program and a Debian package with it, its unit and its licences.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc cargo dpkg-deb
[ ! -f web/package.json ] || scripts/web.sh
cargo build --release --quiet -p reparto-cli

target=${CARGO_TARGET_DIR:-target}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
architecture=$(dpkg --print-architecture)
tree=$target/package/reparto_${version}_$architecture
rm -rf "$tree"
install -Dm755 "$target/release/reparto" "$tree/usr/bin/reparto"
install -Dm644 packaging/reparto.service "$tree/usr/lib/systemd/system/reparto.service"
install -Dm644 LICENSE-MIT "$tree/usr/share/doc/reparto/LICENSE-MIT"
install -Dm644 LICENSE-APACHE "$tree/usr/share/doc/reparto/LICENSE-APACHE"
install -Dm640 packaging/reparto.env "$tree/etc/reparto/reparto.env"
mkdir -p "$tree/DEBIAN"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" packaging/control >"$tree/DEBIAN/control"
echo /etc/reparto/reparto.env >"$tree/DEBIAN/conffiles"
dpkg-deb --root-owner-group --build "$tree" "$tree.deb" >/dev/null
echo "$tree.deb"
