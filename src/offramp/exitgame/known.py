"""The game with the ruler's type known to all: no beliefs, so no fixed point, and a solution in one sweep.

The two ends of the belief grid are absorbing: a ruler known to be flexible, or committed, stays known to be. A grid of
these two nodes alone holds both games of a draw, and play at every node is a closed form of what follows. What private
information is worth to the players is the difference between this game and the full one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from offramp.errors import InputError
from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.month import after_ruler, before_ruler
from offramp.exitgame.parameters import Array, GameParameters, check, take
from offramp.exitgame.prepare import Prepared, prepare
from offramp.exitgame.ruler import STAYING, reply
from offramp.exitgame.solver import TAIL, far_end, in_groups

#: Draws solved together; two nodes are little memory, so groups may be large.
GROUP = 64
NODES = 2


class Known(NamedTuple):
    """Values at the start of each month; D draws, N months."""

    values: Array  #: [D, N + 1, 4, 72, 2] ruler if flexible, if committed, coercer, army; last axis: the type known

    def of(self, committed: bool) -> Array:
        """[D, N + 1, 3, 72]: ruler, coercer and armed forces when the type is known."""
        kind = int(committed)
        return np.asarray(self.values[..., kind][:, :, [kind, 2, 3]])


@jax.jit
def _sweep(ready: jax.Array, prepared: Prepared, far: jax.Array) -> jax.Array:
    nothing = jnp.zeros((len(STAYING), *far.shape[1:]))

    def month(following: jax.Array, paths: Any) -> tuple[jax.Array, jax.Array]:
        _, node = before_ruler(ready, prepared, paths, following)
        value = after_ruler(ready, prepared, node, reply(node, nothing)[0]).value
        return value, following

    first, later = jax.lax.scan(month, far, prepared.paths, reverse=True)
    whole: jax.Array = jnp.concatenate([first[None], later])
    return whole


def solve_known(params: GameParameters, *, months: int, tail: int = TAIL, group: int = GROUP) -> Known:
    """Solve D games of each type.

    Args:
        params: The draws, as for `solver.solve`; `committed` is not read.
        months: Months to keep, at least 1.
        tail: Months solved beyond them before annuities take over, at least 0.
        group: Draws solved together.

    Raises:
        InputError: A parameter of the wrong shape or range, or `months` or `tail` out of range.
    """
    check(params)
    if months < 1 or tail < 0:
        raise InputError(f"months is {months} and tail is {tail}; months is at least 1 and tail at least 0")

    def one(rows: np.ndarray) -> Array:
        prepared = prepare(take(params, rows), months + tail)
        values = _sweep(np.asarray(True), prepared, far_end(prepared, NODES).values)
        return np.asarray(values[: months + 1])

    parts = in_groups(one, params.draws, min(group, params.draws))
    values = np.concatenate(parts, -1)[..., : params.draws]
    return Known(np.moveaxis(values, -1, 0))
