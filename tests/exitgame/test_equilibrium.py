"""The solved game is an equilibrium: recomputed residuals, Bayes' rule, the order of types, and monotone replies."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pytest

from exitgame.plausible import plausible
from exitgame.reference_game import Draw, Grid
from offramp.exitgame._jax import jax
from offramp.exitgame.belief import belief_grid
from offramp.exitgame.coercer import coercer_play
from offramp.exitgame.forward import Forced, forward, forward_many, plays, start_at
from offramp.exitgame.month import MonthPlay
from offramp.exitgame.moves import BACKS_DOWN, RulerMove
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.prepare import prepare
from offramp.exitgame.ruler import reply, ruler_values
from offramp.exitgame.solver import GROUP, RESIDUAL, SAME, TAIL, Group, Policy, solve
from offramp.exitgame.states import ALL, IN_OFFICE, Army, Demand, Offer, Pressure, State, Street

Array = npt.NDArray[np.float64]
Solved = tuple[GameParameters, Policy]
#: One length of forecast and one grid for everything here, so that two programs serve the file.
MONTHS = 12
OFFERED = State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)
STARTS = (
    OFFERED,
    State(Pressure.ULTIMATUM, Offer.IMMUNITY, Army.WAVERING, Street.MOBILISED),
    State(Pressure.SANCTIONS, Offer.SAFE_PASSAGE, demand=Demand.STANDING),
    State(),
)
HAS_OFFER = np.array([state.offer is not Offer.NONE for state in ALL])


def solved(params: GameParameters, **options: int) -> Solved:
    """Solved as the program solves: a draw whose search fails is named by its residual and used by nobody."""
    policy = solve(params, months=MONTHS, throw=False, **options)
    # A finer grid leaves more nodes near a fold of the fixed point, where the search may fail.
    assert settled(policy).mean() >= (0.85 if policy.nodes == 21 else 0.75)
    return params, policy


def settled(policy: Policy) -> npt.NDArray[np.bool_]:
    return np.asarray(policy.residual.max(0) <= RESIDUAL)


@pytest.fixture(scope="module")
def drawn() -> Solved:
    return solved(plausible(GROUP, seed=4))


@pytest.fixture(scope="module")
def sharp() -> Solved:
    """The ruler's precision at 3, the most that the prior gives in practice."""
    return solved(plausible(GROUP, seed=4, precision_ruler=3.0))


@pytest.fixture(scope="module")
def alike() -> Solved:
    """Both types as the flexible one."""
    params = plausible(GROUP, seed=4)
    params.leave_cost[:, 1] = params.leave_cost[:, 0]
    return solved(params)


@pytest.fixture(scope="module")
def all_committed() -> Solved:
    """Both types as the committed one."""
    params = plausible(GROUP, seed=4)
    params.leave_cost[:, 0] = params.leave_cost[:, 1]
    return solved(params)


@functools.partial(jax.jit, static_argnames=("month",))
def _play(ready: Array, group: Group, month: int) -> MonthPlay:
    return plays(ready, group.prepared, group.values[month + 1], group.log_ratios[month], month, False)


@pytest.fixture(scope="module")
def played(drawn: Solved) -> MonthPlay:
    """Everybody's play in the first month, as the forward pass reads it."""
    return _play(np.asarray(True), drawn[1].groups[0], 0)


def grid_month(solved: Solved, row: int, month: int) -> Grid:
    params, policy = solved
    return Grid(Draw(params, row, policy.horizon), month, policy.values(month + 1)[row])


@pytest.mark.parametrize("precision", ["drawn", "sharp"])
def test_every_node_is_a_fixed_point_or_the_policy_says_where_not(
    precision: str, request: pytest.FixtureRequest
) -> None:
    case: Solved = request.getfixturevalue(precision)
    _, policy = case
    for row in range(policy.draws):
        for month in (0, MONTHS - 1):
            grid = grid_month(case, row, month)
            found = policy.log_ratios(month)[row].reshape(3, -1)
            worst = np.abs(grid.play(found).implied() - found).max()
            assert worst == pytest.approx(policy.residual[month, row], rel=1e-3, abs=1e-12)
            assert worst <= RESIDUAL or not settled(policy)[row]
    assert settled(policy).all() == (not [text for text in policy.warnings if "not found" in text])


def test_values_follow_from_play_at_every_node(drawn: Solved) -> None:
    _, policy = drawn
    for row in range(0, policy.draws, 3):
        for month in (0, MONTHS // 2, MONTHS - 1):
            again = grid_month(drawn, row, month).values(policy.log_ratios(month)[row])
            assert np.abs(again - policy.values(month)[row]).max() < 1e-8


def damped(grid: Grid, start: tuple[float, float, float], steps: int, share: float) -> Array:
    open_ = grid.draw.ruler_open(grid.s)[1:]
    l = np.where(open_, np.array(start)[:, None], 0.0)  # noqa: E741
    for _ in range(steps):
        l = l + share * (grid.play(l).implied() - l)  # noqa: E741
    return np.asarray(l)


@pytest.mark.parametrize("precision", ["drawn", "sharp"])
def test_a_second_start_agrees_or_the_policy_says_so(precision: str, request: pytest.FixtureRequest) -> None:
    case: Solved = request.getfixturevalue(precision)
    _, policy = case
    agree = policy.disagreement <= SAME
    assert any("different equilibria" in text for text in policy.warnings) == (not agree.all())
    assert agree.mean() >= (0.85 if precision == "drawn" else 0.6)
    agree &= settled(policy)
    for row in np.flatnonzero(agree)[:4]:
        grid = grid_month(case, int(row), 0)
        found = policy.log_ratios(0)[row].reshape(3, -1)
        for start in ((3.0, -3.0, 3.0), (-3.0, 3.0, -3.0)):
            other = damped(grid, start, 150, 0.4)
            assert np.abs(grid.play(other).implied() - other).max() < 1e-7
            assert np.abs(other - found).max() < 1e-5


def test_eight_undamped_steps_are_not_enough(sharp: Solved) -> None:
    _, policy = sharp
    worst = 0.0
    for row in range(policy.draws):
        grid = grid_month(sharp, row, 0)
        after = damped(grid, (0.0, 0.0, 0.0), 8, 1.0)
        worst = max(worst, float(np.abs(grid.play(after).implied() - after).max()))
    assert worst > 1e-3


def test_beliefs_are_a_martingale_at_every_node(played: MonthPlay) -> None:
    b = belief_grid(21)[:, None]
    mixed = b * played.ruler.stay[1] + (1 - b) * played.ruler.stay[0]
    with np.errstate(divide="ignore", over="ignore"):
        after = 1 / (1 + np.exp(-(np.log(b) - np.log1p(-b) + played.learnt)))
    left = b * played.ruler.leave[1]  # P(leave) times the belief after it
    assert np.abs((mixed * after).sum(0) + left - b).max() < 1e-12
    total = played.ruler.stay.sum(1) + played.ruler.leave
    assert np.abs(total - 1).max() < 1e-12


def test_forward_keeps_probability_and_the_share_of_committed_rulers(drawn: Solved) -> None:
    params, policy = drawn
    forced = [None, Forced.offer_kept(3), Forced.offer_withdrawn(3), Forced.pressure_held(MONTHS)]
    runs = [(start_at(params, 21, where), rule) for where, rule in zip(STARTS, forced, strict=True)]
    for found in forward_many(policy, runs):
        assert np.abs(found.outcomes.sum(-1) - 1).max() < 1e-12
        assert np.abs(found.committed.sum(-1) - params.committed[:, None]).max() < 1e-12
        assert (found.committed >= -1e-15).all()
        assert (found.committed <= found.outcomes + 1e-15).all()
        assert (np.diff(found.outcomes[..., :IN_OFFICE], axis=1) >= -1e-15).all()
        assert found.coercer_moves.sum(-1) == pytest.approx(1, abs=1e-12)
        assert found.ruler_moves.sum(-1) == pytest.approx(1, abs=1e-12)


def test_refusing_never_makes_the_public_think_the_ruler_flexible(drawn: Solved, played: MonthPlay) -> None:
    params, _ = drawn
    assert (params.leave_cost[:, 1] > params.leave_cost[:, 0]).all()
    stays = played.ruler.stay.sum(1)[:, HAS_OFFER]
    assert (stays[1] >= stays[0]).all()
    # The order is strict somewhere in every draw: types do separate.
    assert ((stays[1] - stays[0]).max((0, 1)) > 1e-3).all()


def test_coercer_value_of_the_forward_pass_is_the_value_of_the_backward_pass(drawn: Solved) -> None:
    params, policy = drawn
    for where in STARTS:
        start = start_at(params, 21, where)
        backward = (policy.values(0)[:, 2] * start.mass).sum((1, 2))
        assert forward(policy, start).coercer_value == pytest.approx(backward, abs=1e-10)


class TestTypesAlike:
    """Two types that do not differ, and one type alone."""

    def test_nothing_is_learnt(self, alike: Solved) -> None:
        params, policy = alike
        for month in range(MONTHS):
            assert np.abs(policy.log_ratios(month)).max() < 1e-12
        values = policy.values(0)
        assert np.abs(values - values[..., :1]).max() < 1e-10
        found = forward(policy, start_at(params, 21, OFFERED))
        assert found.posterior() == pytest.approx(np.repeat(params.committed[:, None], MONTHS + 1, 1), abs=1e-12)

    @pytest.mark.parametrize(("belief", "one"), [(0.0, "alike"), (1.0, "all_committed")])
    def test_a_certain_belief_is_the_game_with_one_type(
        self, drawn: Solved, belief: float, one: str, request: pytest.FixtureRequest
    ) -> None:
        params, policy = drawn
        _, alone = request.getfixturevalue(one)
        node, me = (0, 0) if belief == 0 else (-1, 1)
        for month in (0, MONTHS):
            two, single = policy.values(month)[:, [me, 2, 3], :, node], alone.values(month)[:, [me, 2, 3], :, node]
            assert np.abs(two - single).max() < 1e-12
        for where in STARTS:
            start = start_at(params, 21, where, belief)
            two_types, one_type = forward(policy, start), forward(alone, start)
            assert np.abs(two_types.outcomes - one_type.outcomes).max() < 1e-12
            assert np.abs(two_types.posterior() - belief).max() < 1e-12


def better_guarantee(params: GameParameters) -> GameParameters:
    return params._replace(guarantee=params.guarantee + 0.3 * (1 - params.guarantee))


def dearer_retreat(params: GameParameters) -> GameParameters:
    return params._replace(cost_audience=1.5 * params.cost_audience + 0.1)


class TestMonotone:
    """Better promises are taken more often, and a loud audience makes backing down rarer."""

    def test_acceptance_with_everybody_elses_play_held(self, drawn: Solved, played: MonthPlay) -> None:
        params, policy = drawn
        better = prepare(better_guarantee(params), policy.horizon)
        _, offer, posture, _, _ = np.array(ALL).T
        node = played.node._replace(leave=better.leave[:, offer, posture][:, :, None])
        after = np.asarray(reply(node, played.learnt)[0].leave)[:, HAS_OFFER]
        before = np.asarray(played.ruler.leave)[:, HAS_OFFER]
        assert (after >= before).all()
        assert (after > before).mean() > 0.9

    def test_backing_down_with_everybody_elses_play_held(self, drawn: Solved, played: MonthPlay) -> None:
        params, policy = drawn
        prepared, dearer = policy.groups[0].prepared, prepare(dearer_retreat(params), policy.horizon)
        ruler = ruler_values(prepared, played.node, played.ruler)
        before, after = (np.asarray(coercer_play(game, ruler).choice) for game in (prepared, dearer))
        assert (before == pytest.approx(np.asarray(played.coercer.choice), abs=1e-12)) is True
        ultimatum = np.array([state.pressure is Pressure.ULTIMATUM for state in ALL])
        chance = [(choice * BACKS_DOWN[:, :, None, None]).sum(0)[ultimatum] for choice in (before, after)]
        assert (chance[1] <= chance[0]).all()
        assert (chance[1] < chance[0]).mean() > 0.9

    @staticmethod
    def violations(draws: int, seed: int) -> tuple[int, int, int]:
        """Draws solved in all three games; how many of them accept less, and back down more, in the first month."""
        params = plausible(draws, seed=seed)
        cases = [solved(case) for case in (params, better_guarantee(params), dearer_retreat(params))]
        good = np.all([settled(policy) & (policy.disagreement <= SAME) for _, policy in cases], axis=0)
        plain, kinder, dearer = (forward(policy, start_at(case, 21, OFFERED)) for case, policy in cases)
        accepted = (kinder.ruler_moves - plain.ruler_moves)[good, 0, RulerMove.LEAVE]
        backed = ((dearer.coercer_moves - plain.coercer_moves)[good, 0] * BACKS_DOWN[:, OFFERED.number]).sum(-1)
        return int(good.sum()), int((accepted < -1e-9).sum()), int((backed > 1e-9).sum())

    def test_in_equilibrium(self) -> None:
        good, less, more = self.violations(GROUP, seed=4)
        assert good >= 12
        assert (less, more) == (0, 0)

    @pytest.mark.soak
    def test_in_equilibrium_on_fifty_draws(self) -> None:
        good, less, more = self.violations(64, seed=5)
        print(f"of {good} draws {less} accept less and {more} back down more")  # noqa: T201 - the count is asked for
        assert good >= 50
        # Where a node has several equilibria, the better promise can lead to another branch (docs/exitgame.md).
        assert less <= 0.05 * good
        assert more == 0


def headline(solution: Solved) -> Array:
    params, policy = solution
    return np.stack([forward(policy, start_at(params, policy.nodes, where)).outcomes[:, 1:] for where in STARTS])


def apart(one: Solved, other: Solved) -> tuple[Array, Array]:
    """Largest difference of any outcome's chance in any month: [start] of means over draws, [start, draw]."""
    good = settled(one[1]) & settled(other[1])
    difference = (headline(one) - headline(other))[:, good]
    return np.abs(difference.mean(1)).max((1, 2)), np.abs(difference).max((2, 3))


class TestCoarseness:
    """Forecasts hardly depend on where the far end lies and on how fine the grid is."""

    def test_half_the_horizon(self, drawn: Solved) -> None:
        near = solved(drawn[0], tail=TAIL // 2 - MONTHS // 2)
        assert 2 * near[1].horizon == drawn[1].horizon
        means, draws = apart(near, drawn)
        assert means[0] < 0.005  # the story's own start: an ultimatum and safe passage
        assert np.median(draws, axis=1).max() < 0.005

    def test_twice_the_nodes(self, drawn: Solved) -> None:
        means, draws = apart(solved(drawn[0], nodes=41), drawn)
        assert means.max() < 0.005
        assert np.median(draws, axis=1).max() < 0.005
        assert draws[0].max() < 0.02

    @pytest.mark.soak
    def test_twice_the_horizon(self) -> None:
        params = plausible(64, seed=6)
        means, draws = apart(solved(params), solved(params, tail=2 * TAIL + MONTHS))
        assert means.max() < 0.005
        assert np.median(draws, axis=1).max() < 0.005

    @pytest.mark.soak
    def test_grids_of_21_41_and_81_nodes(self) -> None:
        params = plausible(64, seed=6)
        coarse, middle, fine = (solved(params, nodes=nodes) for nodes in (21, 41, 81))
        means, draws = apart(coarse, middle)
        assert means.max() < 0.005
        assert np.median(draws, axis=1).max() < 0.005
        assert apart(middle, fine)[0].max() < 0.005
