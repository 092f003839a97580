"""The command line stays light: what `import offramp` and `--help` load, and what that costs beside a bare program."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["jax", "pandas", "scipy.stats", "spacy", "polars", "arviz", "trafilatura", "pydantic", "numpy", "vl_convert"]


@pytest.mark.parametrize(
    "line",
    [
        "import offramp",
        "import offramp.cli.main",
        "import sys; sys.argv = ['offramp', '--help']; import offramp.cli.main as m\n"
        "try: m.main()\nexcept SystemExit: pass",
    ],
)
def test_nothing_heavy_is_imported(line):
    program = f"{line}\nimport sys\nprint('LOADED', [m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("LOADED []")
