"""The game's programs made ready ahead of their use, while the process waits for something else.

Tracing them and loading them from the disk cache takes as long as reading a report in a child process does. Each piece
runs some of them on a small typical game of the right shapes and throws the result away; what is not made ready here
is made ready when it is first needed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from offramp.exitgame import anchor_b, engine, priors, prospect
from offramp.exitgame.anchor_b_build import typical
from offramp.exitgame.rates import DIMENSIONS
from offramp.exitgame.solver import GROUP, solve


def pieces(*, months: int, draws: int, nodes: int, replicates: int) -> Iterator[str]:
    """Makes ready what `api.play` needs with these options. Pieces are named when done; stop after any."""
    case = typical()
    sample = anchor_b.apply(priors.sample(draws, 0, replicates=replicates, spare=DIMENSIONS))
    setting = engine.set_up(case, sample, months=months, seed=0)
    yield "anchors"
    rows = np.arange(min(GROUP, draws))
    whole = engine.Variant("base", rows, case.assessments, case.state.guarantor, setting.known)
    params = engine.parameters(setting, whole)[2]
    # Nearly uniform play settles at once: the programs are wanted here, not their result.
    params = params._replace(precision_ruler=np.full(len(rows), 1e-3))
    policy = solve(params, months=months, nodes=nodes, tail=1, throw=False)
    yield "solver"
    prospect.once_forwards(policy)
    yield "forwards"
    prospect.once_backwards(policy)
    yield "backwards"
