"""The answer in words: how the standoff is likely to end, when, and which offer would change it."""

from __future__ import annotations

from offramp import words
from offramp.codes.exits import OUTCOME_LABELS, ExitMode
from offramp.forecast.brief import Brief

HEADLINE_MONTH = 12


def headline(brief: Brief) -> str:
    """Three sentences at most, with rounded numbers and 90 % intervals; months count from `brief.as_of`."""
    months = brief.forecast.months
    at = months.index(HEADLINE_MONTH) if HEADLINE_MONTH in months else len(months) - 1
    outcomes = brief.forecast.outcomes

    def value(name: str) -> tuple[float, float, float]:
        row = outcomes[name]
        mean, low, high = row.mean[at], row.low[at], row.high[at]
        return float(mean or 0), float(low or 0), float(high or 0)

    stays = value(ExitMode.IN_OFFICE)
    exits = sorted((str(m) for m in OUTCOME_LABELS if m != ExitMode.IN_OFFICE), key=lambda name: -value(name)[0])
    first, second = exits[:2]
    ruler = brief.case.ruler.name
    span = words.months(months[at])
    day = words.date_after(brief.as_of, months[at])
    said = [
        f"{ruler} is {words.likelihood(stays[0])} to be still in office in {span}, on {day} ({_figures(stays)}).",
        f"If not, the likeliest ways out are {_label(first)} ({_figures(value(first))}) and {_label(second)} "
        f"({_figures(value(second))}).",
    ]
    best = brief.best_offer
    if best is not None:
        chance = best.negotiated_within_12_months
        said.append(
            f"Of the offers compared, in the model, {best.offer.label[:1].lower()}{best.offer.label[1:]} makes a "
            f"negotiated exit within a year likeliest ({_figures((chance.mean, chance.low, chance.high))})."
        )
    return " ".join(said)


def _figures(value: tuple[float, float, float]) -> str:
    """'12 %, interval 3 to 34 %'."""
    mean, low, high = value
    return f"{words.percent(mean, low, high)}, interval {words.interval(low, high)}"


def _label(name: str) -> str:
    label = OUTCOME_LABELS[ExitMode(name)]
    if name in (ExitMode.FOREIGN, ExitMode.NATURAL):
        return label  # 'foreign force' and 'death or illness' take no article
    return f"{'an' if label[0] in 'aeiou' else 'a'} {label}"
