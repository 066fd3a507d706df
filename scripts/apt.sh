#!/usr/bin/env bash
# apt.sh GROUP...: installs the Debian or Ubuntu packages of the groups that are
# not there yet: build (a C compiler for the engine's bindings), window (the
# headers Fyne and the file dialog compile against), test (a display without a
# screen, the data set). Does nothing where nothing is missing.
set -euo pipefail
cd "$(dirname "$0")"

packages() {
	case "$1" in
	build) echo gcc libc6-dev pkg-config curl ca-certificates unzip ;;
	window) echo xorg-dev libgl1-mesa-dev libgtk-3-dev libwayland-dev libxkbcommon-dev ;;
	test) echo xvfb xauth xdotool squashfs-tools ;;
	*) echo "apt.sh: unknown group \"$1\": want build, window or test" >&2 && exit 2 ;;
	esac
}
# Wanted, not needed: tests that use them say that they skip.
optional() { [ "$1" = test ] && echo dataset-fashion-mnist || true; }

missing() {
	local p
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
	done
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	[ "$(uname -s)" = Darwin ] || ./say.sh "this is not Debian or Ubuntu: install the equivalents of" $(for g in "$@"; do packages "$g"; done)
	exit 0
fi

need=() want=()
for group in "$@"; do
	mapfile -t -O "${#need[@]}" need < <(missing $(packages "$group"))
	mapfile -t -O "${#want[@]}" want < <(missing $(optional "$group"))
done
[ ${#need[@]} -gt 0 ] || [ ${#want[@]} -gt 0 ] || exit 0

apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
		apt=(sudo "${apt[@]}")
	else
		[ ${#need[@]} -gt 0 ] || { ./say.sh "no right to install ${want[*]}: the tests that use it skip" && exit 0; }
		./say.sh "cannot install ${need[*]}: not root, and sudo does not answer. Ask an administrator for: apt-get install ${need[*]}" >&2
		exit 1
	fi
fi

./say.sh "installing" "${need[@]}" "${want[@]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { "${apt[@]}" install -y --no-install-recommends "$@" >"$log" 2>&1 </dev/null; }
fetched=no
get() {
	install "$@" && return
	[ "$fetched" = yes ] && return 1
	fetched=yes
	"${apt[@]}" update >"$log" 2>&1 </dev/null && install "$@"
}
if [ ${#need[@]} -gt 0 ] && ! get "${need[@]}"; then
	tail -n 5 "$log" >&2
	./say.sh "could not install ${need[*]} (the last lines of apt-get are above; without network it cannot work)" >&2
	exit 1
fi
if [ ${#want[@]} -gt 0 ] && ! get "${want[@]}"; then
	./say.sh "could not install ${want[*]}: the tests that use it skip"
fi
