"""Pronouns, titles and surnames scored on texts of our own: precision before recall.

A text marks each phrase with whom it stands for: `{He=GMB/leader}`, or `{It=-}` where it stands for no actor. The
texts were written before the reader was tried on them; the figures of that first try stand in docs/reading-events.md.
"""

from __future__ import annotations

import re

from offramp.reading import nlp
from offramp.reading.actors import Cast

TEXTS = """
President Yahya Jammeh of Gambia met the envoys of Senegal. {He=GMB/leader} told them {his=GMB/leader} army was loyal.
Nigeria threatened Ghana with sanctions. {It=NGA} also recalled {its=NGA} ambassador from Accra.
The Kenyan army fired on a column of rebels on Monday. {It=KEN} lost four men, {its=KEN} spokesman said.
It rained in Harare for three days. {It=-} was the longest rain of the year in Zimbabwe.
{It=-} is not clear whether France will send troops to Mali. Paris says {it=FRA} has not decided.
Emmanuel Macron spoke with Vladimir Putin by telephone. The French president said {he=FRA/leader} had asked for a truce.
Chadian soldiers crossed into Sudan. {They=TCD} burned two villages before {they=TCD} withdrew.
Nicolás Maduro rejected the offer of the United States. {He=VEN/leader} said {he=VEN/leader} would stay in Caracas.
The United States told Nicolás Maduro of Venezuela to leave. {He=VEN/leader} refused.
The opposition in Bolivia called for a strike. {It=BOL} wants new elections, {its=BOL} leaders said.
Turkey and Greece agreed to talks. {They=TUR} will meet in Geneva in May.
The singer Anna Holt opened the festival in Oslo. {She=-} thanked the audience.
Robert Mugabe, president of Zimbabwe, was placed under house arrest. {His=ZWE/leader} wife was abroad.
The generals of Myanmar dissolved the parliament. {They=MMR} promised elections within a year.
Israel accused Iran of smuggling weapons. {It=ISR} showed pictures of the ship.
Syria denied the report. {It=SYR} said {its=SYR} forces had not been there.
The African Union suspended Mali. {It=org:AU} demanded a return to civilian rule.
Bashar al-Assad left Damascus in the night. Russia granted {him=SYR/leader} asylum.
Colombia expelled two diplomats of Nicaragua. {It=COL} gave {them=NIC} three days to leave.
The price of bread doubled in Sudan. {It=-} had been stable for years.
Protesters in Belarus blocked the road. The police beat {them=BLR} and made arrests.
The Senate voted on Tuesday. {It=-} was a close vote, and nobody was happy with {it=-}.
China warned Japan over the islands. Tokyo replied that {it=JPN} would not yield.
The minister of defence of Peru resigned. {He=PER} gave no reason.
"""
_MARK = re.compile(r"\{([^=}]+)=([^}]+)\}")


def score() -> tuple[int, int, int, list[str]]:
    """Right answers, answers given, answers wanted, and what went wrong."""
    right = given = wanted = 0
    wrong = []
    for line in filter(None, TEXTS.strip().split("\n")):
        marks, text, at = [], "", 0
        for match in _MARK.finditer(line):
            text += line[at : match.start()]
            marks.append((len(text), match.group(2)))
            text += match.group(1)
            at = match.end()
        text += line[at:]
        doc = nlp.parse(text)
        cast = Cast(doc, None)
        for offset, meant in marks:
            mention = cast.resolve(next(t for t in doc if t.idx == offset))
            known = mention is not None and mention.political and mention.country is not None
            country, _, role = meant.partition("/")
            wanted += meant != "-"
            given += known
            good = known and mention.country == country and (not role or mention.role == role)
            right += good
            if known != (meant != "-") or (known and not good):
                got = f"{mention.country}/{mention.role}" if known else "-"
                wrong.append(f"{text[max(0, offset - 30) : offset + 12]!r}: {meant} read as {got}")
    return right, given, wanted, wrong


def test_precision_goes_before_recall():
    right, given, wanted, wrong = score()
    assert wanted > 25
    assert right / given >= 0.85, wrong
    assert right / wanted >= 0.7, wrong
