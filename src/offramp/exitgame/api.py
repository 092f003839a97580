"""`play`: one case through the exit game, from priors to everything that a brief says.

The order of work: draws (priors through anchor B), history's hazards, anchor A, one call of the solver for the case
and one for the variants that need a solution of their own, the filter over the observed months, a forward pass, and
payoffs run backwards for everything compared.
The same case, seed and options give the same numbers, bit for bit, on one machine's CPU.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from offramp.case.elicit import elicit
from offramp.case.models import Assessments, Case
from offramp.codes.exits import OUTCOMES, RECORDED_MODES
from offramp.errors import InputError
from offramp.exitgame import anchor_b, anchor_b_build, bands, compare, priors, rates, whatif
from offramp.exitgame.engine import Rows, Setting, Variant, World, set_up, solve_variants
from offramp.exitgame.result import GameDiagnostics, GameResult
from offramp.exitgame.run import HEADLINE, Run
from offramp.exitgame.states import EXITS
from offramp.reading.evidence import Evidence

REPLICATES = 4
#: Variants that need a solution of their own use one draw in so many, whole groups of `LEAST_PAIRED`, paired.
PAIRED_SHARE = 4
LEAST_PAIRED = 16
MOST_MONTHS = 120
#: Size of the belief grid.
NODES = 21


def _silent(_: str) -> None:
    return None


@dataclass
class _Clock:
    """Seconds by phase."""

    seconds: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def lap(self, name: str) -> None:
        """Ends a phase."""
        now = time.perf_counter()
        self.seconds[name] = round(now - self.last, 3)
        self.last = now


def play(
    case: Case,
    *,
    months: int = 24,
    draws: int = 64,
    seed: int = 0,
    nodes: int = NODES,
    what_if: bool = True,
    progress: Callable[[str], None] | None = None,
) -> GameResult:
    """Plays a case.

    Args:
        case: The standoff, overrides already applied.
        months: Horizon, 1 to 120.
        draws: Quasi-random draws of everything unknown; best a multiple of 64.
        seed: Fixes the draws.
        nodes: Size of the belief grid, 21 or 41.
        what_if: Whether to compare offers and other changes, take the steps of the path and the sensitivities that
            need more than the draws at hand.
        progress: Called with a few words before each long part.

    Raises:
        InputError: If an option is out of range, or the case holds a value that cannot be.
        NotConvergedError: If some node of the game kept a residual above tolerance.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise InputError(f"months: {months} is out of range; expected 1 to {MOST_MONTHS}")
    if not 4 <= draws <= 100_000:
        raise InputError(f"draws: {draws} is out of range; expected 4 to 100000")
    say, clock = progress or _silent, _Clock()
    draws -= draws % REPLICATES
    sample = anchor_b.apply(priors.sample(draws, seed, replicates=REPLICATES, spare=rates.DIMENSIONS))
    say("Meeting history's rates in a world without the coercer")
    setting = set_up(case, sample, months=months, seed=seed)
    clock.lap("priors, history and anchor")
    say(f"Solving the game in {draws} draws")
    base = solve_variants(setting, [_base(setting)], months=months, nodes=nodes)["base"]
    clock.lap("solver")
    run = Run.start(case, setting, base, months)
    clock.lap("filter and forward pass")
    worlds: dict[str, World] = {}
    if what_if:
        say("Solving what-if variants")
        worlds = solve_variants(setting, _variants(setting), months=months, nodes=nodes, near=base)
        clock.lap("variants")
    return _result(run, worlds, clock)


def make_ready(
    *, months: int = 24, draws: int = 64, nodes: int = NODES, until: Callable[[], bool] = lambda: False
) -> None:
    """Loads the programs that `play` needs with these options, until done or `until` says so; see `warm`."""
    from offramp.exitgame.warm import pieces

    made = pieces(months=months, draws=draws - draws % REPLICATES, nodes=nodes, replicates=REPLICATES)
    while not until() and next(made, None) is not None:
        pass


def _base(setting: Setting) -> Variant:
    rows = np.arange(setting.draws.draws)
    return Variant("base", rows, setting.case.assessments, setting.known.guarantor, setting.known)


def typical_assessments(case: Case) -> Assessments:
    """Every assessment at its prior: what the case would be without its evidence."""
    return elicit(Evidence(), country=case.ruler.country)


def _paired(setting: Setting) -> Rows:
    """Draws of the variants: the first ones, whole groups of the solver, so whole scrambles where draws allow it."""
    n = setting.draws.draws
    size = max(LEAST_PAIRED, n // PAIRED_SHARE // LEAST_PAIRED * LEAST_PAIRED)
    return np.arange(min(n, size))


def _variants(setting: Setting) -> list[Variant]:
    """Worlds that differ from the base in more than their start, on the paired part of the draws."""
    case, known, rows = setting.case, setting.known, _paired(setting)
    told = case.assessments
    found = [Variant(name, rows, told, name, known) for name in whatif.GUARANTORS if name != known.guarantor]
    if case.state.offer != "none":
        for name, value in (("guarantee_low", told.guarantee.low), ("guarantee_high", told.guarantee.high)):
            fixed = told.guarantee.model_copy(update={"low": value, "central": value, "high": value})
            found.append(Variant(name, rows, told.model_copy(update={"guarantee": fixed}), known.guarantor, known))
    quiet = known._replace(regional=0.0)
    found.append(Variant("typical", rows, typical_assessments(case), known.guarantor, quiet))
    return found


def _result(run: Run, worlds: dict[str, World], clock: _Clock) -> GameResult:
    case, found = run.case, run.setting.history
    full, structural = rates.cumulative(found.full), rates.cumulative(found.rates.structural)
    compared = (
        compare.everything(run, worlds, len(_paired(run.setting)), full, structural) if worlds else compare.Compared()
    )
    clock.lap("forward passes of what-if")
    means = np.einsum("d,dmk->mk", run.weights, run.outcomes)
    return GameResult(
        months=run.months,
        headline_month=run.at,
        weights=run.weights,
        outcomes=run.outcomes,
        history_full=full,
        history_structural=structural,
        history_news=found.news,
        moves=compare.moves(run),
        what_if=compared.what_if,
        offers=compared.offers,
        best_offer=compared.best if run.months >= HEADLINE else None,
        sensitivity=compared.sensitivity,
        steps=compared.steps,
        fates={str(mode): found.rates.fates[:, EXITS.index(str(mode))] for mode in RECORDED_MODES},
        learnt=run.learnt,
        band_rows=bands.outside(case, means, structural.mean(0), run.learnt),
        caveats=whatif.CAVEATS,
        warnings=(*found.warnings, *run.setting.warnings, *run.base.solution.warnings, *_notes(run)),
        diagnostics=_diagnostics(run, worlds, clock),
    )


def _notes(run: Run) -> list[str]:
    """Why a forecast is extreme, where it is (EXITGAME section 8), and what the filter left."""
    means = dict(zip((str(name) for name in OUTCOMES), run.weights @ run.outcomes[:, run.at], strict=True))
    notes = [
        f"The mean for {name} at month {run.at} is {100 * value:.0f} %, above 50 %: "
        + bands.reason(name, value, run.case, run.learnt)
        for name, value in means.items()
        if name != "in_office" and value > 0.5
    ]
    if run.case.state.offer != "none" and run.at == HEADLINE and means["negotiated"] < 0.02:
        notes.append(
            f"An offer stands, yet the mean for a negotiated exit within 12 months is {100 * means['negotiated']:.1f} "
            "%, below 2 %: " + bands.reason("negotiated", means["negotiated"], run.case, run.learnt)
        )
    notes += hindsight(run.case.as_of)
    size = anchor_b.effective_sample_size(run.weights)
    if size < len(run.weights) / 4:
        notes.append(
            f"What was observed fits few draws: the effective sample size is {size:.0f} of {len(run.weights)}. "
            "Take more draws, or look at the history of the case file again."
        )
    return notes


def hindsight(as_of: dt.date) -> list[str]:
    """What a forecast for a day that has passed knew of later years."""
    newest = max(row.demand_date.year for row in anchor_b_build.rows_counted())
    if as_of.year > newest:
        return []
    return [
        f"In hindsight: anchor B rests on standoffs up to {newest} and history on exits up to its cut, so a forecast "
        f"for {as_of} knows more than could be known then. It is no test of skill."
    ]


def _diagnostics(run: Run, worlds: dict[str, World], clock: _Clock) -> GameDiagnostics:
    solutions = [run.base.solution, *(world.solution for world in worlds.values())]
    acceptance, strike = compare.reference_rates(run)
    return GameDiagnostics(
        draws=len(run.weights),
        nodes=run.base.solution.nodes,
        horizon_months=run.months,
        tail_months=run.base.solution.tail,
        max_residual=max(s.max_residual for s in solutions),
        second_start_agrees=all(s.second_start_agrees for s in solutions),
        monte_carlo_error=monte_carlo_error(run),
        effective_sample_size=anchor_b.effective_sample_size(run.weights),
        prior_only=priors.PRIOR_ONLY,
        seconds=dict(clock.seconds),
        extra={
            "replicates": REPLICATES,
            "paired_draws": min((world.draws.draws for world in worlds.values()), default=0),
            "acceptance_per_month_in_reference_state": acceptance,
            "strike_per_month_in_reference_state": strike,
            "anchor_b_effective_sample_size": anchor_b.shipped().manifest["effective_sample_size"],
            "anchor_a_error": run.setting.anchor_error,
            "history_cut": run.setting.history.cut.isoformat(),
        },
    )


def monte_carlo_error(run: Run) -> dict[str, float]:
    """Standard error of the headline means: the spread of the means over independent scrambles, over the root of 4."""
    parts = np.array_split(np.arange(len(run.weights)), REPLICATES)
    means = np.stack([run.weights[p] @ run.outcomes[p, run.at] / run.weights[p].sum() for p in parts])
    error = means.std(0, ddof=1) / np.sqrt(REPLICATES)
    return {str(name): round(float(e), 5) for name, e in zip(OUTCOMES, error, strict=True)}
