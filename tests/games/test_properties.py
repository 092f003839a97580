"""What must hold for every tree: labels, constants, units and dominance; residuals that are what they say."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.games import play
from offramp.games.build import Branching, chance, end, move, tree
from offramp.games.form import Game

PLAYERS = ("A", "B", "C")
payoff = st.integers(-5, 5)


@st.composite
def branchings(draw: st.DrawFn, depth: int, names: itertools.count) -> Branching:
    kind = draw(st.sampled_from(["end", "move", "move", "chance"])) if depth else "end"
    if kind == "end":
        return end(*[draw(payoff) for _ in PLAYERS])
    width = draw(st.integers(1, 3))
    below = [draw(branchings(depth - 1, names)) for _ in range(width)]
    if kind == "chance":
        weights = [draw(st.integers(1, 4)) for _ in range(width)]
        return chance({f"c{k}": (w / sum(weights), b) for k, (w, b) in enumerate(zip(weights, below, strict=True))})
    actions = {f"a{k}": b for k, b in enumerate(below)}
    # Nodes of one depth, player and width share an information set now and then (no path meets it twice).
    shared = f"d{depth}w{width}" if draw(st.booleans()) else ""
    return move(draw(st.sampled_from(PLAYERS)), actions, infoset=shared, payoffs=[draw(payoff) for _ in PLAYERS])


@st.composite
def games(draw: st.DrawFn) -> Game:
    return tree("drawn", PLAYERS, draw(branchings(3, itertools.count())))


precisions = st.floats(0, 3).map(lambda x: round(x, 3))


def reply_gap(game: Game, strategy: np.ndarray, level: np.ndarray) -> float:
    """Largest |logit reply - probability| by recursion over nodes."""
    with np.errstate(divide="ignore"):
        held = play.beliefs(game, np.log(strategy))
    values = play.action_values(game, strategy, held)
    worst = 0.0
    for infoset, start, size in zip(game.decisions, game.arrays.starts, game.arrays.sizes, strict=True):
        part = slice(start, start + size)
        weight = np.exp(level[infoset.player] * (values[part] - values[part].max()))
        worst = max(worst, float(np.abs(weight / weight.sum() - strategy[part]).max()))
    return worst


@settings(max_examples=60, deadline=None)
@given(games(), st.lists(precisions, min_size=3, max_size=3))
def test_every_solution_is_a_logit_reply_to_itself(game: Game, level: list[float]) -> None:
    found = game.solve(level)
    assert found.residual < 1e-10
    assert abs(reply_gap(game, found.strategy, np.array(level)) - found.residual) < 1e-10
    assert np.allclose(found.payoffs, np.exp(game.arrays.leaf_logs(found.log_probabilities)) @ game.arrays.payoffs)
    for infoset, belief in zip(game.decisions, found.beliefs, strict=True):
        assert len(belief) == len(infoset.nodes)
        assert abs(belief.sum() - 1) < 1e-12


@settings(max_examples=40, deadline=None)
@given(games(), precisions, st.floats(-50, 50), st.sampled_from([0.25, 0.5, 3.0]))
def test_constants_and_units_do_not_matter(game: Game, precision: float, constant: float, scale: float) -> None:
    found = game.solve(precision).strategy
    payoffs = game.payoffs.copy()
    payoffs[:, 1] += constant
    assert np.abs(game.with_payoffs(payoffs).solve(precision).strategy - found).max(initial=0) < 1e-9
    scaled = game.with_payoffs(game.payoffs * scale).solve(precision / scale)
    assert np.abs(scaled.strategy - found).max(initial=0) < 1e-9


@settings(max_examples=40, deadline=None)
@given(games(), precisions)
def test_relabelling_permutes_the_answer(game: Game, precision: float) -> None:
    found = game.solve(precision)
    # Players change places: roles keep their play.
    order = [2, 0, 1]
    place = {old: new for new, old in enumerate(order)}
    infosets = tuple(replace(i, player=place[i.player] if i.player >= 0 else -1) for i in game.infosets)
    outcomes = tuple(replace(o, payoffs=tuple(o.payoffs[k] for k in order)) for o in game.outcomes)
    renamed = Game("renamed", tuple(PLAYERS[k] for k in order), game.nodes, infosets, outcomes).solve(precision)
    assert np.abs(renamed.payoffs - found.payoffs[order]).max() < 1e-9
    for infoset in game.decisions:
        who = PLAYERS[infoset.player]
        a, b = (r.policy(who, infoset.number) for r in (found, renamed))
        assert all(abs(a[k] - b[k]) < 1e-9 for k in a)
    # Actions change places: the tree is rebuilt with every move's actions turned round.
    flipped = mirrored(game).solve(precision)
    assert np.abs(flipped.payoffs - found.payoffs).max() < 1e-9


def mirrored(game: Game) -> Game:
    """The same game with the actions of every information set in reverse order."""

    def build(index: int) -> Branching:
        node = game.nodes[index]
        gains = game.outcomes[node.outcome].payoffs if node.outcome >= 0 else ()
        if node.kind == "end":
            return end(*gains)
        infoset = game.infosets[node.infoset]
        below = [(a, build(c)) for a, c in zip(infoset.actions, game.children[index], strict=True)][::-1]
        if node.kind == "chance":
            chances = dict(zip(infoset.actions, infoset.chances, strict=True))
            return chance({a: (chances[a], b) for a, b in below}, payoffs=gains)
        return move(PLAYERS[infoset.player], dict(below), infoset=f"{infoset.player}.{infoset.number}", payoffs=gains)

    return tree("mirrored", PLAYERS, build(0))


@settings(max_examples=25, deadline=None)
@given(games(), payoff, st.integers(1, 3))
def test_a_dominated_action_loses_weight_with_precision(game: Game, worth: int, loss: int) -> None:
    # A first move by A: into the drawn game, or one of two ends of which the second is worse for A whatever happens.
    def graft(index: int) -> Branching:
        node = game.nodes[index]
        gains = game.outcomes[node.outcome].payoffs if node.outcome >= 0 else ()
        if node.kind == "end":
            return end(*gains)
        infoset = game.infosets[node.infoset]
        below = [(a, graft(c)) for a, c in zip(infoset.actions, game.children[index], strict=True)]
        if node.kind == "chance":
            chances = dict(zip(infoset.actions, infoset.chances, strict=True))
            return chance({a: (chances[a], b) for a, b in below}, payoffs=gains)
        return move(PLAYERS[infoset.player], dict(below), infoset=f"{infoset.player}.{infoset.number}", payoffs=gains)

    whole = tree(
        "dominance",
        PLAYERS,
        move("A", {"play": graft(0), "good": end(worth, 0, 0), "bad": end(worth - loss, 0, 0)}, infoset="first"),
    )
    ratios = []
    for precision in (0.5, 1.0, 2.0, 4.0):
        found = whole.solve({"A": precision, "B": 1.0, "C": 1.0})
        policy = found.policy("A", "first")
        ratios.append(policy["bad"] / policy["good"])
        assert abs(np.log(ratios[-1]) + precision * loss) < 1e-8
    assert ratios == sorted(ratios, reverse=True)


@settings(max_examples=20, deadline=None)
@given(games())
def test_limits_are_sequentially_rational(game: Game) -> None:
    limit = game.limit(throw=False, seconds=5)
    values = play.action_values(game, limit.strategy, list(limit.beliefs))
    gain = float(play.regrets(game, limit.strategy, values).max(initial=0))
    assert abs(gain - limit.regret) < 1e-12
    if limit.converged:
        assert gain <= 1e-8 * game.arrays.scale
