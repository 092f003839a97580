"""Intervals for shares counted in small groups.

Source: Wilson (1927), J. Amer. Statist. Assoc. 22, 209-212.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist


def wilson(count: int, total: int, level: float = 0.90) -> tuple[float, float]:
    """Wilson's score interval for a share.

    Args:
        count: Cases with the property, 0 to `total`.
        total: All cases, at least 1. They are taken as independent; leader-years of one ruler are not quite so.
        level: Nominal coverage, strictly between 0 and 1.

    Returns:
        Lower and upper end, inside [0, 1].

    Raises:
        ValueError: If `count` or `level` is out of range.

    >>> low, high = wilson(3, 363)
    >>> round(low, 4), round(high, 4)
    (0.0035, 0.0192)
    """
    if not 0 <= count <= total or total < 1:
        raise ValueError(f"a share needs 0 <= count <= total and total >= 1; got {count} of {total}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1; got {level}")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = count / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # Rounding must not push an end past a share of exactly 0 or 1.
    return 0.0 if count == 0 else centre - half, 1.0 if count == total else centre + half
