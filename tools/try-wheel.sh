#!/bin/sh
# Builds the wheel, installs it with the hashed requirements in a clean environment of each Python that is found
# (those of PYTHONS, by default 3.11 and newer), and runs the main job there, from another folder, two at a time.
set -eu
root=$(pwd)
report="$root/examples/venezuela-2025.md"
mkdir -p build
rm -rf build/wheel
.venv/bin/python -m build --wheel --no-isolation --outdir build/wheel . >build/wheel.log 2>&1 || { cat build/wheel.log; exit 1; }

# A pyenv shim may exist and fail, so each candidate is started before it counts.
found=""
for version in ${PYTHONS:-3.11 3.12 3.13 3.14}; do
  for python in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
    if "$python" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" >/dev/null 2>&1; then
      found="$found $python"
      break
    fi
  done
done
[ -n "$found" ] || found=".venv/bin/python"

try() {
  place="$root/build/wheel-$("$1" -c "import sys; print('%d.%d.%d' % sys.version_info[:3])")"
  rm -rf "$place"
  "$1" -m venv "$place/venv"
  pip="$place/venv/bin/python -m pip --disable-pip-version-check --quiet"
  $pip install --require-hashes --no-deps --only-binary :all: -r requirements.lock
  $pip install --no-deps build/wheel/offramp-*.whl
  mkdir -p "$place/elsewhere"
  cd "$place/elsewhere"
  offramp="env -u PYTHONPATH $place/venv/bin/offramp"
  $offramp --version
  $offramp assess "$report" --out brief --draws 16 >summary.txt
  test -s brief/brief.html
  test -s brief/brief.json
  test -s brief/case.yaml
  echo "wheel: $("$1" --version) builds, installs and assesses"
  rm -rf "$place/venv"
}

# shellcheck disable=SC2086 # the list is split on purpose
set -- $found
while [ $# -gt 0 ]; do
  (try "$1") &
  first=$!
  second=""
  if [ $# -gt 1 ]; then
    (try "$2") &
    second=$!
    shift
  fi
  shift
  wait "$first"
  [ -z "$second" ] || wait "$second"
done
