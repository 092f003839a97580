#!/bin/sh
# Builds the wheel, installs it with the hashed requirements in a clean environment of each Python that is found
# (3.11 and newer), and runs the main job there, from another folder.
set -eu
root=$(pwd)
report="$root/examples/venezuela-2025.md"
mkdir -p build
rm -rf build/wheel
.venv/bin/python -m build --wheel --no-isolation --outdir build/wheel . >build/wheel.log 2>&1 || { cat build/wheel.log; exit 1; }

# A pyenv shim may exist and fail, so each candidate is started before it counts.
found=""
for version in 3.11 3.12 3.13 3.14; do
  for python in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
    if "$python" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" >/dev/null 2>&1; then
      found="$found $python"
      break
    fi
  done
done
[ -n "$found" ] || found=".venv/bin/python"

for python in $found; do
  name=$("$python" -c "import sys; print('%d.%d.%d' % sys.version_info[:3])")
  place="$root/build/wheel-$name"
  rm -rf "$place"
  "$python" -m venv "$place/venv"
  "$place/venv/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps --only-binary :all: -r requirements.lock
  "$place/venv/bin/python" -m pip --disable-pip-version-check --quiet install --no-deps build/wheel/offramp-*.whl
  mkdir -p "$place/elsewhere"
  (
    cd "$place/elsewhere"
    env -u PYTHONPATH "$place/venv/bin/offramp" --version
    env -u PYTHONPATH "$place/venv/bin/offramp" assess "$report" --out brief --draws 16 >summary.txt
    test -s brief/brief.html && test -s brief/brief.json && test -s brief/case.yaml
    env -u PYTHONPATH "$place/venv/bin/offramp" assess --case brief/case.yaml --out again --draws 16 --json >again.json
  )
  echo "wheel: Python $name builds, installs and assesses"
  rm -rf "$place/venv"
done
