"""The page of `offramp read --html`: every report's text with its evidence marked where it stands, and the tables.

One file, style inside, no script, and a policy that lets nothing load. Whatever comes from a report is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from offramp.cli import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offramp.cli.read_rows import Rows
    from offramp.reading.evidence import Reading
    from offramp.report.highlight import Item

STYLE = """
body{font:16px/1.5 Georgia,serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1,h2,h3,table{font-family:system-ui,sans-serif}h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.5rem}
h3{font-size:1rem;margin:1.6rem 0 .4rem}.about{color:#555;font-family:system-ui,sans-serif;font-size:.9rem}
.text{white-space:pre-wrap;overflow-wrap:anywhere;border-left:3px solid #ddd;padding-left:1rem}
table{border-collapse:collapse;font-size:.85rem;width:100%}td,th{text-align:left;vertical-align:top;
padding:.25rem .5rem;border-top:1px solid #ddd;overflow-wrap:anywhere}th{border:0;color:#555}
.claim{background:#eaf2ff}.event{border-bottom:2px solid #b3261e}.offer{background:#e7f6e9}.demand{background:#fdecea}
.statistic{background:#fff4d6}.condition{background:#f1eafc}.dropped{color:#999;text-decoration:line-through}
sup a{font-size:.65em;color:#555;text-decoration:none}a{color:#174a8b}:target{outline:2px solid #174a8b}
@media (prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}.claim{background:#1e2c44}
.offer{background:#1c3321}.demand{background:#40211f}.statistic{background:#3c3314}.condition{background:#2c2440}
.about,th,sup a{color:#aaa}td{border-color:#333}.text{border-color:#333}a{color:#8ab4f8}}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(reading: Reading, *, explain: bool = False) -> str:
    """The whole page for a reading."""
    from offramp.report.highlight import items

    found = items(reading.evidence)
    parts = [_reports(reading, found, explain)]
    together = read_rows.agreement(reading)
    if together.rows:
        parts.append(_table(together))
    if reading.warnings:
        lines = Markup("").join(Markup("<li>{}</li>").format(read_rows.clean(w)) for w in reading.warnings)
        parts.append(Markup("<h3>What the reader should know</h3><ul>{}</ul>").format(lines))
    title = read_rows.head(reading, 0)[0] if reading.reports else "Reading"
    return Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="{}">'
        "<title>{}</title><style>{}</style></head><body><h1>What the reports say</h1>{}"
        '<p class="about">{}</p></body></html>\n'
    ).format(POLICY, f"{title} - offramp read", Markup(STYLE), Markup("").join(parts), read_rows.GRADES)


def _reports(reading: Reading, found: Sequence[Item], explain: bool) -> Markup:
    parts = []
    for number, report in enumerate(reading.reports):
        title, about, sourcing = read_rows.head(reading, number)
        parts.append(Markup('<section><h2>{}</h2><p class="about">{}<br>{}</p>').format(title, about, sourcing))
        parts.append(Markup('<div class="text" dir="auto">{}</div>').format(_text(report.text, number, found)))
        parts += [_table(table) for table in read_rows.tables(reading, number, explain=explain)]
        parts.append(Markup('<p class="about">{}</p></section>').format(read_rows.dropped(reading, number)))
    return Markup("").join(parts)


def _text(text: str, number: int, found: Sequence[Item]) -> Markup:
    """The report's text, each run in the classes of the items over it, each item's number where it begins."""
    from offramp.report.highlight import pieces

    out = []
    for piece in pieces(text, number, found):
        marks = Markup("").join(
            Markup('<sup><a href="#{}" title="{}">{}</a></sup>').format(item.ident, item.name, item.short)
            for item in piece.opens
        )
        out.append(marks)
        words = escape(piece.text)
        out.append(Markup('<span class="{}">{}</span>').format(" ".join(piece.kinds), words) if piece.kinds else words)
    return Markup("").join(out)


def _table(table: Rows) -> Markup:
    names = Markup("").join(Markup("<th>{}</th>").format(c) for c in ("", *table.columns))
    numbers = table.numbers or tuple(range(len(table.rows)))
    rows = []
    for number, row in zip(numbers, table.rows, strict=True):
        ident = Markup(' id="{}-{}"').format(table.prefix, number + 1) if table.prefix else Markup("")
        cells = Markup("").join(Markup('<td dir="auto">{}</td>').format(cell) for cell in row)
        rows.append(Markup("<tr{}><td>{}</td>{}</tr>").format(ident, number + 1 if table.prefix else "", cells))
    return Markup("<h3>{}</h3><table><tr>{}</tr>{}</table>").format(table.title, names, Markup("").join(rows))
