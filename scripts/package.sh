#!/usr/bin/env bash
# package.sh [OUT [BIN]]: makes OUT/ebmstudio-VERSION-OS-ARCH.tar.xz of BIN/ebm and BIN/ebmstudio,
# which must be there: programs, desktop file, icon, licence and a Makefile that installs
# them (make install, make user-install). The desktop file and the Makefile come from Fyne's
# own tool, which wants FyneApp.toml and the icon in one folder. XZ_OPT says how hard to
# compress.
set -euo pipefail
out=$(mkdir -p "${1:-out}" && cd "${1:-out}" && pwd)
bin=$(cd "${2:-bin}" && pwd)
cd "$(dirname "$0")/.."
fyne=fyne.io/tools/cmd/fyne@v1.7.2
name=ebmstudio-$(scripts/version.sh)-$(go env GOOS)-$(go env GOARCH)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

sed 's|^ *Icon = .*|Icon = "icon.png"|' FyneApp.toml >"$stage/FyneApp.toml"
cp resources/icon.png "$stage/"
# The tool looks for a program to build even where it is given one.
printf 'package main\n\nfunc main() {}\n' >"$stage/main.go"
printf 'module ebmstudio\n' >"$stage/go.mod"
GOBIN="$stage" GOFLAGS= go install "$fyne"
mkdir "$stage/stub" && printf '#!/bin/sh\n' >"$stage/stub/ebmstudio" # the programs come in afterwards, so that they are compressed once
(cd "$stage" && ./fyne package --target linux --executable stub/ebmstudio --release)

mkdir "$stage/unpacked"
tar -xJf "$stage"/*.tar.xz -C "$stage/unpacked"
tree=$(dirname "$(find "$stage/unpacked" -name Makefile)")
install -m 755 "$bin/ebm" "$bin/ebmstudio" "$tree/usr/local/bin/"
cp LICENSE CHANGELOG.md "$tree/"
# What installs the window installs the command line too; the icon's file has an ending.
sed -i 's|^\(\t.*\)/bin/$(Exec) \(.*\)/bin/$(Exec)$|&\n\1/bin/ebm \2/bin/ebm|; s|^\(\t-rm .*\)/bin/$(Exec)$|&\n\1/bin/ebm|; s|^\(Icon := "[^"]*\)"$|\1.png"|' "$tree/Makefile"
mv "$tree" "$stage/$name"
XZ_OPT=${XZ_OPT:--T0 -6} tar -cJf "$out/$name.tar.xz" --owner=0 --group=0 -C "$stage" "$name"
echo "$out/$name.tar.xz"
