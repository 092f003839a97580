"""The priors of the exit game: one documented row for each number that nothing else fixes.

`TABLE` is the only place where a prior is written; docs/priors.md is rendered from it. `sample` turns quasi-random
points into one array a row. `exitgame.assessments` then makes game parameters of them, with the assessments and the
hazards of one case.

Units: ruler in years in office, armed forces in years of status-quo rents, coercer in values of removal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from offramp.exitgame.draws import Array, Beta, Distribution, LogNormal, Normal, replicated


class Row(NamedTuple):
    """One prior. `identified`: 'prior' when nothing else moves it, else 'anchor B' or 'assessment'."""

    name: str
    distribution: Distribution
    unit: str
    reason: str
    source: str
    identified: str = "prior"


SPEC = "EXITGAME section 7"
OWN = "elicited for this model"

TABLE: tuple[Row, ...] = (
    Row(
        "precision_ruler",
        LogNormal(1.5, 0.35, most=4.0),
        "1 / year in office",
        "logit precision; equilibria multiply as it rises, so the prior is cut at 4",
        "form as McKelvey and Palfrey 1998",
    ),
    Row(
        "precision_coercer",
        LogNormal(4.0, 0.35),
        "1 / value of removal",
        "logit precision",
        "form as McKelvey and Palfrey 1998",
    ),
    Row(
        "precision_army",
        LogNormal(2.0, 0.35),
        "1 / year of rents",
        "logit precision",
        "form as McKelvey and Palfrey 1998",
    ),
    Row("discount_ruler", Beta(45, 5), "a year", "patience of a ruler", "convention"),
    Row(
        "discount_army",
        Beta(34, 6),
        "a year",
        "patience of the officers who could move: they retire or are rotated within six or seven years",
        "elicited",
    ),
    Row("discount_coercer", Beta(34, 6), "a year", "elected governments look less far ahead", "convention"),
    Row(
        "lapse",
        LogNormal(1 / 24, 0.4, most=0.2),
        "chance a month",
        "standoffs last a year or two; a lapsed one goes on at history's hazards",
        "length of standoffs in the catalogue",
    ),
    Row(
        "committed",
        Beta(3, 4),
        "probability",
        "b0 of the typical threatened ruler; a case puts its assessment ruler_resolve here",
        "refusals in the catalogue; elicited",
        "assessment",
    ),
    Row(
        "committed_gap",
        LogNormal(3.0, 0.4),
        "years in office",
        "k_K - k_F: how much dearer leaving is to the committed type",
        "elicited",
    ),
    Row(
        "leave_cost",
        Normal(-1.0, 3.0),
        "years in office",
        "k_F: what leaving on an offer costs the flexible type beyond the fates it leads to; wide on purpose",
        "anchor B",
        "anchor B",
    ),
    Row(
        "exile",
        LogNormal(1.0, 0.4),
        "years in office lost",
        "minus the worth of exile",
        "Goemans 2008; Debs and Goemans 2010",
    ),
    Row("jail", LogNormal(5.0, 0.3), "years in office lost", "minus the worth of jail", "Goemans 2008"),
    Row(
        "death",
        LogNormal(10.0, 0.3),
        "years in office lost",
        "minus the worth of death; exile, jail and death are put in order within a draw",
        "Goemans 2008",
    ),
    Row(
        "later_prosecution",
        Beta(2, 10),
        "probability",
        "fates are recorded one year after the exit, which understates later prosecution: safe or exiled ends as jail",
        "elicited",
    ),
    Row(
        "guarantee",
        Beta(4, 4),
        "probability",
        "g of safe passage for the typical case; a case puts its assessment guarantee here, which is lower for rulers "
        "culpable of grave crimes since 1998 (docs: evidence to assessments)",
        "elicited; Krcmaric 2018",
        "assessment",
    ),
    Row(
        "immunity_uplift",
        Beta(2, 4),
        "share of 1 - g",
        "with immunity g is g1 + (1 - g1) x this: courts and successors seldom stay bound",
        "elicited",
    ),
    Row(
        "immunity_spares",
        Beta(2, 2),
        "share of exile's cost",
        "immunity that is kept lets the ruler live at home or travel",
        OWN,
    ),
    Row(
        "sanctions_loss",
        Beta(2, 18),
        "share of office",
        "what sanctions take from a year in office",
        "Marinov 2005; Escriba-Folch and Wright 2010",
    ),
    Row(
        "ultimatum_loss",
        Beta(3, 9),
        "share of office",
        "what living under an ultimatum takes from a year in office; never less than sanctions take",
        "Marinov 2005; Escriba-Folch and Wright 2010",
    ),
    Row(
        "coup_success_wavering",
        Beta(10, 10),
        "probability",
        "an attempt with the forces wavering",
        "42 to 49 % of attempts succeed overall; Singh 2014",
    ),
    Row(
        "coup_success_loyal",
        Beta(6, 14),
        "probability",
        "an attempt with the forces loyal",
        "42 to 49 % of attempts succeed overall; Singh 2014",
    ),
    Row("share_wavering", Beta(2, 14), "share of months", "how often forces waver in quiet times", "elicited"),
    Row(
        "attempt_ratio",
        LogNormal(4.0, 0.5),
        "risk ratio",
        "attempts by wavering against loyal forces",
        "elicited",
    ),
    Row("restore", Beta(5, 15), "chance a month", "wavering forces that back the ruler are loyal again", OWN),
    Row("strain", LogNormal(0.2, 0.5), "years of rents", "what a crackdown adds to the wish to waver", OWN),
    Row("purge", LogNormal(1.0, 0.5), "years of rents", "what a failed attempt costs the forces", OWN),
    Row(
        "army_shares_loss",
        Beta(1.5, 13.5),
        "share",
        "how much of what pressure takes from the ruler's office it takes from the forces' rents: little, for none of "
        "the catalogue's 34 loyal armies under an ultimatum moved against their ruler",
        OWN,
    ),
    Row(
        "rents_after_foreign",
        Beta(9, 1),
        "share of rents",
        "what loyal forces keep after a foreign removal: some units are disbanded, most careers go on; none of the "
        "catalogue's 34 loyal armies under an ultimatum moved first, so their fear of it is small",
        OWN,
    ),
    Row("rents_after_uprising", Beta(5, 5), "share of rents", "what loyal forces keep after an uprising", OWN),
    Row("rents_after_terms", Beta(16, 2), "share of rents", "what they keep after an agreed or regular exit", OWN),
    Row(
        "mobilise",
        Beta(2, 50),
        "chance a month",
        "a quiet street mobilises; raised to twice history's monthly chance of an uprising where it lies below",
        "Chenoweth and Stephan 2011",
    ),
    Row(
        "persist",
        Beta(16, 4),
        "chance a month",
        "a mobilised street stays mobilised",
        "Chenoweth and Stephan 2011",
    ),
    Row(
        "street_ratio",
        LogNormal(4.0, 0.5),
        "odds ratio",
        "ouster by the street with wavering against loyal forces",
        "Chenoweth and Stephan 2011",
    ),
    Row("relief", Beta(3, 7), "share", "by how much a crackdown lowers the street's chances in its month", OWN),
    Row("cost_demand", LogNormal(0.25, 0.4), "years in office", "one counter-demand, made once until met", OWN),
    Row(
        "cost_crackdown",
        LogNormal(5.5, 0.15),
        "log odds",
        "a month of crackdown, as the log odds against one where nothing is gained by it; the cost in years in office "
        "is this over the ruler's precision",
        OWN,
    ),
    Row(
        "cost_audience",
        LogNormal(0.3, 0.6),
        "values of removal",
        "taking back an ultimatum",
        "Tomz 2007; Crisman-Cox and Gibilisco 2018",
    ),
    Row(
        "cost_immunity",
        LogNormal(0.1, 0.5),
        "values of removal",
        "an exit with immunity",
        "Tomz 2007; Crisman-Cox and Gibilisco 2018",
    ),
    Row(
        "cost_sanctions",
        LogNormal(0.02, 0.5),
        "values of removal a year",
        "keeping sanctions up",
        OWN,
    ),
    Row(
        "cost_ultimatum",
        LogNormal(0.05, 0.5),
        "values of removal a year",
        "keeping an ultimatum up, forces at hand, beyond sanctions",
        OWN,
    ),
    Row(
        "cost_switch",
        LogNormal(8.0, 0.1),
        "log odds",
        "each change of pressure or offer, as the log odds against one where nothing is gained by it; the cost in "
        "values of removal is this over the coercer's precision. High, because the cost of noise adds up month by "
        "month: below about 6, states with more open moves become worth less for that alone, and the coercer pays to "
        "leave them",
        OWN,
    ),
    Row(
        "cost_strike",
        LogNormal(2.0, 0.6),
        "values of removal",
        "a strike; wide on purpose",
        "anchor B",
        "anchor B",
    ),
    Row(
        "strike_success",
        Beta(17, 3),
        "probability",
        "a strike that is tried removes the ruler",
        "Downes 2018 as an upper bound: leadership demands succeed against picked, weak neighbours",
    ),
    Row(
        "coercer_share",
        Beta(8, 2),
        "share",
        "part of the background chance of foreign removal that is due to the named coercer, and so already in the game",
        "elicited",
    ),
    Row(
        "third_state",
        Normal(0.5, 0.4),
        "logit",
        "what a third state as guarantor adds to g: it hosts the ruler and enforces its own word",
        "elicited",
    ),
    Row(
        "successor",
        Normal(-0.8, 0.5),
        "logit",
        "what a successor government as guarantor takes from g: it holds the gain of breaking its word",
        "elicited",
    ),
    # Positions in the intervals of a case's assessments: standard normal scores of their own.
    *(
        Row(
            f"score_{name}",
            Normal(0.0, 1.0),
            "normal score",
            f"place within the assessment {name}",
            "the case",
            "assessment",
        )
        for name in ("army_loyalty", "street", "public_support", "coercer_resolve", "economy")
    ),
)

NAMES: tuple[str, ...] = tuple(row.name for row in TABLE)
PRIOR_ONLY: tuple[str, ...] = tuple(row.name for row in TABLE if row.identified == "prior")


class Sample(NamedTuple):
    """Draws of every row: `uniform` [draw, row] in the order of `TABLE`, `value` by name [draw].

    `spare` [draw, more] are further coordinates of the same points, for rooms that draw their own numbers.
    """

    uniform: Array
    value: dict[str, Array]
    spare: Array

    @property
    def draws(self) -> int:
        """How many."""
        return len(self.uniform)


def sample(draws: int, seed: int, *, replicates: int = 1, spare: int = 0) -> Sample:
    """Quasi-random draws of every prior, before anchor B and before any case.

    Args:
        draws: How many; a multiple of `replicates`.
        seed: The same seed gives the same draws.
        replicates: Independent scrambles of equal size, in order along the draws.
        spare: How many coordinates beyond the table.
    """
    return values(replicated(draws, len(TABLE) + spare, seed, replicates))


def values(points: Array) -> Sample:
    """Parameters at given points of the unit cube, [draw, row + spare]; exile, jail and death put in order."""
    uniform, spare = points[:, : len(TABLE)], points[:, len(TABLE) :]
    found = {row.name: row.distribution.quantile(uniform[:, i]) for i, row in enumerate(TABLE)}
    ordered = np.sort(np.stack([found["exile"], found["jail"], found["death"]]), axis=0)
    found["exile"], found["jail"], found["death"] = ordered
    found["ultimatum_loss"] = np.maximum(found["ultimatum_loss"], found["sanctions_loss"])
    return Sample(uniform, found, spare)
