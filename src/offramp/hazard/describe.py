"""The fitted model in two tables: coefficients with their priors, and the scales of what is pooled.

`docs/history.md` holds these tables as `offramp history model` prints them; a test keeps the two the same.
"""

from __future__ import annotations

import numpy as np

from offramp.hazard.features import COUNTRY, FIXED, POOLED
from offramp.hazard.store import Fitted
from offramp.history.vocabulary import MODES

Table = list[list[str]]


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


def markdown(table: Table) -> str:
    """The table in Markdown, without a newline at its end."""
    head, *rows = table
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
