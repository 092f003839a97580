#!/bin/sh
# Prints the first interpreter that really starts (a pyenv shim may exist and fail), is 3.11 or newer,
# and can make a virtual environment. $PYTHON, if set, is the only one tried.
set -u
probe='import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 3)'
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if "$candidate" -c "$probe" >/dev/null 2>&1; then
    echo "$candidate"
    exit 0
  fi
done
echo "offramp: no usable Python among: ${PYTHON:-python3 python3.13 python3.12 python3.11}." \
  "It must start, be 3.11 or newer, and have the modules venv and ensurepip" \
  "(Debian: python3-venv). Name one with: make PYTHON=/path/to/python3.11 ..." >&2
exit 2
