"""Every name that a brief may show has words."""

from __future__ import annotations

from offramp.case.models import ASSESSMENTS
from offramp.exitgame import priors
from offramp.exitgame.labels import LABELS


def test_assessments_and_parameters_have_words_and_nothing_else_does() -> None:
    names = {name for name in priors.NAMES if not name.startswith("score_")} | set(ASSESSMENTS)
    assert set(LABELS) == names
    assert len(set(LABELS.values())) == len(LABELS)
