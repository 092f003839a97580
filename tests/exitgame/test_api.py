"""One play of the story, end to end, and what must hold of any play."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from exitgame.sample_case import story
from offramp.case.elicit import elicit
from offramp.case.models import ASSESSMENTS, Case, Coercer, ObservedMonth, Ruler, State
from offramp.codes.exits import OUTCOMES, RECORDED_MODES
from offramp.errors import InputError
from offramp.exitgame import priors
from offramp.exitgame.api import play
from offramp.exitgame.result import IN_OFFICE, NEGOTIATED, GameResult
from offramp.reading.evidence import Evidence

MONTHS, DRAWS, SEED = 12, 16, 3


@pytest.fixture(scope="module")
def result() -> GameResult:
    return play(story(), months=MONTHS, draws=DRAWS, seed=SEED)


def test_probabilities_add_up(result: GameResult) -> None:
    assert result.weights.sum() == pytest.approx(1)
    assert (result.weights >= 0).all()
    for lens in (result.outcomes, result.history_full, result.history_structural):
        assert lens.shape == (DRAWS, MONTHS + 1, len(OUTCOMES))
        assert lens.sum(-1) == pytest.approx(np.ones((DRAWS, MONTHS + 1)), abs=1e-9)
        assert (np.diff(lens[..., :IN_OFFICE], axis=1) >= -1e-12).all()
        assert lens[:, 0, IN_OFFICE] == pytest.approx(np.ones(DRAWS))
    assert (result.history_full[..., NEGOTIATED] == 0).all()
    assert set(result.fates) == {str(mode) for mode in RECORDED_MODES}
    assert sum(result.mean(str(name)) for name in OUTCOMES) == pytest.approx(1)


def test_the_same_seed_gives_the_same_bits_and_another_does_not(result: GameResult) -> None:
    again = play(story(), months=MONTHS, draws=DRAWS, seed=SEED, what_if=False)
    assert (again.outcomes == result.outcomes).all()
    assert (again.weights == result.weights).all()
    assert again.what_if == ()
    other = play(story(), months=MONTHS, draws=DRAWS, seed=SEED + 1, what_if=False)
    assert (other.outcomes != result.outcomes).any()


def test_pressure_and_an_offer_open_exits_that_history_does_not_see(result: GameResult) -> None:
    twelve = result.weights @ result.outcomes[:, 12]
    history = result.history_structural[:, 12].mean(0)
    assert twelve[NEGOTIATED] > 0.02
    assert twelve[IN_OFFICE] < history[IN_OFFICE]


def test_most_draws_lie_inside_wide_bands(result: GameResult) -> None:
    wide = {
        "negotiated": (0.0, 0.75),
        "foreign": (0.0, 0.75),
        "coup": (0.0005, 0.35),
        "uprising": (0.0002, 0.15),
        "regular": (0.001, 0.15),
        "natural": (0.0005, 0.06),
        "rebels": (0.0001, 0.06),
        "assassination": (0.0, 0.02),
        "in_office": (0.05, 0.99),
    }
    inside = np.ones(DRAWS, bool)
    for k, name in enumerate(OUTCOMES):
        low, high = wide[str(name)]
        inside &= (result.outcomes[:, 12, k] >= low) & (result.outcomes[:, 12, k] <= high)
    assert inside[result.weights > 0].mean() >= 0.8


def test_what_was_observed_is_learnt_from_a_little(result: GameResult) -> None:
    assert result.learnt is not None
    before, after = result.learnt
    assert before < after < before + 0.2
    assert DRAWS / 2 < result.diagnostics.effective_sample_size <= DRAWS


def test_what_if_rows_are_paired_worded_and_complete(result: GameResult) -> None:
    labels = [row.label for row in result.what_if]
    assert len(labels) == len(set(labels))
    assert {row.kind for row in result.what_if} == {"offer", "guarantor", "guarantee", "pressure", "loyalty", "street"}
    for row in result.what_if:
        assert row.months == 12
        assert row.weights.sum() == pytest.approx(1)
        assert row.outcomes.sum(1) == pytest.approx(np.ones(len(row.weights)), abs=1e-9)
        assert row.wording.startswith("In the model, if ")
        assert "for reasons unrelated to what we cannot see" in row.wording
        assert "would cause" not in row.wording
    assert any("private information" in line for line in result.caveats)


def test_withdrawing_the_offer_and_a_better_word_move_as_they_must(result: GameResult) -> None:
    rows = {row.label: row for row in result.what_if}
    gone = rows["No offer"]
    assert gone.weights @ (gone.outcomes - gone.baseline)[:, NEGOTIATED] < 0
    low, high = (row for row in result.what_if if row.kind == "guarantee")
    assert low.weights @ low.outcomes[:, NEGOTIATED] < high.weights @ high.outcomes[:, NEGOTIATED]
    wavering = rows["Armed forces wavering"]
    coup = OUTCOMES.index(OUTCOMES[1])
    assert wavering.weights @ (wavering.outcomes - wavering.baseline)[:, coup] > 0
    loyal = rows["Armed forces loyal"]
    assert loyal.weights @ (loyal.outcomes - loyal.baseline)[:, coup] <= 0


def test_offers_are_compared_on_the_same_draws(result: GameResult) -> None:
    assert len(result.offers) == 7
    assert sum(row.probability_best for row in result.offers) == pytest.approx(1)
    for row in result.offers:
        assert 0 <= row.coercer_prefers_to_keep <= 1
        assert (row.leave_threshold is None) == (row.offer == "none")
        if row.leave_threshold is not None:
            assert np.isfinite(row.leave_threshold).all()
    shown = {row.label for row in result.what_if} | {"Safe passage, guaranteed by United States"}
    assert {row.label for row in result.offers} <= shown
    if result.best_offer is not None:
        assert result.best_offer.feasible
        assert "In the model" in result.best_offer.wording


def test_the_path_ends_at_the_headline(result: GameResult) -> None:
    last = result.steps[-1].outcomes
    assert last == pytest.approx(result.weights @ result.outcomes[:, 12])
    assert np.isnan(result.steps[0].outcomes[NEGOTIATED])
    assert [step.basis for step in result.steps] == [
        "history",
        "history",
        "game",
        "game",
        "game",
        "evidence",
        "evidence",
    ]
    for step in result.steps:
        assert np.nansum(step.outcomes) == pytest.approx(1)
    # The anchored passive world gives structural history's rates.
    assert result.steps[2].outcomes[1:] == pytest.approx(result.steps[1].outcomes[1:])


def test_every_assessment_has_its_sensitivity(result: GameResult) -> None:
    for outcome in ("negotiated", "in_office"):
        rows = {row.parameter: row for row in result.sensitivity if row.outcome == outcome}
        assert set(ASSESSMENTS) <= set(rows)
        assert rows["guarantee"].method == "new solution"
        assert rows["army_loyalty"].method == "forward pass"
        assert rows["economy"].method == "regression over draws"
    named = {row.parameter: row for row in result.sensitivity}
    assert named["guarantee"].at_high > 0
    for row in result.sensitivity:
        assert 0 <= row.at_low <= 1
        assert 0 <= row.at_high <= 1
        if row.parameter in priors.NAMES and row.parameter not in ASSESSMENTS:
            assert row.from_prior_alone == (row.parameter in priors.PRIOR_ONLY)


def test_moves_are_chances_by_player(result: GameResult) -> None:
    for player in ("coercer", "ruler", "armed_forces"):
        rows = [row.probability for row in result.moves if row.player == player]
        assert len(rows) >= 3
        assert np.sum(rows, axis=0) == pytest.approx(np.ones(DRAWS), abs=1e-9)
    assert all(row.words for row in result.moves)


def test_diagnostics_say_how_good_the_numbers_are(result: GameResult) -> None:
    d = result.diagnostics
    assert d.max_residual <= 1e-9
    assert set(d.monte_carlo_error) == {str(name) for name in OUTCOMES}
    assert d.extra["anchor_a_error"] <= 1e-6
    assert 0 < d.extra["acceptance_per_month_in_reference_state"] < 0.5
    assert 0 < d.extra["strike_per_month_in_reference_state"] < 0.5
    assert "precision_ruler" in d.prior_only
    assert {"solver", "variants"} <= set(d.seconds)


def test_bands_speak_of_such_stories_alone(result: GameResult) -> None:
    for row in result.bands():
        assert not row.low <= row.value <= row.high
        assert row.why
    quiet = Case(
        name="hardly known",
        as_of=dt.date(2025, 12, 1),
        ruler=Ruler(name="somebody", country="BLR"),
        coercers=[Coercer(id="org:EU", name="European Union", kind="organisation")],
        state=State(pressure="sanctions"),
        history=[ObservedMonth(month="2025-10", pressure="sanctions", offer="none")],
        assessments=elicit(Evidence(), country="BLR"),
    )
    found = play(quiet, months=MONTHS, draws=DRAWS, seed=1, what_if=False)
    assert found.bands() == ()
    assert found.best_offer is None
    assert found.mean("negotiated") < result.mean("negotiated")
    assert any("Not known of the ruler" in line for line in found.warnings)


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="months: 0"):
        play(story(), months=0)
    with pytest.raises(InputError, match="draws: 2"):
        play(story(), draws=2)
