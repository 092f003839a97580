"""A corpus of made-up reports with known truth, of any size: who did what to whom and when, offers, deadlines.

Every sentence is ours, put together from templates; countries and capitals are facts, people and acts are invented.
Report number i depends on the seed and i alone. One report in 400 is in Spanish and one in 1,000 is empty, and both
must come out as errors. `score` compares what `offramp read --parquet` wrote with the truth.

Run: .venv/bin/python benchmarks/corpus.py news.parquet --reports 100000 [--seed 1]
     .venv/bin/python benchmarks/corpus.py news.parquet --score FOLDER
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

_TABLE = """
USA the United States, Washington; GBR Britain, London; FRA France, Paris
DEU Germany, Berlin; ITA Italy, Rome; ESP Spain, Madrid
RUS Russia, Moscow; CHN China, Beijing; JPN Japan, Tokyo
IND India, New Delhi; BRA Brazil, Brasilia; MEX Mexico, Mexico City
ARG Argentina, Buenos Aires; COL Colombia, Bogota; VEN Venezuela, Caracas
PER Peru, Lima; CUB Cuba, Havana; NIC Nicaragua, Managua
HTI Haiti, Port-au-Prince; NGA Nigeria, Abuja; GHA Ghana, Accra
KEN Kenya, Nairobi; UGA Uganda, Kampala; ETH Ethiopia, Addis Ababa
EGY Egypt, Cairo; SDN Sudan, Khartoum; LBY Libya, Tripoli
MAR Morocco, Rabat; ZAF South Africa, Pretoria; ZWE Zimbabwe, Harare
TUR Turkey, Ankara; IRN Iran, Tehran; IRQ Iraq, Baghdad
SYR Syria, Damascus; PAK Pakistan, Islamabad; BLR Belarus, Minsk
SRB Serbia, Belgrade; UKR Ukraine, Kyiv; MLI Mali, Bamako
GIN Guinea, Conakry
"""
COUNTRIES = {
    entry[:3]: tuple(entry[4:].split(", ")) for line in _TABLE.strip().splitlines() for entry in line.split("; ")
}
"""Code of a country: its name and its capital."""
NAMES = (
    "Amadou Tarek", "Pavel Dorin", "Luis Berrano", "Karim Salwan", "Joseph Mbeke", "Anton Varga", "Rafael Quintero",
    "Samuel Okoro", "Viktor Lasko", "Hassan Rimawi",
)  # fmt: skip
FIRST = dt.date(2021, 1, 1)
A_DAY = 100
"""Reports of one day: the corpus lies in the order of its days, as archives of news do."""
FILLER = (
    "Shops in {there} stayed open and the streets were calm.",
    "The price of bread in {there} has doubled within a year.",
    "Rain fell on {there} for most of the week.",
    "A spokesman in {here} gave no details.",
)
SPANISH = (
    "El gobierno de la ciudad dijo que las obras de la calle mayor van a durar hasta el mes de marzo y que los vecinos "
    "no tienen que pagar nada por ellas, porque el dinero sale de los fondos que la capital recibe cada año."
)
Truth = dict[str, Any]


def report(number: int, seed: int = 1) -> tuple[str, dt.date, Truth]:
    """Report `number`: its text, its day, and what is true of it."""
    random = Random(f"{seed}:{number}")
    day = FIRST + dt.timedelta(days=number // A_DAY)
    truth: Truth = {"readable": True, "events": [], "offers": []}
    if number % 1000 == 999:
        return "", day, truth | {"readable": False}
    if number % 400 == 399:
        return SPANISH, day, truth | {"readable": False}
    sender, target, third = random.sample(sorted(COUNTRIES), 3)
    here, there = COUNTRIES[sender][1], COUNTRIES[target][1]
    opening, answer = random.choice(_OPENINGS)(random, sender, target, day, truth)
    parts = [opening]
    if answer:
        parts.append(_answer(random, sender, target, day, truth))
    parts.append(_aside(random, sender, third, day, truth))
    if random.random() < 0.5:
        parts.append(random.choice(FILLER).format(here=here, there=there))
    return f"{here.upper()}, {day.day} {day:%B %Y}\n\n{' '.join(parts)}", day, truth


def _name(code: str, *, first: bool = False) -> str:
    name = COUNTRIES[code][0]
    return name[0].upper() + name[1:] if first else name


def _past(random: Random, day: dt.date) -> tuple[str, dt.date]:
    """A weekday within the six days before, and its date."""
    found = day - dt.timedelta(days=random.randrange(1, 7))
    return f"on {found:%A}", found


def _coming(random: Random, day: dt.date) -> tuple[str, dt.date]:
    found = day + dt.timedelta(days=random.randrange(3, 40))
    return f"{found.day} {found:%B %Y}", found


def _event(truth: Truth, kind: str, source: str, target: str, date: dt.date | None) -> None:
    truth["events"].append([kind, source, target, date and date.isoformat()])


def _ultimatum(random: Random, sender: str, target: str, day: dt.date, truth: Truth) -> tuple[str, bool]:
    until = _coming(random, day)[0]
    verb = random.choice(("leave office", "resign", "step down"))
    _event(truth, "THREATEN", sender, target, None)
    ruler = f"President {random.choice(NAMES)} of {_name(target)}"
    return f"{_name(sender, first=True)} gave {ruler} until {until} to {verb}.", True


def _offer(random: Random, sender: str, target: str, day: dt.date, truth: Truth) -> tuple[str, bool]:
    safe, immune = random.choice(((True, True), (True, False), (False, True)))
    what = " and ".join(("safe passage",) * safe + ("immunity",) * immune)
    limit, date = _coming(random, day) if random.random() < 0.6 else ("", None)
    condition = f" if he leaves office by {limit}" if date else ""
    truth["offers"].append([sender, target, safe, immune, date and date.isoformat()])
    _event(truth, "AGREE", sender, target, None)
    return (
        f"{_name(sender, first=True)} offered President {random.choice(NAMES)} of {_name(target)} {what}{condition}.",
        True,
    )


def _act(random: Random, sender: str, target: str, day: dt.date, truth: Truth) -> tuple[str, bool]:
    kind, words, answered = random.choice((
        ("SANCTION", "imposed sanctions on {}", False), ("THREATEN", "threatened {} with sanctions", False),
        ("THREATEN", "threatened to attack {}", False),
        ("REQUEST", "demanded that {} release all political prisoners", True),
        ("ACCUSE", "accused {} of war crimes", False), ("CONSULT", "held talks with {}", False),
    ))  # fmt: skip
    when, date = _past(random, day)
    _event(truth, kind, sender, target, date)
    return f"{_name(sender, first=True)} {words.format(_name(target))} {when}.", answered


def _answer(random: Random, sender: str, target: str, day: dt.date, truth: Truth) -> str:
    yes = random.random() < 0.35
    noun = "offer" if truth["offers"] else "demand"
    when, date = _past(random, day)
    _event(truth, "AGREE" if yes else "REJECT", target, sender, date)
    return f"{_name(target, first=True)} {'accepted' if yes else 'rejected'} the {noun} {when}."


def _aside(random: Random, sender: str, third: str, day: dt.date, truth: Truth) -> str:
    kind, words = random.choice((
        ("ACCUSE", "criticised {}"), ("SUPPORT", "praised {}"), ("CONSULT", "consulted with {}"),
    ))  # fmt: skip
    when, date = _past(random, day)
    _event(truth, kind, third, sender, date)
    return f"{_name(third, first=True)} {words.format(_name(sender))} {when}."


_OPENINGS = (_ultimatum, _offer, _act, _act)


def write(path: Path, reports: int, seed: int = 1) -> None:
    """Writes a Parquet table with the columns `id`, `text`, `date` and `truth` (JSON)."""
    import polars as pl

    rows = (report(number, seed) for number in range(reports))
    frame = pl.DataFrame(
        [(f"r{number:06d}", text, day, json.dumps(truth)) for number, (text, day, truth) in enumerate(rows)],
        schema={"id": pl.String, "text": pl.String, "date": pl.Date, "truth": pl.String},
        orient="row",
    )
    frame.write_parquet(path, row_group_size=2_000)


def score(corpus: Path, folder: Path) -> dict[str, float | int]:
    """How what was read compares with the truth: shares found and shares right, and counts that must be 0.

    `lost` and `doubled` count reports; `events_*` go by type, source and target; `dates_right` by the events found that
    have a date in the truth; `deadlines_right` by the offers found.
    """
    import polars as pl

    from offramp import cluster

    truths = pl.read_parquet(corpus, columns=["id", "truth"])
    read = cluster.table(folder).select("path", "error", "json")
    count: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    known = dict(truths.iter_rows())
    for frame in read.collect_batches(chunk_size=2_000):
        for path, error, text in frame.iter_rows():
            name = path.rpartition("#")[2]
            seen[name] += 1
            truth = json.loads(known[name])
            count["wrongly_read"] += not truth["readable"] and error is None
            count["wrongly_refused"] += truth["readable"] and error is not None
            if error is None:
                _compare(truth, json.loads(text)["evidence"], count)
    shares = {
        "events_found": count["hit"] / max(1, count["true"]), "events_right": count["hit"] / max(1, count["told"]),
        "dates_right": count["dated"] / max(1, count["to_date"]),
        "offers_found": count["offer_hit"] / max(1, count["offers"]),
        "offers_right": count["offer_hit"] / max(1, count["offers_told"]),
        "deadlines_right": count["deadline"] / max(1, count["offer_hit"]),
    }  # fmt: skip
    return {
        "reports": truths.height, "lost": truths.height - len(seen), "doubled": sum(n > 1 for n in seen.values()),
        "wrongly_read": count["wrongly_read"], "wrongly_refused": count["wrongly_refused"],
        **{name: round(share, 4) for name, share in shares.items()},
    }  # fmt: skip


def _compare(truth: Truth, evidence: dict[str, Any], count: Counter[str]) -> None:
    country = {key: (lambda event, key=key: (event[key] or {}).get("country")) for key in ("source", "target")}
    told = [(e["type"], country["source"](e), country["target"](e), e["date"]) for e in evidence["events"]]
    wanted = [tuple(event) for event in truth["events"]]
    both = Counter(e[:3] for e in told) & Counter(e[:3] for e in wanted)
    count["true"] += len(wanted)
    count["told"] += len(told)
    count["hit"] += both.total()
    dated = [event for event in wanted if event[3] and event[:3] in both]
    count["to_date"] += len(dated)
    count["dated"] += (Counter(dated) & Counter(told)).total()
    offers = [(o["by"], o["to"], o["safe_passage"], o["immunity"], o["deadline"]) for o in evidence["offers"]]
    due = [tuple(offer) for offer in truth["offers"]]
    count["offers"] += len(due)
    count["offers_told"] += len(offers)
    count["offer_hit"] += (Counter(o[:4] for o in offers) & Counter(o[:4] for o in due)).total()
    count["deadline"] += (Counter(offers) & Counter(due)).total()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--score", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    if given.score:
        print(json.dumps(score(given.table, given.score), indent=1))
    else:
        write(given.table, given.reports, given.seed)


if __name__ == "__main__":
    main()
