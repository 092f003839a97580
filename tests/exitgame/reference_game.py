"""The exit game a second time, slowly and in plain NumPy, for tests only.

It shares with the package the names of states and moves and the record of parameters, nothing else: which moves are
open, what they lead to, annuities, payoffs, choices and the ruler's fixed point are written out again from the
specification. Work is done on flat lists of pairs (state, belief), for one draw at a time.

Two readings of next month are possible. `Tree` follows the history tree: beliefs are whatever Bayes' rule makes
them, there is no grid, and every node's fixed point is found anew. `Grid` is told next month's values on a belief
grid and interpolates the armed forces' node between beliefs, as the package says it does; it is what residuals are
recomputed with. Rows of every table of values: flexible ruler, committed ruler, coercer, armed forces, then the
chances of the nine outcomes, which nobody discounts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offramp.exitgame import moves as names
from offramp.exitgame.moves import COERCER_MOVES, OfferMove, PressureMove
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.states import (
    ALL,
    COUP,
    EXITS,
    EXOGENOUS,
    FOREIGN,
    IN_OFFICE,
    NEGOTIATED,
    OUTCOMES,
    UPRISING,
    State,
)

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
ROWS = 4 + len(OUTCOMES)
F, K, C, M = range(4)
LEAVE, HOLD, DEMAND, CRACKDOWN = range(4)
#: A move whose cost alone makes it this unlikely (log-odds) has a chance of exactly 0 in floating point.
SHUT = 5000.0
#: Share of a switching cost that a concession pays which was asked for: an elicited number, so data here.
GRANTED = float(names.CONCESSION)


def logistic(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def log_odds(b: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(b) - np.log1p(-b))


def choose(payoffs: Array, precision: float, open_: npt.NDArray[np.bool_]) -> Array:
    """Log of logit choice over the first axis; -inf where a move is not open."""
    scaled = np.where(open_, precision * payoffs, -np.inf)
    top = scaled.max(0)
    return np.asarray(scaled - top - np.log(np.exp(scaled - top).sum(0)))


def fixed_point(month: Callable[[Array], Array]) -> Array:
    """x = month(x) for a map that is a straight line in each entry: two points give the line."""
    at_0, at_1 = month(np.zeros(4)), month(np.ones(4))
    return np.asarray(at_0 / (1 - (at_1 - at_0)))


class Draw:
    """One draw's payoffs and chances, month by month to `horizon`, from `GameParameters` as data."""

    def __init__(self, params: GameParameters, row: int, horizon: int) -> None:
        self.p = {name: np.asarray(value, float)[row] for name, value in params._asdict().items()}
        p, self.horizon = self.p, horizon
        yearly = [p["discount_ruler"], p["discount_ruler"], p["discount_coercer"], p["discount_army"]]
        self.d = np.array(yearly) ** (1 / 12)
        self.flow = np.array([p["flow_ruler"], p["flow_ruler"], p["flow_coercer"], p["flow_army"]]) / 12
        self.parts = np.array(ALL).T  # pressure, offer, army, street, demand of every state
        self.lapse = float(p["lapse"])
        self.lapsed = self._lapsed()
        self.far = self._far()

    def path(self, name: str, month: int) -> Array:
        """A month of a time path, held at its last value."""
        return np.asarray(self.p[name][min(month, len(self.p[name]) - 1)])

    def exit_worth(self, mode: int, posture: int) -> Array:
        return np.array(
            [
                self.p["exit_ruler"][mode],
                self.p["exit_ruler"][mode],
                self.p["exit_coercer"][mode],
                self.p["exit_army"][posture, mode],
            ]
        )

    def _month_of_history(self, month: int, pressure: int, posture: int, onward: Array) -> Array:
        h = self.path("history", month)
        leaving = sum(h[k] * self.exit_worth(k, posture) for k in range(len(EXITS)))
        return np.asarray(self.flow[:, pressure] + self.d * (leaving + (1 - h.sum()) * onward))

    def _lapsed(self) -> Array:
        """[horizon, 4] worth of a standoff that lapses at the end of each month: no pressure, loyal forces."""
        last = self.horizon - 1  # whose hazards hold for ever
        rows = [fixed_point(lambda worth: self._month_of_history(last, 0, 0, worth))]
        for month in range(self.horizon - 1, 0, -1):
            rows.append(self._month_of_history(month, 0, 0, rows[-1]))
        return np.array(rows[::-1])

    def _far(self) -> Array:
        """[4, 72] values at the horizon: pressure and posture stay as they are, history's hazards, lapses."""
        table = np.zeros((4, 3, 2))
        for pressure in range(3):
            for posture in range(2):

                def month(worth: Array, pressure: int = pressure, posture: int = posture) -> Array:
                    goes_on = (1 - self.lapse) * worth + self.lapse * self.lapsed[-1]
                    return self._month_of_history(self.horizon - 1, pressure, posture, goes_on)

                table[:, pressure, posture] = fixed_point(month)
        return table[:, self.parts[0], self.parts[2]]

    def lapsed_outcomes(self, month: int, months: int) -> Array:
        """[9] outcomes by the end of month `months` of a standoff that lapsed at the end of `month`."""
        out, left = np.zeros(len(OUTCOMES)), 1.0
        for later in range(month + 1, months):
            h = self.path("history", later)
            out[: len(EXITS)] += left * h
            left *= 1 - h.sum()
        out[IN_OFFICE] = left
        return out

    # --- the ruler's and the coercer's moves ------------------------------------------------------------------

    def ruler_open(self, s: Ints) -> npt.NDArray[np.bool_]:
        """[4, N]."""
        pressure, offer, _, _, demand = self.parts[:, s]
        asks = ((pressure > 0) | (offer > 0)) & (demand == 0) & (offer < 2)
        return np.array([offer > 0, np.ones(len(s), bool), asks, np.ones(len(s), bool)])

    def leaving(self, s: Ints) -> Array:
        """[4, N] worth of leaving on the offer; NaN where none stands."""
        _, offer, posture, _, _ = self.parts[:, s]
        g = np.concatenate([[np.nan], self.p["guarantee"]])[offer]
        kept = np.concatenate([[np.nan], self.p["kept"]])[offer]
        word = g * kept + (1 - g) * self.p["broken"]
        immunity = np.where(offer == 2, self.p["immunity_cost"], 0.0)
        return np.array(
            [
                word - self.p["leave_cost"][0],
                word - self.p["leave_cost"][1],
                self.p["exit_coercer"][NEGOTIATED] - immunity,
                self.p["exit_army"][posture, NEGOTIATED],
            ]
        )

    def coercer_moves(self, number: int) -> list[tuple[int, int, float, bool]]:
        """Open moves in a state: (move, state after, cost, strike); without those that cost too much to happen."""
        state = State.of(number)
        found = []
        for index, move in enumerate(COERCER_MOVES):
            after, cost = list(state), 0.0
            if move.pressure is PressureMove.STRIKE:
                if state.pressure == 2:
                    found.append((index, number, float(self.p["cost_strike"]), True))
                continue
            after[0] += {PressureMove.EASE: -1, PressureMove.HOLD: 0, PressureMove.RAISE: 1}[move.pressure]
            if not 0 <= after[0] <= 2:
                continue
            if move.pressure is not PressureMove.HOLD:
                cost += self.p["cost_switch"]
            if move.pressure is PressureMove.EASE and state.pressure == 2:
                cost += self.p["cost_audience"]
            if move.offer is OfferMove.WITHDRAW:
                if state.offer == 0:
                    continue
                after[1], after[4] = 0, 0
                cost += self.p["cost_switch"]
            elif move.offer is OfferMove.IMPROVE:
                if state.offer == 2:
                    continue
                after[1], after[4] = state.offer + 1, 0
                cost += (GRANTED if state.demand else 1.0) * self.p["cost_switch"]
            found.append((index, ALL.index(tuple(after)), float(cost), False))
        precision = float(self.p["precision_coercer"])
        return [item for item in found if precision * item[2] < SHUT]

    # --- the end of a month ----------------------------------------------------------------------------------

    def chance(self, t: int, s: Ints, crack: Ints, posture: Ints, onward: Array, months: int) -> Array:
        """Worth [rows, N] of pay, street, accidents and lapse with the armed forces in `posture` this month.

        `onward` [rows, 2, N] is what next month is worth if the street is quiet, and if it is mobilised.
        """
        pressure, _, _, street, _ = self.parts[:, s]
        logit = self.path("ouster_logit", t) + posture * np.log(self.p["street_ratio"])
        ouster = street * logistic(logit)
        accidents = (1 - ouster) * self.path("exogenous", t)[:, None]
        loud = np.where(street == 1, self.p["persist"], self.p["mobilise"]) * (1 - crack * self.p["relief"])
        next_ = (1 - loud) * onward[:, 0] + loud * onward[:, 1]
        lapsed = np.zeros(len(next_))
        lapsed[:4] = self.lapsed[t]
        if len(next_) > 4 and t < months:
            lapsed[4:] = self.lapsed_outcomes(t, months)
        whole = (1 - ouster - accidents.sum(0)) * ((1 - self.lapse) * next_ + self.lapse * lapsed[:, None])
        worth = np.array([self.exit_worth(mode, 0) for mode in range(len(EXITS))]).T
        army = self.p["exit_army"][posture]  # [N, 8]
        for mode, rate in ((UPRISING, ouster), *zip(EXOGENOUS, accidents, strict=True)):
            whole[:3] += worth[:3, mode, None] * rate
            whole[3] += army[:, mode] * rate
            if len(whole) > 4:
                whole[4 + mode] += rate
        whole[:4] = self.flow[:, pressure] + self.d[:, None] * whole[:4]
        return whole

    def army(self, t: int, s: Ints, crack: Ints, onward: Array, months: int = 0) -> tuple[Array, Array]:
        """The armed forces' node: worth [rows, N] and their choice [3, N] (back, waver, attempt).

        `onward` [rows, 2, 2, N] is what next month is worth by posture and street then.
        """
        posture = self.parts[2][s]
        zero, one = np.zeros_like(posture), np.ones_like(posture)
        loyal = self.chance(t, s, crack, zero, onward[:, 0], months)
        wavering = self.chance(t, s, crack, one, onward[:, 1], months)
        r = self.p["restore"]
        restored = self.chance(t, s, crack, one, r * onward[:, 0] + (1 - r) * onward[:, 1], months)
        back = np.where(posture == 1, restored, loyal)
        won = self.p["coup_success"][posture]
        coup = np.zeros(len(onward))
        coup[:4] = self.exit_worth(COUP, 1)
        if len(coup) > 4:
            coup[4 + COUP] = 1.0
        tried = won * coup[:, None] + (1 - won) * loyal
        own = np.array(
            [
                back[M],
                wavering[M] + self.p["waver"] + crack * self.p["strain"],
                tried[M] + self.path("coup_payoff", t) + posture * self.p["grievance"] - (1 - won) * self.p["purge"],
            ]
        )
        pi = np.exp(choose(own, float(self.p["precision_army"]), np.ones(own.shape, bool)))
        whole = pi[0] * back + pi[1] * wavering + pi[2] * tried
        whole[M] = (pi * own).sum(0)
        return whole, pi


Worth = Callable[[Ints, Ints, Array], Array]


class RulerPlay(NamedTuple):
    """Log-choices [2 types, 4 moves, N], beliefs after each move [4, N], worth of moves [rows, 4, N]."""

    log_sigma: Array
    belief: Array
    worth: Array

    def implied(self) -> Array:
        """Phi(l) for holding, a counter-demand and a crackdown; 0 where a move is not open. [3, N]."""
        with np.errstate(invalid="ignore"):
            ratio = self.log_sigma[1] - self.log_sigma[0]
        return np.asarray(np.where(np.isfinite(self.log_sigma[0]), ratio, 0.0)[1:])


def ruler_play(draw: Draw, s: Ints, b: Array, l: Array, worth: Worth, rows: int = 4) -> RulerPlay:  # noqa: E741
    """Both types' choices when the public reads holding, demanding and cracking down by log-ratios `l` [3, N]."""
    open_ = draw.ruler_open(s)
    x = log_odds(b)
    belief = np.stack([np.full(len(s), np.nan), *(logistic(x + part) for part in l)])
    payoff = np.zeros((rows, 4, len(s)))
    payoff[:4, LEAVE] = draw.leaving(s)
    if rows > 4:
        payoff[4 + NEGOTIATED, LEAVE] = 1.0
    zero = np.zeros_like(s)
    asked = np.where(open_[DEMAND], s | 1, s)
    payoff[:, HOLD] = worth(s, zero, belief[HOLD])
    payoff[:, DEMAND] = worth(asked, zero, belief[DEMAND])
    payoff[:, CRACKDOWN] = worth(s, zero + 1, belief[CRACKDOWN])
    payoff[:2, DEMAND] -= draw.p["cost_demand"]
    payoff[:2, CRACKDOWN] -= draw.p["cost_crackdown"]
    return RulerPlay(ruler_choice(draw, s, payoff), belief, payoff)


def ruler_choice(draw: Draw, s: Ints, payoff: Array) -> Array:
    """Log of both types' logit choice [2, 4, N] from what moves are worth [rows, 4, N]."""
    open_ = draw.ruler_open(s)
    return np.stack([choose(payoff[th], float(draw.p["precision_ruler"]), open_) for th in (F, K)])


def ruler_worth(b: Array, play: RulerPlay) -> Array:
    """Value of the ruler's node [rows, N]: each type by its own choice, everybody else by the public's."""
    sigma = np.exp(play.log_sigma)
    mixed = b * sigma[1] + (1 - b) * sigma[0]
    worth = np.where(sigma[0] > 0, play.worth, 0.0)
    whole = (mixed * worth).sum(1)
    whole[F], whole[K] = (sigma[0] * worth[F]).sum(0), (sigma[1] * worth[K]).sum(0)
    return np.asarray(whole)


def coercer_worth(draw: Draw, s: Ints, ruler: Callable[[Ints, Ints], Array]) -> tuple[Array, Array]:
    """The coercer's node: values [rows, N] and choice [10, N].

    `ruler` is asked for the worth of the ruler's node at (states after the move, which entries of `s`).
    """
    moves = [draw.coercer_moves(int(number)) for number in s]
    flat = [(i, *move) for i, here in enumerate(moves) for move in here]
    who, index, after = (np.array([item[part] for item in flat]) for part in (0, 1, 2))
    cost = np.array([item[3] for item in flat])
    strike = np.array([item[4] for item in flat])
    worth = ruler(after, who)
    won = np.zeros((len(worth), len(flat)))
    posture = draw.parts[2][after]
    for m in (0, 1):
        won[:4, posture == m] = draw.exit_worth(FOREIGN, m)[:, None]
    if len(worth) > 4:
        won[4 + FOREIGN] = 1.0
    chance = draw.p["strike_success"]
    worth = np.where(strike, chance * won + (1 - chance) * worth, worth)
    own = np.full((len(COERCER_MOVES), len(s)), -np.inf)
    own[index, who] = worth[C] - cost
    open_ = np.isfinite(own)
    pi = np.exp(choose(np.where(open_, own, 0.0), float(draw.p["precision_coercer"]), open_))
    value = np.zeros((len(worth), len(s)))
    np.add.at(value, (slice(None), who), pi[index, who] * worth)
    value[C] = np.where(open_, pi * np.where(open_, own, 0.0), 0.0).sum(0)
    return value, pi


class Tree:
    """The whole history tree of a short game, without a belief grid.

    Values and chances of outcomes after `months` at any (month, state, belief). Each ruler's node is a fixed point of
    its own, found by Newton with a full Jacobian from finite differences, from nothing learnt.
    """

    def __init__(self, draw: Draw, months: int) -> None:
        self.draw, self.months = draw, months
        self.worst = 0.0  # largest residual of any node on the way
        # In the last month nothing depends on beliefs any more: the armed forces' node once for every state.
        everywhere, last = np.arange(72), draw.horizon - 1
        self.last = np.stack(
            [self._army(last, everywhere, np.full(72, crack), np.full(72, 0.5)) for crack in (0, 1)], 1
        )

    def value(self, t: int, s: Ints, b: Array) -> Array:
        """[rows, N] at the start of month `t`, before the coercer moves."""
        if t == self.draw.horizon:
            return self._with_outcomes(self.draw.far[:, s], t)
        pairs, back = np.unique(np.stack([s.astype(float), b]), axis=1, return_inverse=True)
        states, beliefs = pairs[0].astype(np.intp), pairs[1]

        def ruler(after: Ints, who: Ints) -> Array:
            return self.ruler(t, after, beliefs[who])

        found, _ = coercer_worth(self.draw, states, ruler)
        return self._with_outcomes(found, t)[:, back.reshape(-1)]

    def ruler(self, t: int, s: Ints, b: Array) -> Array:
        """[rows, N] at the ruler's node."""
        pairs, back = np.unique(np.stack([s.astype(float), b]), axis=1, return_inverse=True)
        s, b = pairs[0].astype(np.intp), pairs[1]

        def worth(states: Ints, crack: Ints, belief: Array) -> Array:
            return self.army(t, states, crack, belief)

        found = solve_ruler(self.draw, s, b, worth, ROWS)
        self.worst = max(self.worst, float(np.abs(found[1].implied() - found[0]).max()))
        return ruler_worth(b, found[1])[:, back.reshape(-1)]

    def army(self, t: int, s: Ints, crack: Ints, b: Array) -> Array:
        """[rows, N] at the armed forces' node."""
        if t == self.draw.horizon - 1:
            return np.asarray(self.last[:, crack, s])
        return self._army(t, s, crack, b)

    def _army(self, t: int, s: Ints, crack: Ints, b: Array) -> Array:
        onward = np.empty((ROWS, 2, 2, len(s)))
        parts = self.draw.parts[:, s]
        whose = []
        for posture in (0, 1):
            for street in (0, 1):
                there = parts.copy()
                there[2], there[3] = posture, street
                whose.append(np.ravel_multi_index(tuple(there), (3, 3, 2, 2, 2)))
        found = self.value(t + 1, np.concatenate(whose), np.tile(b, 4))
        onward[:] = found.reshape(ROWS, 2, 2, len(s))
        return self.draw.army(t, s, crack, onward, self.months)[0]

    def _with_outcomes(self, values: Array, t: int) -> Array:
        """Outcomes count to the end of month `months`; whoever is left then is in office."""
        full = np.zeros((ROWS, values.shape[1]))
        full[: len(values)] = values
        if t >= self.months:
            full[4:], full[4 + IN_OFFICE] = 0.0, 1.0
        return full


def solve_ruler(draw: Draw, s: Ints, b: Array, worth: Worth, rows: int) -> tuple[Array, RulerPlay]:
    """l = Phi(l) by Newton from nothing learnt, with a full Jacobian from finite differences in each log-ratio."""
    nudge = 1e-6
    l = np.zeros((3, len(s)))  # noqa: E741
    for _ in range(60):
        play = ruler_play(draw, s, b, l, worth, rows)
        missing = play.implied() - l
        bad = np.abs(missing).max(0) > 1e-12
        if not bad.any():
            break
        here, there = play.worth[:, :, bad], ruler_play(draw, s[bad], b[bad], l[:, bad] + nudge, worth, rows)
        slope = np.zeros((int(bad.sum()), 3, 3))
        for a in range(3):  # what a move is worth depends on the reading of that move alone
            moved = here.copy()
            moved[:, 1 + a] = there.worth[:, 1 + a]
            changed = there._replace(log_sigma=ruler_choice(draw, s[bad], moved)).implied()
            slope[:, :, a] = ((changed - play.implied()[:, bad]) / nudge).T
        step = np.linalg.solve(np.eye(3) - slope, missing[:, bad].T[:, :, None])[:, :, 0].T
        l[:, bad] += np.clip(step, -2.0, 2.0)
    return l, play


class Grid:
    """One month on a belief grid, given next month's values there: [4, 72, nodes]."""

    def __init__(self, draw: Draw, t: int, following: Array) -> None:
        self.draw, self.t = draw, t
        self.nodes = following.shape[-1]
        inner = np.linspace(-5, 5, self.nodes - 2)
        self.grid = np.concatenate([[0.0], logistic(inner), [1.0]])
        self.s, self.b = np.repeat(np.arange(72), self.nodes), np.tile(self.grid, 72)
        shaped = following.reshape(4, 3, 3, 2, 2, 2, self.nodes)
        pressure, offer, _, _, demand = draw.parts[:, self.s]
        place = np.tile(np.arange(self.nodes), 72)
        onward = np.stack(
            [np.stack([shaped[:, pressure, offer, m, u, demand, place] for u in (0, 1)], 1) for m in (0, 1)],
            1,
        )
        found = [draw.army(t, self.s, np.full_like(self.s, crack), onward) for crack in (0, 1)]
        self.table = np.stack([worth for worth, _ in found], 1).reshape(4, 2, 72, self.nodes)
        self.choice = np.stack([pi for _, pi in found], 1).reshape(3, 2, 72, self.nodes)

    def worth(self, s: Ints, crack: Ints, b: Array) -> Array:
        """The armed forces' node, linear in the belief between nodes."""
        low = np.clip(np.searchsorted(self.grid, b, side="right") - 1, 0, self.nodes - 2)
        share = (b - self.grid[low]) / (self.grid[low + 1] - self.grid[low])
        return np.asarray((1 - share) * self.table[:, crack, s, low] + share * self.table[:, crack, s, low + 1])

    def play(self, l: Array) -> RulerPlay:  # noqa: E741
        """The ruler's node everywhere at log-ratios [3, 72, nodes] or [3, 72 * nodes]."""
        return ruler_play(self.draw, self.s, self.b, np.reshape(l, (3, -1)), self.worth)

    def values(self, l: Array) -> Array:  # noqa: E741
        """[4, 72, nodes] at the start of the month."""
        whole = ruler_worth(self.b, self.play(l)).reshape(4, 72, self.nodes)
        place = np.tile(np.arange(self.nodes), 72)
        found, _ = coercer_worth(self.draw, self.s, lambda after, who: whole[:, after, place[who]])
        return np.asarray(found.reshape(4, 72, self.nodes))
