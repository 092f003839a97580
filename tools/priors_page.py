"""Renders docs/priors.md from the tables that the code reads: `python tools/priors_page.py [--check]`.

A changed number changes the page; `tests/exitgame/test_priors.py` fails when the page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from offramp.case import elicit_table as evidence
from offramp.case.models import ASSESSMENTS
from offramp.exitgame import anchor_b, assessments, priors

PAGE = Path(__file__).resolve().parents[1] / "docs" / "priors.md"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def page() -> str:
    """The whole page, as it should stand."""
    shipped = anchor_b.shipped()
    parts = [
        "# Priors, and how evidence becomes numbers",
        "This page is rendered from the tables that the code reads (`tools/priors_page.py`); edit those, not this. "
        "Every number here is a judgement with a reason. 'Elicited' means that we chose it and know of no estimate "
        "that fits; such a row is the first to dispute.",
        "## From evidence to assessments",
        "An assessment lives on the logit scale. An item of evidence informs with probability rho, and then measures "
        "it with error tau; else it says nothing. A yes-or-no cue multiplies the odds by rho x ratio + 1 - rho. One "
        "speaker or origin counts once (`offramp.case.elicit`).",
        table(
            ("grade", "rho", "tau (logit)"),
            ((g.value, evidence.INFORMS[g], evidence.ERROR[g]) for g in evidence.Grade),
        ),
        f"A poll adds a house bias of {evidence.HOUSE_BIAS} ({evidence.HOUSE_BIAS_UNTRACEABLE} where it cannot be "
        f"traced), and {evidence.DRIFT_PER_YEAR} x the root of its age in years, all on the logit scale.",
        "### Priors of the seven assessments",
        table(
            ("assessment", "meaning", "centre (logit)", "spread", "reason", "source"),
            (
                (r.assessment, ASSESSMENTS[r.assessment], r.centre, r.spread, r.reason, r.source)
                for r in evidence.PRIORS.values()
            ),
        ),
        "### Facts about the ruler that move them",
        table(
            ("fact", "assessment", "shift (logit)", "spread", "reason", "source"),
            ((r.name, r.assessment, r.centre, r.spread, r.reason, r.source) for r in evidence.SHIFTS),
        ),
        "### Cues",
        table(
            ("cue", "assessment", "kind", "ratio", "extra error", "reason"),
            ((r.name, r.assessment, r.kind, f"{r.ratio:.3g}", r.extra or "", r.reason) for r in evidence.CUES.values()),
        ),
        "## Priors of the exit game",
        "Sampled by scrambled Sobol points through these quantile functions. 'Known from' says whether anything but "
        "the prior moves the row: the case's assessments, or anchor B.",
        table(
            ("parameter", "prior", "unit", "reason", "source", "known from"),
            ((r.name, r.distribution, r.unit, r.reason, r.source, r.identified) for r in priors.TABLE),
        ),
        "The fates that follow each exit, and history's hazards, come with their own uncertainty from the fitted "
        "hazard model. Not identified by exit rates at all, hence priors: how the forces' posture and the street "
        "change, the ratio of attempts by wavering forces, b0 against k_K, precision against the spread of payoffs.",
        "## How a case moves the game",
        table(
            ("what", "moves", "form", "strength", "reason"),
            ((r.name, r.moves, r.form, r.strength, r.reason) for r in assessments.MAPPINGS.values()),
        ),
        "## Anchor B",
        anchor_b.describe(shipped),
    ]
    return "\n\n".join(parts) + "\n"


def main(argv: Sequence[str]) -> int:
    text = page()
    if "--check" in argv:
        if not PAGE.exists() or PAGE.read_text("utf-8") != text:
            print(f"{PAGE} is stale; run python tools/priors_page.py", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text, "utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
