"""The score page: how past forecasts did, as one HTML file in the style of the brief; a pure function of a `Judgement`.

The page stands alone and has no script. Diagrams are drawn here, with a mark and a dash beside each colour, and every
figure stands in a table too.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from markupsafe import Markup, escape

from offramp import __version__, words
from offramp.codes.exits import OUTCOME_LABELS, ExitMode
from offramp.ledger.judge import Against, Judgement
from offramp.report.html import environment
from offramp.scores.calibration import Reliability, Step

SIZE, MARGIN = 240, 40
LENSES = {"game": "The game", "history": "History alone", "structural": "Structural history", "pool": "The pool"}
DRAWN = {"game": ("var(--negotiated)", ""), "history": ("var(--foreign)", "5 3")}
MEASURES = {
    "brier": ("Brier score over all endings", "0 to 2"),
    "log": ("Log score", "natural logarithm, 0 is perfect"),
    "exit_brier": ("Brier score of having left at all", "0 to 1"),
    "rps": ("Ranked probability score of when", "spans between the horizons"),
}


@dataclass(frozen=True, slots=True)
class Diagram:
    """One event's reliability: words above, a drawing, and the same in rows."""

    ident: str
    title: str
    picture: Markup
    told: list[tuple[str, Reliability]]


def render(judgement: Judgement, source: str) -> str:
    """The whole page.

    Args:
        judgement: What `ledger.judge.judge` gave.
        source: Address of the ledger, without its password.
    """
    page = (
        environment()
        .get_template("scores.html.j2")
        .render(
            found=judgement,
            source=source,
            version=__version__,
            style=Markup(resources.files("offramp.report").joinpath("templates/brief.css").read_text("utf-8")),
            answer=answer(judgement),
            lenses=LENSES,
            measures=MEASURES,
            diagrams=[_diagram(event, by_lens) for event, by_lens in judgement.calibration.items()],
            outcome=lambda key: OUTCOME_LABELS[ExitMode(key)],
            verdict=verdict,
        )
    )
    return page + ("" if page.endswith("\n") else "\n")


def answer(judgement: Judgement) -> str:
    """The page in two sentences."""
    cases = len(judgement.by_case)
    if not cases:
        return "No case of this ledger is resolved yet, so nothing can be scored."
    scored = (
        f"{words.plural(judgement.forecasts, 'forecast')} of {words.plural(cases, 'resolved case')} "
        f"{'is' if judgement.forecasts == 1 else 'are'} scored."
    )
    main = next((row for row in judgement.against if row.measure == "brier"), None)
    if main is None:
        return scored
    return f"{scored} {verdict(main)}"


def verdict(row: Against) -> str:
    """The game against history by one measure, in words that do not say more than the interval allows."""
    better = "better" if row.difference < 0 else "worse"
    saved = f"{abs(row.skill):.0%}".replace("%", "\u00a0%")
    title = MEASURES[row.measure][0]
    name = title if title.startswith("Brier") else title[0].lower() + title[1:]
    told = f"By the {name} the game was {saved} {better} than history alone"
    if row.low is None or row.high is None:
        return f"{told}; too few cases for an interval."
    if row.low < 0 < row.high:
        return f"{told}, but the 90\u00a0% interval of the difference holds 0: the cases do not tell them apart."
    return f"{told}, and the 90\u00a0% interval of the difference does not hold 0."


def _diagram(event: str, by_lens: dict[str, Reliability]) -> Diagram:
    ident = event.replace(" ", "-")
    title = "Any exit" if event == "any exit" else OUTCOME_LABELS[ExitMode(event)].capitalize()
    return Diagram(ident, title, _picture(ident, title, by_lens), [(LENSES[k], r) for k, r in by_lens.items()])


def _picture(ident: str, title: str, by_lens: dict[str, Reliability]) -> Markup:
    told = "; ".join(
        f"{LENSES[lens]}: miscalibration {r.mcb:.3f}, discrimination {r.dsc:.3f}" for lens, r in by_lens.items()
    )
    whole = SIZE + 2 * MARGIN
    parts = [
        f'<svg class="chart" viewBox="0 0 {whole} {whole}" role="img" style="max-width:{whole}px" '
        f'aria-labelledby="{ident}-t {ident}-d"><title id="{ident}-t">Reliability: {escape(title)}</title>'
        f'<desc id="{ident}-d">{escape(told)}</desc><g transform="translate({MARGIN},{MARGIN / 2})">'
    ]
    for at in (0.0, 0.25, 0.5, 0.75, 1.0):
        y, x = SIZE * (1 - at), SIZE * at
        parts.append(f'<line x1="0" x2="{SIZE}" y1="{y:g}" y2="{y:g}" stroke="var(--rule)"/>')
        parts.append(f'<text x="-6" y="{y:g}" dy=".33em" text-anchor="end">{100 * at:.0f} %</text>')
        parts.append(f'<text x="{x:g}" y="{SIZE + 16}" text-anchor="middle">{100 * at:.0f} %</text>')
    parts.append(f'<line x1="0" y1="{SIZE}" x2="{SIZE}" y2="0" stroke="var(--muted)" stroke-dasharray="2 3"/>')
    for lens, r in by_lens.items():
        parts.append(_lines(lens, r.steps))
    parts.append(f'<text x="{SIZE / 2}" y="{SIZE + 34}" text-anchor="middle">chance that was said</text></g></svg>')
    return Markup("".join(parts))


def _lines(lens: str, steps: tuple[Step, ...]) -> str:
    colour, dash = DRAWN[lens]
    points = [(x, step.happened) for step in steps for x in (step.low, step.high)]
    path = " ".join(f"{SIZE * x:.1f},{SIZE * (1 - y):.1f}" for x, y in points)
    band = "".join(
        f'<rect x="{SIZE * step.low:.1f}" width="{max(2.0, SIZE * (step.high - step.low)):.1f}" '
        f'y="{SIZE * (1 - step.expected_high):.1f}" height="{SIZE * (step.expected_high - step.expected_low):.1f}" '
        f'fill="{colour}" opacity=".13"/>'
        for step in steps
    )
    marks = "".join(
        f'<circle cx="{SIZE * x:.1f}" cy="{SIZE * (1 - y):.1f}" r="3.2" stroke="{colour}" '
        f'fill="{colour if lens == "game" else "var(--paper)"}"/>'
        for x, y in points
    )
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    return band + line + marks
