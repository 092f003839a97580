"""Wilson's interval against its definition: the shares whose own standard error puts the estimate at distance z."""

from __future__ import annotations

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.history.intervals import wilson


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.99))
def test_ends_solve_the_score_equation(counts: tuple[int, int], level: float) -> None:
    count, total = counts
    z = NormalDist().inv_cdf(0.5 + level / 2)
    low, high = wilson(count, total, level)
    assert 0 <= low <= count / total <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            assert (count / total - end) ** 2 == pytest.approx(z**2 * end * (1 - end) / total, abs=1e-9)


def test_known_figures() -> None:
    # R: prop.test(15, 148, conf.level = .95, correct = FALSE)$conf.int
    assert wilson(15, 148, 0.95) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@pytest.mark.parametrize(
    ("count", "total", "level"), [(-1, 5, 0.9), (6, 5, 0.9), (0, 0, 0.9), (1, 5, 1.0), (1, 5, 0.0)]
)
def test_impossible_counts_are_refused(count: int, total: int, level: float) -> None:
    with pytest.raises(ValueError, match=r"must lie|needs 0 <= count"):
        wilson(count, total, level)
