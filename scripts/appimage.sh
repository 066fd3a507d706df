#!/usr/bin/env bash
# appimage.sh [OUT]: makes OUT/ebmstudio-VERSION-ARCH.AppImage of the tree that package.sh
# has packed into OUT/ebmstudio-VERSION-OS-ARCH.tar.xz: one file that runs where it lies.
#
# An AppImage of type 2 is a runtime, a small program that mounts what follows it, and
# behind it the tree as squashfs. Wanted: mksquashfs (package squashfs-tools), and the
# runtime in the file that APPIMAGE_RUNTIME names; Debian has none. It is runtime-x86_64 or
# runtime-aarch64 of https://github.com/AppImage/type2-runtime/releases; nothing is
# downloaded here.
set -euo pipefail
out=$(mkdir -p "${1:-out}" && cd "${1:-out}" && pwd)
runtime=${APPIMAGE_RUNTIME:+$(realpath -m "$APPIMAGE_RUNTIME")}
cd "$(dirname "$0")/.."
version=$(scripts/version.sh) arch=$(go env GOARCH)
archive=$out/ebmstudio-$version-linux-$arch.tar.xz
id=io.ebmstudio.studio
fail() {
	echo "appimage.sh: $1" >&2
	shift
	[ $# -eq 0 ] || printf 'hint: %s\n' "$@" >&2
	exit 2
}

case $arch in amd64) arch=x86_64 ;; arm64) arch=aarch64 ;; esac
command -v mksquashfs >/dev/null || fail "mksquashfs is not installed" "apt-get install squashfs-tools"
[ -f "$archive" ] || fail "found no $archive" "make package"
[ -n "$runtime" ] || fail "APPIMAGE_RUNTIME is not set, want the file of an AppImage runtime of type 2" \
	"get runtime-$arch from https://github.com/AppImage/type2-runtime/releases, then: APPIMAGE_RUNTIME=runtime-$arch make appimage"
[ -f "$runtime" ] || fail "APPIMAGE_RUNTIME: found no file $runtime"
# The mark of the format, in the padding of the ELF header.
[[ "$(head -c 11 "$runtime" | od -An -tx1 | tr -d ' \n')" == 7f454c46????????414902 ]] ||
	fail "APPIMAGE_RUNTIME: $runtime is no AppImage runtime of type 2: found $(head -c 11 "$runtime" | od -An -tx1 | tr -d '\n'), want an ELF file with 41 49 02 at byte 8"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/unpacked"
tar -xJf "$archive" -C "$stage/unpacked" --strip-components 1
dir=$stage/AppDir
mv "$stage/unpacked/usr/local" "$stage/usr"
mkdir "$dir"
mv "$stage/usr" "$dir/usr"
desktop=$dir/usr/share/applications/$id.desktop
install -D -m 644 "$desktop" "$dir/$id.desktop"
install -m 644 resources/icon.png "$dir/$id.png"
ln -s "$id.png" "$dir/.DirIcon"
install -D -m 644 resources/icon.png "$dir/usr/share/icons/hicolor/256x256/apps/$id.png"
install -D -m 644 LICENSE "$dir/usr/share/doc/ebmstudio/LICENSE"
cat >"$dir/AppRun" <<'RUN'
#!/bin/sh
# The window; with "ebm" as the first word, or under a link of that name, the command line.
here=$(dirname "$(readlink -f "$0")")
if [ "$(basename "${ARGV0:-AppRun}")" = ebm ]; then
	exec "$here/usr/bin/ebm" "$@"
elif [ "${1:-}" = ebm ]; then
	shift
	exec "$here/usr/bin/ebm" "$@"
fi
exec "$here/usr/bin/ebmstudio" "$@"
RUN
chmod 755 "$dir/AppRun"

mksquashfs "$dir" "$stage/tree.squashfs" -root-owned -noappend -comp zstd -all-time 0 -mkfs-time 0 -quiet -no-progress >"$stage/log" 2>&1 ||
	{ cat "$stage/log" >&2; fail "mksquashfs could not pack the tree"; }
image=$out/ebmstudio-$version-$arch.AppImage
cat "$runtime" "$stage/tree.squashfs" >"$stage/image"
chmod 755 "$stage/image"
mv "$stage/image" "$image"
echo "$image"
