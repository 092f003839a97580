"""Bad input: one clear error each, before any optimisation."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from offramp.errors import InputError
from offramp.strategic import CrisisSignaling, Egame12, Egame122, StrategicModel, Ultimatum


def war(rows: int = 60) -> pl.DataFrame:
    random = np.random.default_rng(1)
    x, z = random.normal(size=rows), random.normal(size=rows)
    esc = (random.uniform(size=rows) < 0.6).astype(int)
    fight = (random.uniform(size=rows) < 0.5).astype(int)
    return pl.DataFrame({"esc": esc, "war": fight, "balance": x, "regime": z, "w": np.ones(rows), "country": esc * 0})


def fails(words: str, model: Any, data: Any, **options: Any) -> None:
    with pytest.raises(InputError, match=words):
        model.fit(data, **options)


GOOD = "esc + war ~ balance | 0 | 1 | regime"


def test_missing_column_lists_the_near_ones() -> None:
    fails(r"no column 'balanse'; near: balance", Egame12("esc + war ~ balanse | 0 | 1 | regime"), war())


def test_number_of_parts() -> None:
    with pytest.raises(InputError, match=r"egame12 has 4 utilities \(u11 \| u13 \| u14 \| u24\), and 3 parts"):
        Egame12("y ~ x | 0 | 1")


def test_text_outcomes_need_an_order() -> None:
    data = war().with_columns(pl.Series("y", ["sq", "cap", "war"] * 20))
    fails(r"'cap', 'sq', 'war'.*--outcomes", Egame12("y ~ balance | 0 | 1 | regime"), data)
    fails("holds 'cap', which is not one", Egame12("y ~ 1 | 0 | 1 | 1", outcomes="sq,capitulate,war"), data)


def test_indicator_that_is_none() -> None:
    data = war().with_columns(pl.Series("war", [2] * 60))
    fails("holds 2 in row 1; an indicator", Egame12(GOOD), data)


def test_outcome_never_seen() -> None:
    data = war().with_columns(pl.Series("war", [0] * 60))
    fails("'esc,war' never seen", Egame12(GOOD), data)


def test_collinear_columns_are_named() -> None:
    data = war().with_columns((2 * pl.col("balance") + 1).alias("twice"))
    fails(r"u2\(esc,war\).*(twice|balance).*collinear", Egame12("esc + war ~ 1 | 0 | 1 | balance + twice"), data)
    zero = war().with_columns(pl.lit(0).alias("nothing"))
    fails("nothing is 0 in every row", Egame12("esc + war ~ 1 | 0 | 1 | nothing"), zero)


def test_flat_direction_is_named_by_its_coefficients() -> None:
    model = Egame12("esc + war ~ balance | balance | balance | regime")
    fails(r"not identified: u1.*\(Intercept\).*can move together", model, war())
    fails("not identified: .*log", Egame12(GOOD, scale="1"), war())


def test_weights_and_clusters() -> None:
    data = war()
    fails("only zeros", Egame12(GOOD), data, weights=np.zeros(60))
    fails("-1 in row 3; weights are 0 or more", Egame12(GOOD), data, weights=np.where(np.arange(60) == 2, -1.0, 1.0))
    fails("'country' has one cluster", Egame12(GOOD), data, cluster="country")
    fails("needs a cluster column", Egame12(GOOD), data, errors="cluster")


def test_missing_values_are_dropped_or_refused() -> None:
    data = war().with_columns(pl.when(pl.col("balance") > 1).then(None).otherwise(pl.col("balance")).alias("balance"))
    gone = data["balance"].null_count()
    assert gone
    fit = Egame12(GOOD).fit(data)
    assert (fit.dropped, fit.n) == (gone, 60 - gone)
    fails(f"{gone} rows have no value in 'balance'", Egame12(GOOD), data, missing="error")


def test_infinite_regressor() -> None:
    data = war().with_columns(pl.lit(0.0).alias("flat"))
    fails(r"log\(flat\) is infinite in 60 rows", Egame12("esc + war ~ log(flat) | 0 | 1 | 1"), data)


def test_links_and_errors() -> None:
    with pytest.raises(InputError, match="private information needs the probit link"):
        Egame12(GOOD, link="logit", error="private")
    with pytest.raises(InputError, match="link 'tobit'"):
        Egame122("y ~ 1 | 1 | 0 | 1 | 1 | 1", link="tobit")


def test_fixed_and_shared_names() -> None:
    fails("no coefficient 'u2", Egame12(GOOD, fixed={"u2(war)": 1.0}), war())
    fails("no coefficient", Egame12(GOOD, shared=[("a", "b")]), war())
    fails("every coefficient is fixed", Egame12("esc + war ~ 1.5 | 0 | 2.0 | 0.5"), war())


def test_counts() -> None:
    random = np.random.default_rng(2)
    data = pl.DataFrame(
        {**{n: random.integers(0, 5, 40) for n in ("sq", "cd", "sf", "bd")}, "x": random.normal(size=40)}
    )
    formula = "sq + cd + sf + bd ~ x | 0 | 0 | 1 | x | 1 | 0"
    bad = data.with_columns(pl.when(pl.col("x") > 1).then(-1).otherwise(pl.col("cd")).alias("cd"))
    fails("'cd' is -1 in row .*; counts are 0 or more", CrisisSignaling(formula), bad)
    never = data.with_columns(pl.lit(0).alias("bd"))
    fails("'bd' never seen", CrisisSignaling(formula), never)
    fails("not identified", CrisisSignaling("sq + cd + sf + bd ~ 1 | 1 | 0 | 1 | x | 1 | 0"), data)
    with pytest.raises(InputError, match="left side has 3 columns"):
        CrisisSignaling("sq + cd + sf ~ x | 0 | 0 | 1 | x | 1 | 0")


def test_offers() -> None:
    data = pl.DataFrame({"offer": [1.0, 5.0, 12.0], "accept": [0, 1, 1]})
    fails("offer 12 in row 3 is outside 0 to 10", Ultimatum("offer + accept ~ 1 | 1", max_offer=10), data)
    with pytest.raises(InputError, match="highest possible offer is needed"):
        Ultimatum("offer ~ 1 | 1")


def test_subset() -> None:
    fails("compares text with a number", Egame12(GOOD), war().with_columns(pl.lit("a").alias("t")), subset="t > 3")
    fails("no column 'yr'", Egame12(GOOD), war(), subset="yr > 3")
    fails("cannot be read", Egame12(GOOD), war(), subset="esc >")
    fails("holds no row", Egame12(GOOD), war(), subset="balance > 99")


def test_imperfect_information_is_refused() -> None:
    from offramp.games.build import end, move, tree

    second = {"l": end(0, 0, name="a"), "r": end(0, 0, name="b")}
    game = tree(
        "Blind", ["A", "B"], move("A", {"x": move("B", second, infoset="i"), "y": move("B", second, infoset="i")})
    )
    with pytest.raises(InputError, match="2 nodes; a fit needs a tree"):
        StrategicModel(game, {("A", "a"): "x"})
