"""Builds `data/anchor_b.json`: solves wide prior draws of a typical standoff and fits them to the catalogue.

    python -m offramp.exitgame.anchor_b [--draws 512] [--out FILE]

Two rounds: wide draws of the two rows first; then twice as many near what the first round found, scattered round it, so
that enough draws lie near the targets. Both rounds together are weighted and fitted. At last fresh draws, mapped as at
run time, are solved; the two intercepts move until their means meet the targets' means, and the file says how well
still fresher draws do.

The typical standoff: an explicit ultimatum with safe passage offered by the coercer and no answer yet, a personalist
ruler eight years in office, loyal forces, a street as often mobilised as in the rows counted, every assessment at its
prior. Rows of the catalogue count when they had an ultimatum and an offer, loyal forces, and a ruler of at least a
year: the game moves with the forces' posture itself, so the anchor must not. The elicited prior stays in as 23
standoffs' worth, because remembered standoffs are the resolved ones.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from offramp.case.elicit import elicit
from offramp.case.models import Case, Coercer, Ruler, State
from offramp.catalogue.standoffs import Counts, Standoff, counts, select
from offramp.exitgame import anchor_b, priors
from offramp.exitgame import assessments as mapping
from offramp.exitgame.anchor_b import ROWS, Chances, Shipped
from offramp.exitgame.draws import Normal
from offramp.exitgame.engine import Variant, set_up, solve_variants
from offramp.exitgame.rates import DIMENSIONS
from offramp.exitgame.states import FOREIGN, NEGOTIATED, Demand, Offer, Pressure
from offramp.reading.evidence import Evidence

MONTHS = 12
#: Five such exits in 23: the elicited prior of each chance.
ELICITED = (5.0, 18.0)


def typical() -> Case:
    """The standoff that anchor B plays: what a case is like before anything is known of it."""
    return Case(
        name="a typical standoff",
        as_of=dt.date(2005, 1, 1),
        ruler=Ruler(name="the ruler", country="XXX", in_office_since=dt.date(1997, 1, 1), regime="personal"),
        coercers=[Coercer(id="coercer", name="the coercer")],
        state=State(pressure="ultimatum", offer="safe_passage"),
        assessments=elicit(Evidence()),
    )


def rows_counted(leave_out: str | None = None) -> list[Standoff]:
    """Rows of the catalogue that anchor B counts."""
    return select(army=("loyal",), min_tenure_years=1, ultimatum=True, offer=True, leave_out=leave_out)


def targets(found: Counts) -> dict[str, tuple[float, float]]:
    """Beta distributions of the two chances given counts."""
    a, b = ELICITED
    return {
        name: (a + count, b + found["n"] - count)
        for name, count in (("foreign", found["foreign"]), ("negotiated", found["negotiated"]))
    }


def play(draws: priors.Sample, what: str) -> Chances:
    """The two chances of the typical standoff within 12 months."""
    started = time.perf_counter()
    case, n = typical(), draws.draws
    setting = set_up(case, draws, months=MONTHS, seed=0)
    base = Variant("base", np.arange(n), case.assessments, "coercer", setting.known)
    world = solve_variants(setting, [base], months=MONTHS, nodes=21)["base"]
    loud = float(np.mean([row.street == "mobilised" for row in rows_counted()]))
    public = mapping.place(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE, np.ones(n), np.full(n, 1 - loud), Demand.NO)
    outcomes = world.outcomes(world.start(public))[:, MONTHS]
    sys.stderr.write(f"{what}: {n} draws in {time.perf_counter() - started:.0f} s\n")
    # A draw that could not be anchored or solved is put out of reach of every weight.
    good = setting.usable & world.solution.solved
    return Chances(*(np.where(good, outcomes[:, exit_], 1e-9) for exit_ in (FOREIGN, NEGOTIATED)))


def build(draws: int, seed: int = 2025) -> Shipped:
    """Anchor B from scratch, with its manifest."""
    found = counts(rows_counted())
    goal = targets(found)
    wide = priors.sample(draws, seed, spare=DIMENSIONS)
    first = play(wide, "wide draws")
    rough = anchor_b.fit(wide, first, anchor_b.weigh(first, goal, 2 * anchor_b.REACH), ridge=4.0)
    near = _spread(priors.sample(2 * draws, seed + 1, spare=DIMENSIONS), Shipped(goal, rough, {}), seed)
    second = play(near, "draws near the targets")
    both = priors.Sample(
        np.concatenate([wide.uniform, near.uniform]),
        {name: np.concatenate([wide.value[name], near.value[name]]) for name in wide.value},
        np.concatenate([wide.spare, near.spare]),
    )
    chances = Chances(*(np.concatenate(pair) for pair in zip(first, second, strict=True)))
    weights = anchor_b.weigh(chances, goal)
    coefficients = anchor_b.fit(both, chances, weights)
    explained = anchor_b.explained(both, chances, weights, coefficients)
    made = Shipped(goal, coefficients, {})
    fresh = priors.sample(draws // 2, seed + 2, spare=DIMENSIONS)
    for _ in range(3):
        made = _levelled(made, play(anchor_b.apply(fresh, made), "fresh draws"))
    met = play(anchor_b.apply(priors.sample(draws // 2, seed + 3, spare=DIMENSIONS), made), "fresher draws")
    manifest = {
        "made_by": f"python -m offramp.exitgame.anchor_b --draws {draws}",
        "rows": ", ".join(found["ids"]),
        "prior": list(ELICITED),
        "solved": 3 * draws,
        "effective_sample_size": round(anchor_b.effective_sample_size(weights), 1),
        "explained": explained,
        "intercepts_moved": {
            row: round(made.coefficients[row][0] - coefficients[row][0], 4) for row in made.coefficients
        },
        "chances": {
            name: {
                "count": found["foreign"] if name == "foreign" else found["negotiated"],
                "of": found["n"],
                "game_mean": round(float(p.mean()), 4),
                "game_interval": [round(float(q), 4) for q in np.quantile(p, [0.05, 0.95])],
            }
            for name, p in met._asdict().items()
        },
    }
    return made._replace(manifest=manifest)


def _spread(draws: priors.Sample, rough: Shipped, seed: int) -> priors.Sample:
    """Draws mapped by a rough fit, with the two rows scattered round it so that the second fit can see their slopes."""
    mapped = anchor_b.apply(draws, rough)
    rng = np.random.default_rng(seed)
    value = dict(mapped.value)
    value["cost_strike"] = value["cost_strike"] * np.exp(0.25 * rng.standard_normal(draws.draws))
    noise = Normal(0.0, 1.5).quantile(rng.random(draws.draws))
    value["leave_cost"] = value["leave_cost"] + noise / value["precision_ruler"]
    return mapped._replace(value=value)


def _levelled(made: Shipped, met: Chances) -> Shipped:
    """Intercepts moved by a damped step towards the targets' means; both chances fall as their row rises."""
    coefficients = {row: list(values) for row, values in made.coefficients.items()}
    for row, name in ROWS.items():
        a, b = made.targets[name]
        mean = float(getattr(met, name).mean())
        gap = np.log(mean / (1 - mean)) - np.log(a / b)
        step = (0.15 if row == "cost_strike" else 0.6) * gap
        coefficients[row][0] = round(coefficients[row][0] + float(step), 6)
    return made._replace(coefficients=coefficients)


def main(argv: Sequence[str] | None = None) -> int:
    """Builds the file and says what it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=512, help="wide draws; twice as many follow")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "data" / "anchor_b.json")
    options = parser.parse_args(argv)
    found = build(options.draws)
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(found._asdict(), indent=1) + "\n", "utf-8")
    sys.stderr.write(anchor_b.describe(found) + "\n")
    return 0
