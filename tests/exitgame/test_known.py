"""The game with the type known: the ends of the belief grid of the full game."""

from __future__ import annotations

import numpy as np
import pytest

from exitgame.plausible import plausible
from offramp.errors import InputError
from offramp.exitgame.known import solve_known
from offramp.exitgame.solver import solve

MONTHS, TAIL = 4, 10


def test_it_is_the_full_game_at_the_ends_of_the_grid() -> None:
    params = plausible(3, seed=2, months=MONTHS, grievance=3.0)
    full, known = solve(params, months=MONTHS, nodes=11, tail=TAIL), solve_known(params, months=MONTHS, tail=TAIL)
    for month in range(MONTHS + 1):
        values = full.values(month)
        assert known.values[:, month, :, :, 0] == pytest.approx(values[..., 0], abs=1e-10)
        assert known.values[:, month, :, :, 1] == pytest.approx(values[..., -1], abs=1e-10)
    assert known.of(committed=True)[:, 0, 0] == pytest.approx(full.values(0)[:, 1, :, -1], abs=1e-10)


def test_groups_do_not_matter() -> None:
    params = plausible(5, seed=3, months=MONTHS)
    whole, parts = (solve_known(params, months=MONTHS, tail=2, group=size).values for size in (5, 2))
    assert np.abs(whole - parts).max() < 1e-12


def test_types_that_do_not_differ_play_one_game() -> None:
    params = plausible(4, seed=4, months=MONTHS)
    same = params._replace(leave_cost=np.repeat(np.asarray(params.leave_cost)[:, :1], 2, 1))
    known = solve_known(same, months=MONTHS, tail=20)
    assert known.of(committed=True) == pytest.approx(known.of(committed=False), abs=1e-12)


@pytest.mark.parametrize(("months", "tail"), [(0, 3), (2, -1)])
def test_months_out_of_range(months: int, tail: int) -> None:
    with pytest.raises(InputError, match="at least"):
        solve_known(plausible(2), months=months, tail=tail)
