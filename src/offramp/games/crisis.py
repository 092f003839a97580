"""Crisis signalling with continuous types: every equilibrium, found in a certified way.

A keeps the status quo (S_A, 0) or challenges; B concedes (V_A, C_B) or resists; a resisted A stands firm
(W_A + e_A, W_B + e_B) or backs down (a + e_a, V_B). The three errors are independent standard normal; A sees its two
before the first move, B its own. With pR the probability that B resists and c = (S_A - (1 - pR) V_A) / pR,

    pC = 1 - Phi(c - W_A) Phi(c - a)                           A challenges,
    pF = P(W_A + e_A > a + e_a | A challenges)                 A stands firm,
    pR = Phi((pF W_B + (1 - pF) V_B - C_B) / pF)               B resists.

On z = Phi^{-1}(pR) this is one equation z = T(z). T is monotone: c moves one way with pR; pF moves one way with c,
because the odds of standing firm at a given best payoff x are m(x - W_A) / m(x - a) with m = phi / Phi, whose logarithm
is concave, so that these odds, and with them their mean over x > c, move one way; and the last step moves one way with
pF. So `enumerate.fixed_points` finds all of them. Tails are computed in logarithms, so nothing is floored.

Source: Lewis and Schultz (2003), Political Analysis 11, 345-367; Crisman-Cox and Gibilisco (2021), Political Science
Research and Methods 9, 504-522.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from offramp.errors import InputError
from offramp.games.enumerate import fixed_points
from offramp.games.frames import frame
from offramp.games.picture import Axis, Line, Picture, line_chart
from offramp.games.text import table_html, table_text

Floats = NDArray[np.float64]
LOW, HIGH = -37.0, 9.0  # beyond these pR is 0 or 1 in floating point
NODES, WEIGHTS = np.polynomial.legendre.leggauss(96)
REACH = 9.5  # log-concave integrands have lost 1e-20 of their peak this far out
CORNER = 1e-9
LARGEST = 1e3
NAMES = {
    "SA": "status_quo", "VA": "prize", "CB": "concede", "barWA": "war_a", "barWB": "war_b", "bara": "back_down",
    "VB": "prize_b",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CrisisEquilibrium:
    """One equilibrium. `corner`: pR within 1e-9 of 0 or 1. `degenerate`: only a limit, pR = pC = 0.

    `kind`: single (certified: isolated, none other near) or tangent (two that meet, or too close to tell apart).
    """

    resist: float  # pR
    z: float  # Phi^-1(pR)
    challenge: float  # pC
    log_challenge: float
    firm: float  # pF, given a challenge
    status_quo: float
    concession: float
    stand: float
    backing: float
    kind: str
    corner: bool
    degenerate: bool

    @property
    def outcomes(self) -> tuple[float, float, float, float]:
        """Probabilities of status quo, concession, standing firm, backing down; they sum to 1."""
        return self.status_quo, self.concession, self.stand, self.backing


@dataclass(frozen=True, eq=False, repr=False)
class CrisisEquilibria:
    """All equilibria at one set of payoffs, in the order of pR."""

    game: CrisisGame
    equilibria: tuple[CrisisEquilibrium, ...]

    def __len__(self) -> int:
        return len(self.equilibria)

    def __iter__(self) -> Any:
        return iter(self.equilibria)

    def __getitem__(self, index: int) -> CrisisEquilibrium:
        return self.equilibria[index]

    def rows(self) -> list[dict[str, Any]]:
        """One row an equilibrium."""
        return [{f.name: getattr(e, f.name) for f in fields(CrisisEquilibrium)} for e in self.equilibria]

    def tidy(self, kind: str = "polars") -> Any:
        """The rows as a polars (default) or pandas data frame."""
        return frame(self.rows(), kind)

    def _parts(self) -> tuple[str, list[str], list[list[object]]]:
        columns = ["resist", "challenge", "firm", "status_quo", "concession", "stand", "backing", "kind"]
        rows: list[list[object]] = [[getattr(e, c) for c in columns] for e in self.equilibria]
        return f"Crisis signalling: {len(self)} equilibria, none missed", columns, rows

    def __str__(self) -> str:
        head, columns, rows = self._parts()
        return f"{head}\n{table_text(columns, rows)}\n{self.game}"

    def _repr_html_(self) -> str:
        return table_html(*self._parts(), str(self.game))

    def __repr__(self) -> str:
        return f"<CrisisEquilibria: {len(self)}, pR {', '.join(f'{e.resist:.4f}' for e in self.equilibria)}>"


@dataclass(frozen=True, slots=True)
class CrisisGame:
    """Payoffs in units of the errors' standard deviation; the names of `from_names` are the literature's."""

    status_quo: float  # S_A
    prize: float  # V_A
    concede: float  # C_B
    war_a: float  # bar W_A
    war_b: float  # bar W_B
    back_down: float  # bar a
    prize_b: float  # V_B

    def __post_init__(self) -> None:
        for f in fields(self):
            value = float(getattr(self, f.name))
            if not np.isfinite(value) or abs(value) > LARGEST:
                raise InputError(f"crisis game: {f.name} is {value}; expected a finite number within {LARGEST:g} of 0.")
            object.__setattr__(self, f.name, value)

    @classmethod
    def from_names(cls, values: Mapping[str, float]) -> CrisisGame:
        """From SA, VA, CB, barWA, barWB, bara, VB. Raises `InputError` for missing or unknown names."""
        missing, unknown = set(NAMES) - set(values), set(values) - set(NAMES)
        if missing or unknown:
            wrong = f"missing {sorted(missing)}, unknown {sorted(unknown)}"
            raise InputError(f"crisis game: expected {', '.join(NAMES)}; {wrong}.")
        return cls(**{NAMES[k]: float(v) for k, v in values.items()})

    # ---- the map ------------------------------------------------------------------------------------------------
    def cutoff(self, z: Floats) -> Floats:
        """c at z; infinite where pR underflows."""
        gap = self.status_quo - self.prize
        with np.errstate(over="ignore"):
            return np.asarray(self.prize + gap * np.exp(-special.log_ndtr(z)) if gap else np.full_like(z, self.prize))

    def log_firm(self, c: Floats) -> Floats:
        """log pF at a cutoff, everything in proportion to the tail Q(u), so that no large logarithms cancel."""
        u, d = c - self.war_a, self.war_a - self.back_down
        sure = u > abs(d) + 40  # backing down is then worse with a probability that rounds to 1
        near = np.where(sure, 0.0, u)
        given = np.where(sure, 0.0, _log_joint(near, d) - special.log_ndtr(-near))
        return np.asarray(given - np.logaddexp(0.0, _log_tails(u, d) + special.log_ndtr(u)))

    def log_challenge(self, c: Floats) -> Floats:
        """log pC at a cutoff: log of Q(u) + Q(v) - Q(u) Q(v), Q the upper tail."""
        u, v = special.log_ndtr(self.war_a - c), special.log_ndtr(self.back_down - c)
        with np.errstate(invalid="ignore"):
            total = np.logaddexp(u, v)
            return np.asarray(np.where(np.isneginf(total), total, total + np.log1p(-np.exp(u + v - total))))

    def reply(self, log_firm: Floats) -> Floats:
        """z of B's reply to log pF."""
        gap = self.prize_b - self.concede
        with np.errstate(over="ignore"):
            return np.asarray(self.war_b - self.prize_b + (gap * np.exp(-log_firm) if gap else np.zeros_like(log_firm)))

    def image(self, z: Floats) -> Floats:
        """T(z)."""
        return self.reply(self._firm_at(z))

    def _firm_at(self, z: Floats) -> Floats:
        c = self.cutoff(np.asarray(z, dtype=np.float64))
        d = self.war_a - self.back_down
        # Where c is infinite pF has its limit: the better of the two last payoffs wins for sure.
        far = np.isposinf(c) | (c > 1e150)
        limit = 0.0 if d > 0 else (np.log(0.5) if d == 0 else -np.inf)
        safe = np.where(far, 0.0, np.maximum(c, -1e3))
        return np.asarray(np.where(far, limit, self.log_firm(safe)))

    @property
    def increasing(self) -> bool:
        """Whether T increases (weakly) in z."""
        way = np.sign(self.war_a - self.back_down) * np.sign(self.prize - self.status_quo)
        return bool(way * np.sign(self.concede - self.prize_b) > 0)

    def slopes(self, left: Floats, right: Floats) -> tuple[Floats, Floats]:
        """Bounds of |T'| on intervals, from bounds of its factors, each monotone or with one peak."""
        ends = np.stack([left, right])
        c = np.clip(self.cutoff(ends), -1e3, 1e150)
        firm = np.exp(self._firm_at(ends))
        up, down = c.max(axis=0), c.min(axis=0)
        # f = phi(u) Phi(v) + phi(v) Phi(u): the density of the larger payoff at c; r = its share of standing firm.
        lows, highs, ratio = [], [], []
        for mine, other in ((self.war_a, self.back_down), (self.back_down, self.war_a)):
            peak = np.clip(mine, down, up)
            far = np.where(np.abs(up - mine) > np.abs(down - mine), up, down)
            lows.append(_log_phi(far - mine) + special.log_ndtr(down - other))
            highs.append(_log_phi(peak - mine) + special.log_ndtr(up - other))
        for mine, other in ((self.war_a, self.back_down), (self.back_down, self.war_a)):
            ratio.append(_log_phi(c - mine) + special.log_ndtr(c - other))
        share = special.expit(np.clip(np.nan_to_num(ratio[0] - ratio[1]), -745, 745))
        challenge = self.log_challenge(c)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            # Mills' ratio bounds the hazard f / D from above where both tails underflow.
            hazard_high = np.minimum(
                np.logaddexp(*highs) - challenge.min(axis=0), np.log(2 * np.abs(up) + 4 + _far(self))
            )
            hazard_low = np.where(up > 1e6, -np.inf, np.logaddexp(*lows) - challenge.max(axis=0))
            apart_high = np.maximum(np.abs(firm.max(0) - share.min(0)), np.abs(share.max(0) - firm.min(0)))
            overlap = (firm.max(0) >= share.min(0)) & (share.max(0) >= firm.min(0))
            apart_low = np.where(
                overlap, 0.0, np.minimum(np.abs(firm.max(0) - share.min(0)), np.abs(share.max(0) - firm.min(0)))
            )
            inside = (left <= 0) & (right >= 0)
            normal = _log_phi(ends)
            normal_high = np.where(inside, _log_phi(np.zeros_like(left)), normal.max(axis=0))
            reach = special.log_ndtr(ends)
            fixed = np.log(abs(self.concede - self.prize_b)) + np.log(abs(self.status_quo - self.prize))
            log_firm = np.log(firm)
            high = (
                fixed - 2 * log_firm.min(0) + np.log(apart_high + 1e-15) + hazard_high + normal_high - 2 * reach.min(0)
            )
            low = fixed - 2 * log_firm.max(0) + np.log(apart_low) + hazard_low + normal.min(0) - 2 * reach.max(0)
            bounds = np.exp(low) * (1 - 1e-9), np.exp(high) * (1 + 1e-9)
        return np.nan_to_num(bounds[0], nan=0.0), np.nan_to_num(bounds[1], nan=np.inf, posinf=np.inf)

    # ---- equilibria ---------------------------------------------------------------------------------------------
    def equilibria(self) -> CrisisEquilibria:
        """Every equilibrium, in the order of pR; a degenerate limit (pR = 0) comes first and is marked."""
        found = []
        ends = self.image(np.array([LOW, HIGH]))
        if self.increasing and ends[0] < LOW:  # below LOW pR has underflowed and T is constant, or falls without end
            found.append(self._degenerate() if np.isneginf(ends[0]) else self._at(float(ends[0]), "single"))
        found += [
            self._at(point.at, point.kind)
            for point in fixed_points(self.image, self.slopes, LOW, HIGH, increasing=self.increasing)
        ]
        if ends[1] > HIGH:  # above HIGH pR is 1 and T is constant
            found.append(self._at(float(ends[1]), "single"))
        elif not self.increasing and ends[0] < LOW:
            found.append(self._at(float(ends[0]), "single"))
        return CrisisEquilibria(self, tuple(found))

    def _at(self, z: float, kind: str) -> CrisisEquilibrium:
        at = np.array([z])
        c = self.cutoff(at)
        log_challenge = float(self.log_challenge(np.minimum(c, 1e150))[0])
        firm = float(np.exp(self._firm_at(at))[0])
        resist, yields = float(special.ndtr(z)), float(special.ndtr(-z))
        challenge = float(np.exp(log_challenge))
        status_quo = float(special.ndtr(c[0] - self.war_a) * special.ndtr(c[0] - self.back_down))
        return CrisisEquilibrium(
            resist, z, challenge, log_challenge, firm, status_quo, challenge * yields, challenge * resist * firm,
            challenge * resist * (1 - firm), kind, min(resist, yields) < CORNER, False,
        )  # fmt: skip

    def _degenerate(self) -> CrisisEquilibrium:
        return CrisisEquilibrium(
            0.0, -np.inf, 0.0, -np.inf, 0.0, 1.0, 0.0, 0.0, 0.0, "single", corner=True, degenerate=True
        )

    def best_reply_map(self, points: int = 401) -> Picture:
        """B's best reply to being known to resist with probability pR, and the diagonal; equilibria are ringed."""
        resist = np.linspace(1e-6, 1 - 1e-6, points)
        image = special.ndtr(self.image(special.ndtri(resist)))
        rings = [Line("equilibrium", [e.resist], [e.resist]) for e in self.equilibria()]
        words = f"Best-reply map of the crisis-signalling game with {len(rings)} equilibria."
        lines = [Line("best reply", resist.tolist(), image.tolist()), Line("pR = reply", [0.0, 1.0], [0.0, 1.0])]
        axes = Axis("probability that B resists, as A believes"), Axis("as B then chooses")
        return line_chart("Crisis signalling: best-reply map", *axes, lines, description=words, marks=rings)

    def __str__(self) -> str:
        return "payoffs: " + ", ".join(f"{short} {getattr(self, name):g}" for short, name in NAMES.items())


def _far(game: CrisisGame) -> float:
    return 2 * (abs(game.war_a) + abs(game.back_down))


def _log_phi(x: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(-0.5 * x * x - 0.5 * np.log(2 * np.pi))


def _log_tails(u: Floats, d: float) -> Floats:
    """log Q(u + d) - log Q(u), Q the upper tail of the normal, without cancellation far out."""
    v, root = u + d, np.sqrt(2.0)
    far = np.minimum(u, v) > 5
    x, y = np.where(far, u, 6.0), np.where(far, v, 6.0)
    ratio = np.log(special.erfcx(y / root)) - np.log(special.erfcx(x / root))
    return np.asarray(
        np.where(
            far,
            -d * (x + d / 2) + ratio,
            special.log_ndtr(-np.where(far, 0, v)) - special.log_ndtr(-np.where(far, 0, u)),
        )
    )


def _log_joint(u: Floats, d: float) -> Floats:
    """log of the integral from u on of phi(x) Phi(x + d) dx, to about 1e-13, tails included.

    Gauss-Legendre over the stretch around the peak of the integrand, which is log-concave.
    """
    u = np.asarray(u, dtype=np.float64)
    peak = np.zeros_like(u) + max(0.0, -d / 2)
    for _ in range(30):  # Newton's method on the slope -x + m(x + d), m = phi / Phi
        m = np.exp(_log_phi(peak + d) - special.log_ndtr(peak + d))
        peak = peak - (m - peak) / (-m * (m + peak + d) - 1)
    top = np.maximum(peak, u)
    low = np.maximum(u, top - REACH)
    # From a start on the falling side the integrand decays at rate g = x - m(x + d) as well.
    rate = np.maximum(top - np.exp(_log_phi(top + d) - special.log_ndtr(top + d)), 0.0)
    high = top + (-rate + np.sqrt(rate * rate + REACH * REACH))
    half = (high - low) / 2
    x = low[..., None] + half[..., None] * (NODES + 1)
    values = _log_phi(x) + special.log_ndtr(x + d)
    best = values.max(axis=-1)
    return np.asarray(best + np.log((np.exp(values - best[..., None]) * WEIGHTS).sum(axis=-1)) + np.log(half))
