#!/bin/sh
# An environment of its own for the programs that benchmarks/games.py compares with. Both come as source: minutes.
# Usage: benchmarks/peers.sh FOLDER, then benchmarks/games.py --peers FOLDER/bin/python
set -eu
folder=${1:?usage: benchmarks/peers.sh FOLDER}
python3 -m venv "$folder"
pip="$folder/bin/python -m pip --disable-pip-version-check --quiet"
$pip install "numpy<2" scipy cython "setuptools<70" wheel
$pip install --no-build-isolation sgamesolver==1.0.2 "numpy<2" "pandas<3" "matplotlib<3.10" "contourpy<1.3.3"
$pip install pygambit==16.7.0
