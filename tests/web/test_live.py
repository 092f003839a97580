"""Live answers: the full one is what the game gives, to rounding; the preview begins at the record and stays near."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import world  # type: ignore[import-not-found]

from offramp.errors import InputError
from offramp.exitgame.api import play
from offramp.web.live import Live, Run, check, with_changes


@pytest.fixture(scope="module")
def live() -> Live:
    return Live(world.case(), Run(24, 16, 0))


def table(outcomes: Any) -> np.ndarray:
    return np.array([series.mean for series in outcomes.values()], dtype=float).T


def played(changes: dict[str, Any]) -> Any:
    return play(with_changes(world.case(), changes), months=24, draws=16, seed=0, what_if=False)


@pytest.mark.parametrize(
    "changes",
    [{"state.pressure": "sanctions", "army_loyalty": 0.3, "state.offer": "safe_passage_immunity"}, {"guarantee": 0.6}],
)
def test_the_full_answer_is_what_a_forecast_of_the_changed_case_says(live: Live, changes: dict[str, Any]):
    game = played(changes)
    answer = live.full(changes)
    wanted = np.einsum("d,dmk->mk", game.weights, game.outcomes)[answer.months]
    assert np.abs(table(answer.outcomes) - wanted).max() < 1e-12
    assert live.ready(changes)
    assert live.full(changes) == answer
    assert not answer.preview


def test_a_preview_begins_at_the_record_and_moves_with_the_change(live: Live):
    recorded = live.full({}).outcomes
    live.recorded(recorded)
    assert np.abs(table(live.preview({}).outcomes) - table(recorded)).max() < 1e-12
    for changes in ({"army_loyalty": 0.2}, {"guarantee": 0.8}, {"state.offer": "none"}):
        preview, full = live.preview(changes), live.full(changes)
        assert preview.preview
        assert np.allclose(table(preview.outcomes).sum(1), 1)
        assert np.abs(table(preview.outcomes) - table(full.outcomes)).max() < 0.05
        for series in preview.outcomes.values():
            low, mean, high = (np.array(side, dtype=float) for side in (series.low, series.mean, series.high))
            assert ((low >= 0) & (low <= mean) & (mean <= high) & (high <= 1)).all()


def test_a_better_guarantee_previews_more_negotiated_exits(live: Live):
    means = [live.preview({"guarantee": g}).outcomes["negotiated"].mean[3] for g in (0.1, 0.4, 0.7, 0.9)]
    assert means == sorted(means)  # type: ignore[type-var]


def test_other_changes_are_refused_by_a_preview(live: Live):
    with pytest.raises(InputError, match=r"economy: a live answer moves army_loyalty, guarantee"):
        check({"economy": 0.4})
    with pytest.raises(InputError, match="between 0 and 1"):
        live.preview({"guarantee": 1.5})
