"""The fitted model in tables: coefficients with their priors, the scales of what is pooled, and what news does.

`docs/history.md` holds these tables as `offramp history model` and `news` print them; a test keeps the two the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from offramp.hazard.features import COUNTRY, FIXED, POOLED
from offramp.hazard.news import KINDS, MOVED, Effect, Kind
from offramp.hazard.store import Fitted
from offramp.history.vocabulary import MODES

Table = list[list[str]]
Z90: Final = 1.645


def coefficients(fitted: Fitted) -> Table:
    """A head and one row a fixed column: name, channel, prior, then mean ± standard deviation of each mode."""
    deviations = np.sqrt(np.sum(fitted.factor**2, axis=2))
    rows = [["column", "channel", "prior", *MODES]]
    for i, fixed in enumerate(FIXED):
        cells = [f"{m:.2f} ± {s:.2f}" for m, s in zip(fitted.mean[:, i], deviations[:, i], strict=True)]
        rows.append([fixed.name, fixed.channel, f"N({fixed.mean:g}, {fixed.sd:g})", *cells])
    return rows


def scales(fitted: Fitted) -> Table:
    """A head and one row a pooled group: name, members, prior median of the scale, then each mode's estimate."""
    rows = [["group", "members", "prior median", *MODES]]
    for group, values in zip((*POOLED, COUNTRY), fitted.scales.T, strict=True):
        members = len(group.members) or len(fitted.countries)
        rows.append([group.name, str(members), f"{group.median:g}", *(f"{value:.2f}" for value in values)])
    return rows


def news(kinds: Mapping[str, Kind]) -> Table:
    """A head and one row a kind: what it multiplies each hazard by at first (90 %), its half-life, and its basis."""
    rows = [["kind", *MOVED, "half-life, months", "basis"]]
    for name in KINDS:
        kind = kinds[name]
        cells = [factor(kind.effects[mode]) for mode in MOVED]
        rows.append([name, *cells, f"{kind.half_life:g}", kind.basis])
    return rows


def factor(effect: Effect) -> str:
    """Hazard ratio with its 90 % interval."""
    low, middle, high = (math.exp(effect.mean + z * effect.sd) for z in (-Z90, 0.0, Z90))
    return f"{middle:.1f} ({low:.1f}-{high:.1f})"


def markdown(table: Table) -> str:
    """The table in Markdown, without a newline at its end."""
    head, *rows = table
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
