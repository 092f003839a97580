"""A quarter of an hour of readers and sliders: no error, no growth of memory (make soak)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_no_error_and_no_growth_of_memory():
    minutes = os.environ.get("OFFRAMP_LOAD_MINUTES", "15")
    command = [sys.executable, str(ROOT / "benchmarks/serve.py"), "--minutes", minutes]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = re.search(r"server: (\d+) MB at first, (\d+) MB after the first run", done.stdout)
    assert found is not None
    before, after = int(found[1]), int(found[2])
    assert after - before < 50
