"""What a sweep found, in lines for a terminal: the scenarios themselves where they are few, else their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offramp.sweep.standoff import Plan as Standoff

if TYPE_CHECKING:
    import polars as pl

    from offramp.sweep.run import Swept


def lines(swept: Swept, most: int) -> list[str]:
    """A table of at most `most` scenarios, how many there are, how long it took, where the parts are."""
    import polars as pl

    plan = swept.plan
    figures = ["negotiated", "any_exit"] if isinstance(plan, Standoff) else plan.actions()[:4]
    table = swept.table()
    if isinstance(plan, Standoff) and len(plan.months) > 1:
        table = table.filter(pl.col("month") == plan.months[-1])
    axes = [axis.name for axis in plan.axes]
    counts = table.select(pl.len().alias("rows"), pl.col("problem").is_not_null().sum().alias("bad")).collect().row(0)
    if counts[0] <= most:
        shown, head = table.collect(), ""
    else:
        ends = [table.sort(figures[0], descending=down, nulls_last=True).head(most // 4) for down in (True, False)]
        shown = pl.concat([end.collect() for end in ends])
        head = f"The {most // 4} highest and the {most // 4} lowest of {counts[0]:,} by {figures[0]}:"
    found = [head] if head else []
    found += _table(shown, axes, figures, probabilities=isinstance(plan, Standoff))
    if counts[1]:
        found.append(f"{counts[1]:,} scenarios have no figures; the column `problem` says why.")
    pace = f", {plan.scenarios / swept.seconds:,.0f} a second" if not swept.again else ", partly from an earlier run"
    found.append(f"{plan.scenarios:,} scenarios in {swept.seconds:.1f} s{pace}: {swept.folder}/ (parts, chart.svg)")
    return found


def _table(shown: pl.DataFrame, axes: list[str], figures: list[str], *, probabilities: bool) -> list[str]:
    heads = [*axes, *figures]
    rows = shown.iter_rows(named=True)
    cells = [
        heads,
        *([_cell(row[n]) for n in axes] + [_figure(row, n, probabilities) for n in figures] for row in rows),
    ]
    wide = [max(len(line[k]) for line in cells) for k in range(len(heads))]
    return ["  ".join(text.ljust(size) for text, size in zip(line, wide, strict=True)).rstrip() for line in cells]


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _figure(row: dict[str, Any], name: str, probabilities: bool) -> str:
    value = row[name]
    if value is None:
        return "-"
    if not probabilities:
        return f"{value:.4f}"
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    interval = "" if low is None or high is None else f" ({100 * low:.0f} to {100 * high:.0f})"
    return f"{100 * value:.0f} %{interval}"
