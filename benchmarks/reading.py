"""Reading: figures on the development halves of the gold sets, with bootstrap intervals, and speed.

The sets and their scorers lie in OFFRAMP_SHARED/data/reading; nothing of them is copied. Every figure is the scorer's
own; intervals are the 2.5 and 97.5 percentiles over documents drawn with replacement. These are the halves on which
mistakes were looked for, so a figure on unseen text is somewhat lower. Parses are kept in --cache, where one is named.

Run: .venv/bin/python benchmarks/reading.py [--only NAME ...] [--cache DIR] [--predictions DIR]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from offramp.reading import nlp
from offramp.reading.actors import Cast
from offramp.reading.claims import find_claims
from offramp.reading.events import find_events
from offramp.reading.evidence import Report, SpeakerKind
from offramp.reading.fivew import main_event
from offramp.reading.names import UserName
from offramp.reading.speakers import Speakers

SHARED = Path(os.environ.get("OFFRAMP_SHARED", Path(__file__).resolve().parents[2] / "shared"))
DATA = SHARED / "data/reading"
DRAWS = 400
# What the best open tool reaches on the other halves, and what is asked of us.
PEERS = {
    "attribution: detection F1": (0.69, 0.74), "attribution: right source F1": (0.587, 0.66),
    "direct quotations found": (0.94, 0.97), "events: first type": (0.51, 0.70),
    "events: both countries": (0.37, 0.60), "events: false alarms": (0.05, 0.05),
    "PETRARCH2 records: dyads": (0.63, 0.65), "kind of source": (0.77, 0.90), "5W1H: first answers": (0.42, 0.55),
}  # fmt: skip
Rows = list[dict[str, Any]]
Figure = tuple[str, float, float, float, int]


def load(name: str) -> Rows:
    with (DATA / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def scorer(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DATA / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def interval(units: list[Any], figure: Callable[[list[Any]], float]) -> tuple[float, float, float]:
    """The figure over all units, and the middle 95 % of it over units drawn with replacement."""
    draw = random.Random(20)
    drawn = sorted(figure(draw.choices(units, k=len(units))) for _ in range(DRAWS))
    return figure(units), drawn[int(0.025 * DRAWS)], drawn[int(0.975 * DRAWS)]


class Parses:
    """Parsed texts of a set, from the cache where it holds them."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def of(self, name: str, texts: Iterable[str]) -> list[Any]:
        from spacy.tokens import DocBin

        path = self.folder / f"{name}.spacy" if self.folder else None
        if path is not None and path.exists():
            return list(DocBin().from_disk(path).get_docs(nlp.load().vocab))
        docs = [nlp.parse(text) for text in texts]
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            DocBin(docs=docs, store_user_data=False).to_disk(path)
        return docs


def report_of(text: str) -> Report:
    return Report(path="-", sha256="", media_type="text/plain", encoding="utf-8", date=None, text=text)


# Attribution


def attribution(parses: Parses, save: Path | None) -> list[Figure]:
    gold, judge = load("attribution_polnear_dev.jsonl"), scorer("score_attribution")
    docs = parses.of("polnear", (d["text"] for d in gold))
    counts = []
    found = []
    for row, doc in zip(gold, docs, strict=True):
        claims = find_claims(doc, 0, row["text"], report_of(row["text"]), (), Cast(doc, None))
        said = [{"source": c.source_spans, "cue": c.cue_spans, "content": c.content_spans} for c in claims]
        found.append({"id": row["id"], "attributions": said})
        one = judge.score([row], [found[-1]])
        direct = one["by_kind_recall"].get("direct", {"recall": 0.0, "gold": 0})
        kinds = [(one["by_kind_recall"].get(k) or {"recall": 0.0, "gold": 0}) for k in ("mixed", "indirect")]
        counts.append((one["gold"], one["pred"], round(one["detection"]["r"] * one["gold"]),
                       round(one["attributed"]["r"] * one["gold"]), round(one["content_exact"]["r"] * one["gold"]),
                       direct["gold"], round(direct["recall"] * direct["gold"]),
                       *(x for k in kinds for x in (k["gold"], round(k["recall"] * k["gold"])))))  # fmt: skip
    write(save, "attribution", found)

    def f1(column: int) -> Callable[[list[Any]], float]:
        return lambda c: 2 * sum(x[column] for x in c) / max(1, sum(x[0] + x[1] for x in c))

    def recall(column: int) -> Callable[[list[Any]], float]:
        return lambda c: sum(x[column + 1] for x in c) / max(1, sum(x[column] for x in c))

    n = len(gold)
    return [
        ("attribution: detection F1", *interval(counts, f1(2)), n),
        ("attribution: precision", *interval(counts, lambda c: sum(x[2] for x in c) / sum(x[1] for x in c)), n),
        ("attribution: recall", *interval(counts, lambda c: sum(x[2] for x in c) / sum(x[0] for x in c)), n),
        ("attribution: right source F1", *interval(counts, f1(3)), n),
        ("attribution: content exact F1", *interval(counts, f1(4)), n),
        ("direct quotations found", *interval(counts, recall(5)), n),
        ("mixed quotations found", *interval(counts, recall(7)), n),
        ("indirect quotations found", *interval(counts, recall(9)), n),
    ]


# Kind of source

CLASSES = {
    SpeakerKind.NAMED_PERSON: "named-person", SpeakerKind.NAMED_ORGANISATION: "named-organisation",
    SpeakerKind.DOCUMENT_OR_POLL: "document-or-poll", SpeakerKind.UNNAMED_ROLE: "unnamed-role",
    SpeakerKind.ANONYMOUS: "anonymous", SpeakerKind.VAGUE: "vague", SpeakerKind.NARRATOR: "pronoun",
}  # fmt: skip


def source_class(parses: Parses, save: Path | None) -> list[Figure]:
    articles = load("attribution_polnear_dev.jsonl")
    docs = dict(zip((a["id"] for a in articles), parses.of("polnear", (a["text"] for a in articles)), strict=True))
    found, right = [], []
    for row in load("source_class_dev.jsonl"):
        doc = docs[row["doc"]]
        tokens = tuple(t.i for t in doc if any(a < t.idx + len(t) and t.idx < b for a, b in row["source"]))
        inside = set(tokens)
        heads = [doc[i] for i in tokens if doc[i].head.i not in inside or doc[i].head.i == i]
        head = next((t for t in heads if t.pos_ in ("PROPN", "NOUN", "PRON")), heads[0])
        speakers = Speakers(doc, Cast(doc, None))
        kind = speakers.kind_of_phrase(head, tokens)
        if kind is not None:  # 'the senator' takes the kind of the one it stands for; a pronoun's class is 'pronoun'
            kind = speakers.of(head, tokens).kind
        found.append({"id": row["id"], "class": CLASSES[kind] if kind is not None else "pronoun"})
        right.append((row["class"] == found[-1]["class"], row, found[-1]["class"]))
    write(save, "source_class", found)
    if save is not None:
        wrong = [f"{row['class']} read as {got}: {row['source_text']!r}" for ok, row, got in right if not ok]
        (save / "source_class_wrong.txt").write_text("\n".join(wrong), encoding="utf-8")
    return [("kind of source", *interval(right, lambda rows: sum(r[0] for r in rows) / len(rows)), len(right))]


# Events


def events_of(doc: Any, names: tuple[UserName, ...] = ()) -> Rows:
    return [
        {
            "plover": e.type, "mode": e.mode, "trigger": e.trigger,
            "source": [actor(e.source)] if e.source else [], "target": [actor(e.target)] if e.target else [],
        }
        for e in (p.event for p in find_events(Cast(doc, None, names)))
    ]  # fmt: skip


def actor(one: Any) -> dict[str, Any]:
    return {"text": one.name, "country": one.country, "span": one.span}


def events(parses: Parses, save: Path | None) -> list[Figure]:
    judge, gold, quiet = scorer("score_events"), load("events_gsr_dev.jsonl"), load("events_neg_dev.jsonl")
    docs = parses.of("gsr", (d["text"] for d in gold))
    found = {row["id"]: events_of(doc) for row, doc in zip(gold, docs, strict=True)}
    alarms = [bool(events_of(doc)) for doc in parses.of("neg", (d["text"] for d in quiet))]
    write(save, "gsr", [{"id": i, "events": e} for i, e in found.items()])

    def rate(key: str) -> Callable[[list[Any]], float]:
        return lambda rows: judge.score(rows, [{"id": r["id"], "events": found[r["id"]]} for r in rows], [])[key] or 0.0

    return [
        ("events: first type", *interval(gold, rate("type_first_acc")), len(gold)),
        ("events: both countries", *interval(gold, rate("dyad_acc")), len(gold)),
        ("events: false alarms", *interval(alarms, lambda a: sum(a) / len(a)), len(alarms)),
    ]


def petrarch(parses: Parses, save: Path | None) -> list[Figure]:
    """Dyads with the reader's own names, and with the names of the test dictionary, as PETRARCH2 itself has them."""
    judge, gold = scorer("score_events"), load("events_petr_dev.jsonl")
    docs = parses.of("petr", (d["text"] for d in gold))
    figures = []
    what = "PETRARCH2 records: dyads"
    for title, names in ((f"{what}, names unknown", []), (what, dictionary(gold))):
        found = {row["id"]: events_of(doc, tuple(names)) for row, doc in zip(gold, docs, strict=True)}
        write(save, "petr_named" if names else "petr", [{"id": i, "events": e} for i, e in found.items()])

        def rate(rows: Rows, found: dict[str, Rows] = found) -> float:
            return judge.score(rows, [{"id": r["id"], "events": found[r["id"]]} for r in rows], [])["dyad_acc"] or 0.0

        figures.append((title, *interval(gold, rate), len(gold)))
    return figures


def dictionary(gold: Rows) -> list[UserName]:
    """The names of the test dictionary, each with the code that it most often stands for."""
    votes: dict[str, Counter[str]] = {}
    for row in gold:
        for event in row["gold"]:
            for side in ("source", "target"):
                for a, b in event[f"{side}_mentions"]:
                    votes.setdefault(row["text"][a:b], Counter())[event[f"{side}_code"][:3]] += 1
    return [UserName(name=name, country=count.most_common(1)[0][0]) for name, count in votes.items()]


# 5W1H


def fivew(parses: Parses, save: Path | None) -> list[Figure]:
    judge, gold = scorer("score_5w1h"), load("fivew_dev.jsonl")
    parts = [[d["title"] or "", d["description"] or "", d["text"] or ""] for d in gold]
    docs = parses.of("fivew", (p for part in parts for p in part))
    answers = {}
    for i, row in enumerate(gold):
        title, lead, body = docs[3 * i : 3 * i + 3]
        answers[row["id"]] = main_event(title, lead, body, row["date"]).as_dict()
    found = [{"id": i, "answers": a} for i, a in answers.items()]
    write(save, "fivew", found)
    figures = [
        ("5W1H: first answers", *interval(gold, lambda rows: judge.score(rows, found)["all"]["top1_hit"]), len(gold))
    ]
    for question, one in judge.score(gold, found).items():
        if question != "all":
            figures.append((f"5W1H: {question}", one["top1_hit"], float("nan"), float("nan"), one["n"]))
    return figures


# Speed


def speed(parses: Parses, save: Path | None) -> list[Figure]:
    """Sentences a second of CPU in one process: the whole reader, and the fast path."""
    import tempfile

    from offramp.reading.reader import Options, read_reports

    texts = [row["text"] for row in load("attribution_polnear_dev.jsonl")[:24]]
    nlp.parse(texts[0])
    start = time.process_time()
    sentences = sum(len(list(nlp.parse(text).sents)) for text in texts)
    parsing = time.process_time() - start
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, text in enumerate(texts):
            paths.append(Path(folder) / f"{i}.txt")
            paths[-1].write_text(text, encoding="utf-8")
        for options in (Options(), Options(fast=True)):
            read_reports([paths[0]], options=options)
            start = time.process_time()
            for path in paths:
                read_reports([path], options=options)
            seconds.append(time.process_time() - start)
    nan = float("nan")
    return [
        ("speed: everything on, sentences a CPU second", sentences / seconds[0], nan, nan, sentences),
        ("speed: fast path, sentences a CPU second", sentences / seconds[1], nan, nan, sentences),
        ("speed: spaCy's parse alone, sentences a CPU second", sentences / parsing, nan, nan, sentences),
    ]


def write(folder: Path | None, name: str, rows: Rows) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


PARTS = {"attribution": attribution, "source": source_class, "events": events, "petrarch": petrarch, "5w1h": fivew,
         "speed": speed}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--predictions", type=Path)
    chosen = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"{DATA}: the gold sets are not there; set OFFRAMP_SHARED to the folder that holds data/reading.")
    print(f"{'what':52} {'figure':>8} {'95 %':>14} {'n':>6} {'open':>6} {'asked':>6}")
    for part in chosen.only:
        for name, value, low, high, n in PARTS[part](Parses(chosen.cache), chosen.predictions):
            peer, asked = PEERS.get(name, ("", ""))
            span = f"{low:.3f} {high:.3f}" if low == low else ""
            print(f"{name:52} {value:8.3f} {span:>14} {n:6} {peer:>6} {asked:>6}", flush=True)


if __name__ == "__main__":
    main()
