"""Anchor A: a world without the coercer, in which the game must give history's rates.

Pressure none, offer none, the coercer's moves removed. Without an offer leaving is not open, the two types play alike
and nothing is learnt, so there is no belief. Starting from the quasi-stationary distribution over (armed forces,
street, counter-demand), month paths of the payoff of a coup attempt and of the logit of ouster by the street are
raised by log(history's rate / the game's rate), the first divided by the army's precision, until the game's monthly
chance of a coup and of an uprising equals history's. Two constants are found in the same sweeps: what wavering costs
(so that the stated share of armies wavers) and what it adds to an attempt (so that wavering armies try it the stated
number of times as often as loyal ones). The other exits are exogenous at history's rates.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from offramp.errors import InputError, NotConvergedError
from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.chance import Hazards, hazards
from offramp.exitgame.moves import ArmyMove
from offramp.exitgame.parameters import Array, GameParameters, check
from offramp.exitgame.prepare import ARMY, FLEXIBLE, MonthPaths, Prepared, extend, prepare
from offramp.exitgame.solver import TAIL
from offramp.exitgame.states import COUP, EXITS, EXOGENOUS, NEGOTIATED, UPRISING
from offramp.games.logit import shares, weight

#: Largest error of a monthly rate, probability.
RATE_ERROR: Final = 1e-6
#: Sweeps end when no log-ratio of rates is further from 0 than this, or when they are spent.
LOG_ERROR: Final = 1e-8
SWEEPS: Final = 100


class PassiveMonths(NamedTuple):
    """What a sweep of the passive world gives, for T months and D draws; NumPy arrays outside `jit`."""

    coup: Any  #: [T, D] chance of a coup in the month, given in office
    uprising: Any  #: [T, D]
    wavering: Any  #: [D] share of armies that waver in the first month
    attempt: Any  #: [2, D] chance of an attempt in the first month by posture
    start: Any  #: [4, D] quasi-stationary distribution over (posture, street), no counter-demand standing
    mobilised: Any  #: [T, D] P(street mobilised, no coup) after the armed forces' move
    success: Any  #: [T, D] mean success of a coup attempt


class Anchored(NamedTuple):
    """Parameters that meet history, and the passive world they were met in."""

    params: GameParameters
    start: Array  #: [D, 72] quasi-stationary distribution over public states
    passive: PassiveMonths
    error: Array  #: [D] largest error of a monthly rate of coup or uprising
    sweeps: int


def anchor_a(
    params: GameParameters,
    hazards: npt.ArrayLike,
    *,
    months: int,
    share_wavering: npt.ArrayLike,
    attempt_ratio: npt.ArrayLike,
    tail: int = TAIL,
    negotiated_share: npt.ArrayLike | None = None,
    foreign_share: npt.ArrayLike = 1.0,
    start: npt.ArrayLike | None = None,
    throw: bool = True,
) -> Anchored:
    """Set the paths and constants that make the passive world give history's rates.

    Args:
        params: The draws. `coup_payoff`, `ouster_logit`, `waver`, `grievance`, `exogenous` and `history` are
            replaced; the rest is read.
        hazards: History's chance a month of each exit in `states.EXITS` given in office, [D, T, 8]; 'negotiated'
            must be 0 (history knows no such exit). Held at the last month's value beyond T.
        months: Months of the forecast; paths are set for these and for `tail` months more.
        share_wavering: [D] share of armies that waver in the passive world's first month.
        attempt_ratio: [D] how many times as often a wavering army tries a coup as a loyal one, in that month.
        tail: Months beyond the forecast, as for `solver.solve`.
        negotiated_share: [8] or [D, 8] share of history's exits by recorded mode that were negotiated; the
            exogenous exits of the game shrink by it. None: nothing is taken off.
        foreign_share: Share of background foreign exits that are not due to this standoff's coercer.
        start: Distribution over (posture, street), [4] or [D, 4], to begin from; the quasi-stationary one if left
            out. One that cannot give history's first months (a street that is quiet for certain) is an error.
        throw: Whether rates that are not met within `RATE_ERROR` raise.

    Raises:
        InputError: A hazard outside [0, 1), or one that the game cannot give: a coup rate at or above the mean
            success of an attempt, or an uprising rate at or above the chance that the street is mobilised. The
            message names the mode.
        NotConvergedError: The sweeps were spent.
    """
    history = extend(_hazards(hazards, params.draws), months + tail)
    share = np.asarray(share_wavering, float)
    ratio = np.asarray(attempt_ratio, float)
    if not ((share > 0) & (share < 1)).all() or not (ratio > 0).all():
        raise InputError("the share of wavering armies lies strictly between 0 and 1, and the attempt ratio above 0")
    before = history[:, :, COUP] + history[:, :, UPRISING]
    # In the game accidents strike those whom neither a coup nor the street removed.
    exogenous = history[:, :, list(EXOGENOUS)] / (1 - before)[:, :, None]
    full = params._replace(
        exogenous=exogenous,
        history=history,
        coup_payoff=np.broadcast_to(_first_payoff(params, history), history.shape[:2]).copy(),
        ouster_logit=np.full(history.shape[:2], -4.0),
        waver=-np.log((1 - share) / share) / np.asarray(params.precision_army, float),
        grievance=np.log(ratio) / np.asarray(params.precision_army, float),
    )
    check(full)
    _feasible_coup(full, history)
    prepared = prepare(full, months + tail)
    given = None if start is None else np.broadcast_to(np.asarray(start, float), (params.draws, 4)).T
    found, tuned, sweeps = _sweeps(
        prepared, np.moveaxis(history, 0, -1), share, ratio, np.asarray(full.street_ratio, float), given
    )
    error = np.maximum(
        np.abs(np.asarray(found.coup) - history[:, :, COUP].T).max(0),
        np.abs(np.asarray(found.uprising) - history[:, :, UPRISING].T).max(0),
    )
    _judge(found, history, error, throw=throw)
    coup_payoff, ouster_logit, waver, grievance = (np.asarray(x).T for x in tuned)
    kept = exogenous
    if negotiated_share is not None:
        off = np.broadcast_to(np.asarray(negotiated_share, float), (params.draws, len(EXITS)))
        kept = kept * (1 - off[:, None, list(EXOGENOUS)])
    kept = kept.copy()
    kept[:, :, 0] *= np.broadcast_to(np.asarray(foreign_share, float), (params.draws,))[:, None]
    public = np.zeros((params.draws, 3, 3, 2, 2, 2))
    public[:, 0, 0, :, :, 0] = np.asarray(found.start).T.reshape(-1, 2, 2)
    return Anchored(
        full._replace(
            exogenous=kept, coup_payoff=coup_payoff, ouster_logit=ouster_logit, waver=waver, grievance=grievance
        ),
        public.reshape(params.draws, -1),
        PassiveMonths(*(np.asarray(part) for part in found)),
        error,
        int(sweeps),
    )


def _hazards(hazards: npt.ArrayLike, draws: int) -> Array:
    found = np.asarray(hazards, float)
    if found.ndim != 3 or found.shape[0] != draws or found.shape[2] != len(EXITS):
        raise InputError(f"history's hazards have shape {found.shape}; expected ({draws}, months, {len(EXITS)})")
    for place, mode in enumerate(EXITS):
        low, high = found[:, :, place].min(), found[:, :, place].max()
        if not (low >= 0 and high < 1):
            raise InputError(f"history's monthly chance of '{mode}' runs from {low:g} to {high:g}; expected 0 to 1")
        if place == NEGOTIATED and high > 0:
            raise InputError("history reports no 'negotiated' exits (they are spread over the recorded modes); set 0")
        if mode in ("coup", "uprising") and low == 0:
            raise InputError(f"history's monthly chance of '{mode}' is 0 in some month; the game needs it above 0")
    return found


def _first_payoff(params: GameParameters, history: Array) -> Array:
    """A payoff of an attempt that is about right: a loyal army's attempts at history's rate, nothing else in play."""
    chance = history[:, :, COUP] / np.asarray(params.coup_success, float)[:, :1]
    return np.asarray(np.log(np.clip(chance, 1e-12, 0.5)) / np.asarray(params.precision_army, float)[:, None])


def _feasible_coup(params: GameParameters, history: Array) -> None:
    most = np.asarray(params.coup_success, float).max(1)
    bad = (history[:, :, COUP] >= most[:, None]).any(1)
    if bad.any():
        draw = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"history's monthly chance of 'coup' ({history[draw, :, COUP].max():.3g}) is not below the success of an "
            f"attempt ({most[draw]:.3g}) in draw {draw}: the game cannot give it. Raise coup success"
        )


def _judge(found: PassiveMonths, history: Array, error: Array, *, throw: bool) -> None:
    for mode, place, most, what in (
        ("coup", COUP, np.asarray(found.success), "the mean success of an attempt"),
        ("uprising", UPRISING, np.asarray(found.mobilised), "the chance that the street is mobilised"),
    ):
        rate = history[:, :, place].T
        bad = (rate >= most).any(0)
        if bad.any():
            draw = int(np.flatnonzero(bad)[0])
            month = int(np.flatnonzero(rate[:, draw] >= most[:, draw])[0])
            raise InputError(
                f"history's monthly chance of '{mode}' ({rate[month, draw]:.3g} in month {month}) is not below {what} "
                f"({most[month, draw]:.3g}) in draw {draw}: the game cannot give it"
            )
    if throw and not (error <= RATE_ERROR).all():
        draw = int(np.nanargmax(np.where(np.isnan(error), np.inf, error)))
        raise NotConvergedError(
            f"anchor A: draw {draw} misses history's monthly rates by {error[draw]:.1e} within {SWEEPS} sweeps "
            f"(limit {RATE_ERROR:g})"
        )


class _Tuned(NamedTuple):
    coup_payoff: jax.Array  # [T, D]
    ouster_logit: jax.Array  # [T, D]
    waver: jax.Array  # [D]
    grievance: jax.Array  # [D]


@jax.jit
def _sweeps(
    prepared: Prepared,
    history: jax.Array,
    share: jax.Array,
    ratio: jax.Array,
    street_ratio: jax.Array,
    start: jax.Array | None,
) -> tuple[PassiveMonths, _Tuned, jax.Array]:
    precision = prepared.precision[2]
    strain = prepared.waver[1] - prepared.waver[0]
    posture_odds = jnp.stack([jnp.zeros_like(street_ratio), jnp.log(street_ratio)])
    # `attempt` holds the expected purge and worth besides the grievance; only the latter is tuned.
    bare = prepared.attempt[0], prepared.attempt[1]
    given = bare[1] - jnp.log(ratio) / precision

    def tuned_game(tuned: _Tuned) -> Prepared:
        odds = tuned.ouster_logit[:, None] + posture_odds
        return prepared._replace(
            waver=jnp.stack([tuned.waver, tuned.waver + strain]),
            attempt=jnp.stack([bare[0], given + tuned.grievance]),
            paths=prepared.paths._replace(coup_payoff=tuned.coup_payoff, ouster=jax.nn.sigmoid(odds)),
        )

    def sweep(state: tuple[_Tuned, jax.Array, jax.Array]) -> tuple[_Tuned, jax.Array, jax.Array]:
        tuned, _, number = state
        found = passive_world(tuned_game(tuned), start)
        coup = _log_ratio(history[:, COUP], found.coup)
        uprising = _log_ratio(history[:, UPRISING], found.uprising)
        logit = _log_ratio(share / (1 - share), found.wavering / (1 - found.wavering))
        lift = _log_ratio(ratio, found.attempt[1] / found.attempt[0])
        better = _Tuned(
            tuned.coup_payoff + coup / precision,
            tuned.ouster_logit + uprising,
            tuned.waver + logit / precision,
            tuned.grievance + lift / precision,
        )
        worst = jnp.stack([jnp.abs(x).max() for x in (coup, uprising, logit, lift)]).max()
        return better, worst, number + 1

    def more(state: tuple[_Tuned, jax.Array, jax.Array]) -> jax.Array:
        return (state[1] > LOG_ERROR) & (state[2] < SWEEPS)

    logits = jnp.log(prepared.paths.ouster[:, 0]) - jnp.log1p(-prepared.paths.ouster[:, 0])
    first = _Tuned(prepared.paths.coup_payoff, logits, prepared.waver[0], prepared.attempt[1] - given)
    tuned, _, number = jax.lax.while_loop(more, sweep, (first, jnp.asarray(jnp.inf), jnp.zeros((), jnp.int32)))
    return passive_world(tuned_game(tuned), start), tuned, number


def _log_ratio(wanted: jax.Array, found: jax.Array) -> jax.Array:
    """log(wanted / found), 0 where nothing could be found: a start that lacks the state leaves nothing to tune."""
    usable = jnp.isfinite(found) & (found > 0)
    return jnp.where(usable, jnp.log(wanted / jnp.where(usable, found, 1.0)), 0.0)


def passive_world(prepared: Prepared, start: jax.Array | None = None) -> PassiveMonths:
    """Solve the passive world backwards and run it forwards from `start` [4, D], or from its quasi-stationary start.

    State: (posture, street), four in all; a counter-demand is never made, since there is nobody to make it to. The
    kernel of a month is worked out on the way back, so the way forwards is a product of 4 x 4 matrices.
    """
    draws = prepared.lapse.shape[0]
    terminal = jnp.asarray(prepared.terminal)[jnp.asarray([FLEXIBLE, ARMY])][:, 0]  # [player, posture, D]
    last = jnp.broadcast_to(terminal[:, :, None], (2, 2, 2, draws))

    def back(following: jax.Array, month: MonthPaths) -> tuple[jax.Array, tuple[jax.Array, ...]]:
        return _passive_month(prepared, month, following)

    _, (kernel, coup, uprising, attempt, loud) = jax.lax.scan(back, last, prepared.paths, reverse=True)
    if start is None:
        start = _quasi_stationary(kernel[0])

    def on(state: jax.Array, month: tuple[jax.Array, ...]) -> tuple[jax.Array, tuple[jax.Array, ...]]:
        kernel, *rest = month
        rates = tuple((state * part).sum(0) for part in rest)
        moved = jnp.einsum("id,ijd->jd", state, kernel)
        return moved / moved.sum(0), rates

    _, (coup_rate, uprising_rate, loud_rate, tries) = jax.lax.scan(on, start, (kernel, coup, uprising, loud, attempt))
    first = attempt[0].reshape(2, 2, draws)
    weights = start.reshape(2, 2, draws)
    by_posture = (first * weights).sum(1) / weights.sum(1)
    return PassiveMonths(
        coup=coup_rate,
        uprising=uprising_rate,
        wavering=weights[1].sum(0),
        attempt=by_posture,
        start=start,
        mobilised=loud_rate,
        success=coup_rate / tries,
    )


def _quasi_stationary(kernel: jax.Array) -> jax.Array:
    """The distribution [4, D] that a month's kernel [4, 4, D] keeps, given survival, by repeated squaring."""
    for _ in range(24):
        kernel = jnp.einsum("ijd,jkd->ikd", kernel, kernel)
        kernel = kernel / kernel.sum((0, 1))
    start = kernel.sum(0)
    return start / start.sum(0)


def _passive_month(
    prepared: Prepared, paths: MonthPaths, following: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """One month of the passive world; `following` [player, posture, street, D] for the ruler and the armed forces."""
    both = jnp.asarray([FLEXIBLE, ARMY])
    chances = hazards(paths)
    gone = chances.ouster * prepared.exit[both][:, :, None, UPRISING]
    for chance, mode in zip(chances.accident, EXOGENOUS, strict=True):
        gone = gone + chance * prepared.exit[both][:, :, None, mode]
    flow = prepared.flow[both][:, 0]  # [player, D]
    discount = prepared.discount[both]
    loud = prepared.mobilised  # [crackdown, street, D]
    onward = following[:, None, :, None, 0] + loud[None, :, None] * (
        following[:, None, :, None, 1] - following[:, None, :, None, 0]
    )  # [player, crackdown, posture next, street, D]
    onward = (1 - prepared.lapse) * onward + prepared.lapse * paths.lapsed[both][:, None, None, None]

    def worth(posture: int, next_: jax.Array) -> jax.Array:
        now = flow[:, None] + discount[:, None] * gone[:, posture]
        whole: jax.Array = now[:, None] + (discount[:, None] * chances.stays[posture])[:, None] * next_
        return whole

    loyal = worth(0, onward[:, :, 0])  # [player, crackdown, street, D]
    waver = worth(1, onward[:, :, 1])
    restore = prepared.restore
    restoring = worth(1, restore * onward[:, :, 0] + (1 - restore) * onward[:, :, 1])
    back = jnp.stack([loyal, restoring], 2)  # [player, crackdown, posture, street, D]
    wavers = jnp.stack([waver, waver], 2)
    won = prepared.coup_success[None, None, :, None] * prepared.coup[both][:, None, None, None]
    tries = won + (1 - prepared.coup_success)[None, None, :, None] * loyal[:, :, None]

    pay = [
        back[1],
        wavers[1] + prepared.waver[:, None, None],
        tries[1] + (prepared.attempt + paths.coup_payoff - prepared.coup_success * prepared.coup[ARMY])[None, :, None],
    ]
    choice = shares([weight(other - pay[0], prepared.precision[2]) for other in pay[1:]])
    army = choice[0] * pay[0] + choice[1] * pay[1] + choice[2] * pay[2]
    ruler = choice[0] * back[0] + choice[1] * wavers[0] + choice[2] * tries[0]  # [crackdown, posture, street, D]

    cracking = weight(ruler[1] - prepared.cost_ruler[3] - ruler[0], prepared.precision[0])
    quiet, crack = shares([cracking])
    value = jnp.stack(
        [quiet * ruler[0] + crack * (ruler[1] - prepared.cost_ruler[3]), quiet * army[0] + crack * army[1]]
    )
    played = jnp.stack([quiet, crack])  # [crackdown, posture, street, D]
    return value, _kernel(prepared, chances, played, choice)


def _kernel(prepared: Prepared, chances: Hazards, played: jax.Array, choice: list[jax.Array]) -> tuple[jax.Array, ...]:
    """Kernel [4, 4, D] over (posture, street) and, from each of the four, what the month can bring, [4, D]."""
    draws = prepared.lapse.shape[0]
    joint = [played * p for p in choice]  # by army move, [crackdown, posture, street, D]
    success = prepared.coup_success[None, :, None]
    coup = (joint[ArmyMove.ATTEMPT] * success).sum(0)
    failed = joint[ArmyMove.ATTEMPT] * (1 - success)
    back, waver = joint[ArmyMove.BACK], joint[ArmyMove.WAVER]
    # Mass by the posture that counts this month and the one of next month, [crackdown, posture now, street, D].
    zero = jnp.zeros_like(back[:, :1])
    stays_loyal = failed + jnp.concatenate([back[:, :1], zero], 1)
    restoring = jnp.concatenate([zero, back[:, 1:]], 1)
    calm, shaken = stays_loyal, waver + restoring
    ouster = chances.ouster
    uprising = (calm * ouster[0] + shaken * ouster[1]).sum(0)
    to_loyal = stays_loyal * chances.stays[0] + prepared.restore * restoring * chances.stays[1]
    to_waver = (waver + (1 - prepared.restore) * restoring) * chances.stays[1]
    loud = prepared.mobilised[:, None]  # [crackdown, 1, street, D]
    rows = [(to * street).sum(0).reshape(4, draws) for to in (to_loyal, to_waver) for street in (1 - loud, loud)]
    mobilised = jnp.asarray([0.0, 1.0])[:, None]
    standing = (calm + shaken).sum(0) * mobilised
    return (
        jnp.stack(rows, 1),
        coup.reshape(4, draws),
        uprising.reshape(4, draws),
        joint[ArmyMove.ATTEMPT].sum(0).reshape(4, draws),
        standing.reshape(4, draws),
    )
