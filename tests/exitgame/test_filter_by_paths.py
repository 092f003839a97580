"""The filter against a sum over every path of play by hand, in code that shares nothing with it; and its weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from exitgame.plausible import plausible
from exitgame.reference_game import Draw, Grid, coercer_worth, logistic, ruler_worth
from offramp.exitgame.filter import ObservedMonth, filter_months
from offramp.exitgame.forward import start_at
from offramp.exitgame.moves import COERCER_MOVES, RulerMove
from offramp.exitgame.parameters import GameParameters, take
from offramp.exitgame.solver import GROUP, Policy, solve
from offramp.exitgame.states import Army, Demand, Offer, Pressure, State, Street

Array = npt.NDArray[np.float64]
Node = tuple[int, int]
NODES = 21
OFFERED = State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)
REFUSED = frozenset({RulerMove.HOLD, RulerMove.DEMAND, RulerMove.CRACKDOWN})


@pytest.fixture(scope="module")
def solved() -> tuple[GameParameters, Policy]:
    params = plausible(GROUP, seed=4)
    return params, solve(params, months=12, nodes=NODES, throw=False)


class Paths:
    """Every path through the first month's play from one (state, node), one at a time."""

    def __init__(self, params: GameParameters, policy: Policy, row: int) -> None:
        self.draw = draw = Draw(params, row, policy.horizon)
        self.grid = grid = Grid(draw, 0, policy.values(1)[row])
        play = grid.play(policy.log_ratios(0)[row])
        self.sigma = np.exp(play.log_sigma).reshape(2, 4, 72, NODES)
        self.belief = play.belief.reshape(4, 72, NODES)
        whole = ruler_worth(grid.b, play).reshape(4, 72, NODES)
        place = np.tile(np.arange(NODES), 72)
        _, pi = coercer_worth(draw, grid.s, lambda after, who: whole[:, after, place[who]])
        self.coercer = pi.reshape(len(COERCER_MOVES), 72, NODES)
        self.army = grid.choice

    def month(self, at: Node, seen: ObservedMonth) -> Iterator[tuple[Node, float]]:
        """Where the month may end and the chance of each way there, of what fits `seen`."""
        p, (s, node) = self.draw.p, at
        for index, after, _, strike in self.draw.coercer_moves(s):
            state = State.of(after)
            if strike != seen.struck or not _fits(seen, state, ("pressure", "offer")):
                continue
            chance = self.coercer[index, s, node] * ((1 - p["strike_success"]) if strike else 1.0)
            for move in (RulerMove.HOLD, RulerMove.DEMAND, RulerMove.CRACKDOWN):
                if seen.ruler is not None and move not in seen.ruler:
                    continue
                b = self.grid.grid[node]
                public = b * self.sigma[1, move, after, node] + (1 - b) * self.sigma[0, move, after, node]
                if public == 0:
                    continue
                told = after | 1 if move is RulerMove.DEMAND else after
                crack = int(move is RulerMove.CRACKDOWN)
                for landed, share in self._split(self.belief[move, after, node]):
                    for end, rest in self._rest(told, crack, landed):
                        if _fits(seen, State.of(end), ("army", "street", "demand")):
                            yield (end, landed), chance * public * share * rest

    def _split(self, belief: float) -> list[tuple[int, float]]:
        grid = self.grid.grid
        low = min(int(np.searchsorted(grid, belief, side="right")) - 1, NODES - 2)
        share = (belief - grid[low]) / (grid[low + 1] - grid[low])
        return [(low, 1 - share), (low + 1, share)]

    def _rest(self, s: int, crack: int, node: int) -> Iterator[tuple[int, float]]:
        """The armed forces, the street, accidents, no lapse; states and chances."""
        p, state = self.draw.p, State.of(s)
        back, waver, attempt = self.army[:, crack, s, node]
        wavers = state.army is Army.WAVERING
        failed = attempt * (1 - p["coup_success"][int(state.army)])
        ways = [(1, 1, waver), (0, 0, failed)]  # posture this month, posture next month, chance
        r = p["restore"]
        ways += [(1, 0, back * r), (1, 1, back * (1 - r))] if wavers else [(0, 0, back)]
        loud = (p["persist"] if state.street else p["mobilise"]) * (1 - crack * p["relief"])
        for now, later, chance in ways:
            odds = self.draw.path("ouster_logit", 0) + now * np.log(p["street_ratio"])
            ouster = float(logistic(odds)) if state.street else 0.0
            stays = (1 - ouster) * (1 - self.draw.path("exogenous", 0).sum()) * (1 - p["lapse"])
            for street, turn in ((0, 1 - loud), (1, loud)):
                end = state._replace(army=Army(later), street=Street(street))
                yield end.number, float(chance * stays * turn)


def _fits(seen: ObservedMonth, state: State, names: tuple[str, ...]) -> bool:
    return all(getattr(seen, name) in (None, getattr(state, name)) for name in names)


TOLD = [
    ObservedMonth(pressure=Pressure.ULTIMATUM, offer=Offer.SAFE_PASSAGE, ruler=REFUSED, demand=Demand.STANDING),
    ObservedMonth(pressure=Pressure.ULTIMATUM, army=Army.WAVERING, street=Street.QUIET),
]


@pytest.mark.parametrize("row", [0, 5])
@pytest.mark.parametrize("months", [TOLD[:1], TOLD, [ObservedMonth(struck=True), ObservedMonth()]])
def test_likelihood_is_the_sum_over_every_path(
    solved: tuple[GameParameters, Policy], row: int, months: list[ObservedMonth]
) -> None:
    params, policy = solved
    paths, node = Paths(params, policy, row), 9
    b = float(paths.grid.grid[node])
    found = filter_months(policy, start_at(params, NODES, OFFERED, b), months)
    mass: dict[Node, float] = {(OFFERED.number, node): 1.0}
    for seen in months:
        ends: dict[Node, float] = {}
        for at, weight in mass.items():
            for end, chance in paths.month(at, seen):
                ends[end] = ends.get(end, 0.0) + weight * chance
        mass = ends
    likelihood = sum(mass.values())
    assert found.log_likelihood[row] == pytest.approx(np.log(likelihood), abs=1e-8)
    table = np.zeros((72, NODES))
    for (s, place), weight in mass.items():
        table[s, place] = weight / likelihood
    assert np.abs(found.start.mass[row] - table).max() < 1e-8
    assert found.belief[row] == pytest.approx((table * paths.grid.grid).sum(), abs=1e-8)


def test_weights_are_prior_times_likelihood(solved: tuple[GameParameters, Policy]) -> None:
    params, policy = solved
    start = start_at(params, NODES, OFFERED)
    prior = np.random.default_rng(0).dirichlet(np.ones(GROUP))
    found = filter_months(policy, start, TOLD, weights=prior)
    expected = prior * np.exp(found.log_likelihood)
    assert found.weights == pytest.approx(expected / expected.sum(), rel=1e-12)
    assert found.ess == pytest.approx(1 / (found.weights**2).sum())
    assert 1 <= found.ess <= GROUP
    assert found.start.mass.sum((1, 2)) == pytest.approx(1, abs=1e-12)
    assert found.path.shape == (GROUP, len(TOLD) + 1)
    assert found.path[:, 0] == pytest.approx(params.committed, abs=1e-12)
    assert (found.path[:, -1] == found.belief).all()


def test_two_months_at_once_are_one_after_the_other(solved: tuple[GameParameters, Policy]) -> None:
    params, policy = solved
    start = start_at(params, NODES, OFFERED)
    both = filter_months(policy, start, TOLD)
    first = filter_months(policy, start, TOLD[:1])
    second = filter_months(policy, first.start, TOLD[1:], weights=first.weights)
    assert first.log_likelihood + second.log_likelihood == pytest.approx(both.log_likelihood, abs=1e-12)
    assert second.weights == pytest.approx(both.weights, abs=1e-12)


def test_a_month_tells_draws_apart_only_where_they_differ(solved: tuple[GameParameters, Policy]) -> None:
    """That the standoff goes on is something seen, so a month of which nothing else is known weighs alike only those
    draws that survive it alike."""
    params, _ = solved
    same = take(params, np.zeros(GROUP, np.intp))
    found = filter_months(solve(same, months=12, nodes=NODES), start_at(same, NODES, OFFERED), [ObservedMonth()])
    assert found.weights == pytest.approx(1 / GROUP, rel=1e-12)
    assert found.ess == pytest.approx(GROUP, rel=1e-9)
    assert (found.log_likelihood < 0).all()
