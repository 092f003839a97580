"""What fuzzing found once is never found again: corpus/TARGET/* are inputs that crashed, hung or ate memory."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from .targets import TARGETS, eat

CORPUS = Path(__file__).parent / "corpus"
FOUND = sorted(path.relative_to(CORPUS) for path in CORPUS.glob("*/*"))


@pytest.mark.parametrize("path", FOUND, ids=str)
def test_findings_stay_mended(path: Path):
    assert path.parts[0] in TARGETS
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    eat(path.parts[0], (CORPUS / path).read_bytes())
    assert time.perf_counter() - start < 5 + 10 * (path.parts[0] == "report")  # the language model is loaded once
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 1500
