#!/usr/bin/env bash
# Says what is being done, the same way everywhere.
printf 'ebm studio: %s\n' "$*"
