#!/bin/sh
# The checks that read code without running it: format, lint, types, arrows between rooms.
set -eu
bin=.venv/bin
"$bin/ruff" format --check .
"$bin/ruff" check .
"$bin/mypy"
"$bin/lint-imports" --no-logo
