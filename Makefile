# EBM Studio. "make" alone lists the targets. Every target does its own set-up,
# may be run again at any time, and says what it is doing.

.DEFAULT_GOAL := help
.PHONY: setup run demo test lint bench bench-peers fuzz package appimage soak help need-go build clean
SHELL := bash

# A Go that was unpacked by hand is found even when PATH does not name it.
export PATH := $(PATH):/usr/local/go/bin:$(HOME)/go/bin
# On amd64 the pure-Go engine computes with vector instructions; one setting
# everywhere keeps one build cache.
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
export GOEXPERIMENT := simd
endif
# The plugin is installed by scripts/install-plugin.sh, pinned and checked; no
# program of ours downloads one behind a person's back.
export GOMLX_NO_AUTO_INSTALL := 1

# No paths of this machine in the programs; in the tests too, so that they share
# what was compiled.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)

VERSION := $(shell scripts/version.sh)
BUILD   := -ldflags "-s -w -X main.version=$(VERSION)"
# Fyne's threading rules are those of FyneApp.toml's [Migrations].
WINDOW  := -tags migrated_fynedo
TIMEOUT := 25m
SEED    :=
FUZZTIME := 60s
MODEL   :=

help: ## list the targets
	@echo "EBM Studio $(VERSION)"
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r t d; do printf '  make %-11s %s\n' "$$t" "$$d"; done

need-go:
	@scripts/need-go.sh

setup: need-go ## install what building, running and testing need (asks for nothing it already has)
	@scripts/apt.sh build window test
	@scripts/install-plugin.sh || scripts/say.sh "no XLA plugin: everything still runs, on the pure-Go engine"
	@scripts/modules.sh

run: need-go ## open the studio on the bundled model; without a display: make demo (MODEL=file opens another)
	@if scripts/display.sh; then $(MAKE) --no-print-directory run-window; else \
	  scripts/say.sh "no display here (neither DISPLAY nor WAYLAND_DISPLAY answers): running \"make demo\" instead"; \
	  $(MAKE) --no-print-directory demo; fi

.PHONY: run-window
run-window:
	@scripts/apt.sh build window
	@scripts/install-plugin.sh || scripts/say.sh "no XLA plugin: the studio will use the pure-Go engine"
	@scripts/modules.sh
	@$(MAKE) --no-print-directory bin/ebmstudio
	@scripts/say.sh "opening the window"
	@bin/ebmstudio $(if $(MODEL),"$(MODEL)")

demo: need-go ## the same recipe without a window: pictures and an animation under out/
	@scripts/apt.sh build
	@scripts/install-plugin.sh || scripts/say.sh "no XLA plugin: the demo will use the pure-Go engine"
	@scripts/modules.sh
	@$(MAKE) --no-print-directory bin/ebm
	@bin/ebm $(if $(MODEL),sample "$(MODEL)" --gif,demo) --out out

build: bin/ebm bin/ebmstudio ## compile both programs into bin/

# Go decides what has changed, so these are always asked.
.PHONY: bin/ebm bin/ebmstudio
bin/ebm: need-go
	@scripts/say.sh "building bin/ebm"
	@go build $(BUILD) -o bin/ebm ./cmd/ebm
bin/ebmstudio: need-go
	@scripts/say.sh "building bin/ebmstudio (the first time takes some minutes: it compiles the window toolkit)"
	@go build $(BUILD) $(WINDOW) -o bin/ebmstudio ./cmd/ebmstudio

test: setup ## run every test (under 30 minutes on 2 cores from an empty cache)
	@scripts/say.sh "go vet"
	@go vet ./...
	@scripts/say.sh "go test"
	@go test -timeout $(TIMEOUT) ./...

package: bin/ebm bin/ebmstudio ## out/ebmstudio-VERSION-OS-ARCH.tar.xz: both programs, desktop file, icon; needs no Go to run
	@scripts/say.sh "packing"
	@scripts/package.sh out bin

appimage: package ## out/ebmstudio-VERSION-ARCH.AppImage of the same tree (APPIMAGE_RUNTIME=file, see scripts/appimage.sh)
	@scripts/appimage.sh out

soak: setup ## ten minutes of random taps, drags, drops and cancels in the real window (SEED=n goes the same way again)
	@EBMSTUDIO_SOAK=10m EBMSTUDIO_SOAK_SEED=$(SEED) go test -v -timeout 20m -run '^TestSoak$$' ./cmd/ebmstudio

lint: need-go ## gofumpt, go vet, staticcheck
	@scripts/lint.sh

bench: setup bin/ebmstudio ## benchmarks, and the ratios that the README repeats
	@scripts/bench.sh

bench-peers: setup ## our speed against PyTorch, JAX and TorchEBM and against the machine's limit (some 30 minutes)
	@scripts/bench-peers.sh

fuzz: need-go ## fuzz every reader, FUZZTIME=60s each; finds stay in testdata/fuzz
	@scripts/fuzz.sh $(FUZZTIME)

clean: ## remove what make built: bin/ and packages; pictures and trainings in out/ stay
	@rm -rf bin out/ebmstudio-*

# make has no target of this name, such as "make train": what the programs do is asked of them.
.DEFAULT:
	@scripts/say.sh "no target \"$@\": \"make\" lists them, \"bin/ebm help\" what the program does" >&2; exit 2
