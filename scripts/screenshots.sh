#!/usr/bin/env bash
# screenshots.sh [PANEL...]: makes the pictures of the window in docs/images anew, each
# in light and dark: the program on a display of its own, worked by mouse and keys. One
# function below a panel; without names all of them. OUT=FOLDER writes elsewhere,
# PROGRAM=FILE is a program that is built already.
# Wants Xvfb, xdotool and ImageMagick's import.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${OUT:-docs/images}")
width=1320 height=860
work=$(mktemp -d)
display="" program="" xvfb=""
pointer=($((width / 2)) $((height - 6))) # rests there: no tooltip, no hover

for tool in Xvfb xdotool import compare; do
	command -v "$tool" >/dev/null || { echo "screenshots.sh: $tool is not installed, want Xvfb, xdotool and ImageMagick" >&2; exit 2; }
done

quit() {
	[ -z "$program" ] || kill "$program" 2>/dev/null || true
	[ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap quit EXIT

say() { scripts/say.sh "$@"; }
do_() { DISPLAY=$display xdotool "$@"; }
key() { do_ key --delay 60 "$@"; sleep 0.3; }
click() { do_ mousemove "$1" "$2" click 1; sleep 0.3; }
# drag X Y X Y...: presses at the first place, goes to the others, lets go.
drag() {
	do_ mousemove "$1" "$2" mousedown 1
	local x=$1 y=$2 i
	shift 2
	while [ $# -gt 1 ]; do
		for i in 1 2 3 4 5 6; do
			do_ mousemove $((x + ($1 - x) * i / 6)) $((y + ($2 - y) * i / 6))
			sleep 0.03
		done
		x=$1 y=$2
		shift 2
	done
	do_ mouseup 1
}
shoot() { DISPLAY=$display import -window root "$1"; }

# still: waits until the screen has not changed for a while (a run is over).
still() {
	local i same=0
	sleep "${1:-1}"
	shoot "$work/a.png"
	for i in $(seq 600); do
		sleep 0.7
		shoot "$work/b.png"
		if [ "$(compare -metric AE "$work/a.png" "$work/b.png" null: 2>&1 | cut -d' ' -f1)" = 0 ]; then
			same=$((same + 1))
			[ $same -lt 3 ] || return 0
		else
			same=0
		fi
		mv "$work/b.png" "$work/a.png"
	done
	echo "screenshots.sh: the screen of $panel does not come to rest" >&2
	return 1
}

# start: the program, with the settings and files in $work/home.
start() {
	env DISPLAY="$display" WAYLAND_DISPLAY= HOME="$work/home" XDG_CONFIG_HOME="$work/home" XDG_CACHE_HOME="$work/home" XDG_DATA_HOME="$work/home" \
		XDG_RUNTIME_DIR="$work/home" PJRT_PLUGIN_LIBRARY_PATH="${PJRT_PLUGIN_LIBRARY_PATH:-$HOME/.local/lib/go-xla}" \
		"$binary" >"$work/said" 2>&1 &
	program=$!
	do_ mousemove 620 300
	still 3
}

# afresh: the program as at its first start.
afresh() {
	[ -z "$program" ] || { kill "$program"; wait "$program" 2>/dev/null || true; }
	rm -rf "$work/home" && mkdir -p "$work/home"
	start
}

# open MODEL: the program, with settings of its own, looking at a model that it carries.
open() {
	local i
	afresh
	click 825 768 # no tour
	# The menu of recent models lists those that the program carries as resources.Models
	# does: the one that it opens first, then by name.
	i=$(ls resources/models/*.safetensors | sed 's|.*/||; s|\.safetensors$||' | grep -vx fashion-28 | grep -nx "$1" | cut -d: -f1 || true)
	[ -n "$i" ] || return 0
	click 140 25
	sleep 0.5
	for _ in $(seq $((i + 1))); do key Down; done
	key Return
	still 1
}
# pick X Y DOWNS: opens a choice and takes what so many presses of the down key lead to.
pick() {
	local i
	click "$1" "$2"
	for i in $(seq "$3"); do key Down; done
	key Return
}
# write X Y TEXT: into the entry there.
write() {
	click "$1" "$2"
	key ctrl+a
	do_ type --delay 25 -- "$3"
	sleep 0.3
}

# shown X Y NAME: keep with the pointer there.
shown() {
	pointer=("$1" "$2")
	keep "$3"
	pointer=($((width / 2)) $((height - 6)))
}

# one NAME [VARIANT]: the screen as NAME.png, or as NAME-dark.png where the theme is dark; under
# a tour's shade only the caller knows.
one() {
	local variant=-dark
	do_ mousemove "${pointer[@]}"
	still 1
	shoot "$work/shot.png"
	# The corner of the window tells the variant.
	[ "$(convert "$work/shot.png" -crop 1x1+3+3 -colorspace gray -format '%[fx:mean>0.5]' info:)" = 0 ] || variant=""
	[ $# -lt 2 ] || variant=$2
	mkdir -p "$out"
	mv "$work/shot.png" "$out/$1$variant.png"
	say "wrote $out/$1$variant.png"
}

# keep NAME: the screen in both variants.
keep() {
	one "$1"
	key t
	one "$1"
	key t
}

compose() {
	open cdrl-faces-16
	key space
	still 3
	key ctrl+2
	write 1185 181 "hat AND smile AND NOT long hair"
	click 1060 72
	still 3
	keep compose
	do_ mousemove 1160 560 click --repeat 40 --delay 40 5
	keep compose-guidance
}

interpolate() {
	open vaeebm-fashion-28
	key ctrl+4
	key space
	still 3
	keep interpolate
}

latent_plane() {
	open vaeebm-fashion-28
	key ctrl+4
	click 1092 301 # + Seed
	sleep 1
	click 1037 617 # drag between the anchors
	still 1
	drag 380 300 360 360 420 380 400 330
	still 2
	keep latent-plane
}

grid() {
	open cdrl-faces-16
	key ctrl+t
	sleep 1
	write 200 143 "compose=hat; hat AND smile; NOT hat AND NOT smile"
	write 200 217 "guidance=0-4 (+2)"
	click 300 746
	still 5
	keep grid
}

snapshots() {
	local i name
	open fashion-28
	still 3
	for i in 1 2; do
		click 25 25
		for _ in 1 2 3 4; do key Down; done
		key Return
		if [ "$i" = 1 ]; then
			for name in "before the long run" "three good boots"; do
				do_ type --delay 25 -- "$name"
				key Return
				sleep 1
			done
		fi
		one snapshots
		key Escape
		key Escape
		key t
	done
}

lesson() {
	local variant
	open checkerboard
	still 2
	for variant in -dark ""; do
		click 1294 25
		for _ in 1 2 3 4 5; do key Down; done
		key Return
		still 2
		key Right
		still 3
		one lesson "$variant"
		key Escape
		sleep 1
		key t
	done
}

before_after() {
	open vaeebm-fashion-28
	key space
	still 3
	keep before-after
}

window() {
	open fashion-28
	still 3
	keep window
}

gallery() {
	open cdrl-faces-16
	key space
	still 3
	key shift+k
	still 2
	key ctrl+8
	still 2
	key Escape # what was kept
	click 340 240
	do_ mousemove 485 240 keydown ctrl click 1 keyup ctrl
	keep gallery
	key c
	still 1
	keep compare
}

cloud() {
	open cdrl-faces-16
	for _ in 1 2 3 4; do
		key space
		still 3
		key shift+k
		still 2
		key Escape
	done
	key ctrl+8
	still 2
	key l Return # laid out by pixels
	still 2
	pick 450 152 2 # and by the judge
	do_ mousemove 620 500 click 1
	still 2
	keep cloud
}

tensors() {
	open fashion-28
	still 3
	key ctrl+9
	still 2
	keep tensors
	click 307 99 # activations
	still 2
	click 430 300
	keep activations
	click 307 135 # compare
	click 570 72  # averaged against raw
	still 1
	keep weights
}

landscape() {
	open fashion-28
	still 3
	key ctrl+5
	still 4
	keep landscape
	click 1160 550 # the barrier between A and B
	still 3
	keep barrier
	pick 890 306 2 # the force
	click 925 25   # takes the focus from it
	shown 470 380 force
}

classroom() {
	open checkerboard
	key space
	still 3
	key ctrl+5
	still 4
	keep classroom
}

score() {
	open icd-fashion-28
	key ctrl+6
	click 1160 792
	still 5
	keep score
}

train() {
	open moons
	key ctrl+7
	still 2
	keep train-form
	pick 1160 108 2 # CDRL
	pick 1160 178 7 # moons
	write 1120 287 "$work/run"
	key Escape
	do_ mousemove "${pointer[@]}"
	key space
	sleep 25
	key space
	keep train
}

tour() {
	afresh
	click 912 768
	one tour
}

# crash: the program ends as by a power cut, and is started again.
crash() {
	sleep 4 # the recovery file is written every three seconds
	kill -9 "$program"
	wait "$program" 2>/dev/null || true
	start
}

recover() {
	open cdrl-faces-16
	key space
	still 3
	crash
	one recover
	key shift+Tab space # ask again next time
	key t
	crash
	one recover
}

forks() {
	open cdrl-faces-16
	key space
	still 3
	key v
	key v
	keep mixing
	key v
	keep ladder
	key v
	for _ in $(seq 20); do key Left; done
	key f
	still 3
	keep forks
}

inpaint() {
	open cdrl-faces-16
	key space
	still 3
	key ctrl+3
	key e
	still 1
	drag 400 300 480 310 440 330 400 300
	key space
	still 3
	keep inpaint
}

preferences() {
	open fashion-28
	key ctrl+comma
	one preferences
	key Escape
	key t
	key ctrl+comma
	one preferences
}

queue() {
	open cdrl-faces-16
	key ctrl+j
	key ctrl+j
	key ctrl+j
	still 4
	keep queue
}

empty() {
	open fashion-28
	key ctrl+3
	still 1
	keep inpaint-empty
	key ctrl+8
	still 1
	keep gallery-empty
}

help() {
	open fashion-28
	key F1
	one help
	key Escape
	key t
	key F1
	one help
}

panels=("$@")
[ $# -gt 0 ] || mapfile -t panels < <(sed -n 's/^\([a-z_]*\)() {$/\1/p' "$0" | sed '1,/^keep$/d; /^crash$/d')
say "screenshots: ${panels[*]}"
binary=${PROGRAM:-$work/ebmstudio}
[ -n "${PROGRAM:-}" ] || nice go build -tags migrated_fynedo -o "$binary" ./cmd/ebmstudio
Xvfb -displayfd 3 -screen 0 ${width}x${height}x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
xvfb=$!
for _ in $(seq 100); do [ ! -s "$work/display" ] || break; sleep 0.1; done
display=:$(cat "$work/display")
for panel in "${panels[@]}"; do
	"$panel"
done
