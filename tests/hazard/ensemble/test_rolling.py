"""Rolling origins, pools, files and both commands on a made-up panel: no leaks, resumable, the documented columns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from hazard.ensemble.made_up import panel
from offramp.cli.history import app
from offramp.errors import InputError
from offramp.hazard.ensemble import evaluate, files, rolling
from offramp.hazard.ensemble import outcomes as o
from offramp.hazard.ensemble.covariates import columns
from offramp.hazard.ensemble.panels import combine, has_outcomes, read_panel, with_extra

FAST = ("constant", "split_population")


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return panel()


def request(**changes: object) -> files.Request:
    asked: dict[str, object] = {"train_until": "1987-12", "first": "1988-01", "last": "1988-12", "past_step": 36}
    return files.Request(**{**asked, **changes})


def test_blocks_follow_one_another() -> None:
    blocks = rolling.rolling_blocks(100, 124, 12)
    assert [(b.fit, b.first, b.last) for b in blocks] == [(100, 100, 111), (112, 112, 123), (124, 124, 124)]
    asked = files.asked_blocks(request(refit="yearly", first="1988-06", last="1990-03"))
    assert [(o.month_name(b.fit), o.month_name(b.first), o.month_name(b.last)) for b in asked] == [
        ("1987-12", "1988-06", "1988-11"),
        ("1988-12", "1988-12", "1989-11"),
        ("1989-12", "1989-12", "1990-03"),
    ]
    past = files.past_blocks(request(), o.month_number("1960-01"))
    assert past[-1].last == o.month_number("1987-11")
    assert past[0].fit >= o.month_number("1980-01")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first": "1987-06"}, "before the end of training"),
        ({"last": "1987-12", "first": "1988-02"}, "lies after"),
        ({"refit": "daily"}, "refit"),
        ({"horizons": (3,)}, "horizons"),
        ({"outcomes": ("abdication",)}, "abdication"),
        ({"train_until": "1987"}, "YYYY-MM"),
    ],
)
def test_requests_that_make_no_sense(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        request(**changes)


def test_forecasts_do_not_change_when_all_that_comes_later_does(tmp_path: Path) -> None:
    """Every lens and the pool: columns, leaders and outcomes after the origin are altered; windows stay hidden."""
    frame, origin = panel(states=8, years=30), "1987-12"
    later = pl.col("origin") > origin
    months = o.month_numbers(frame)
    changes = [
        pl.when(later).then(pl.lit(1.0)).otherwise(pl.col(n)).alias(n)
        for n in ("tenure_m", "coup_att_60m", "lpec_pc_l1", "m_to_election", "infmort_l1")
    ] + [pl.when(later).then(pl.lit("x")).otherwise(pl.col("leader_id")).alias("leader_id")]
    for h in o.HORIZONS:
        hidden = pl.Series(months + h > o.month_number(origin))
        changes += [
            pl.when(hidden).then(pl.lit("coup")).otherwise(pl.col(f"exit_next{h}")).alias(f"exit_next{h}"),
            pl.when(hidden).then(pl.lit(1.0)).otherwise(pl.col(f"coup_att_next{h}")).alias(f"coup_att_next{h}"),
        ]
    asked = request(first=origin, last=origin, past_step=84)
    first, _ = files.forecast(frame, asked, tmp_path / "a")
    second, _ = files.forecast(frame.with_columns(changes), asked, tmp_path / "b")
    assert first.height == 8 * 12 * 3
    np.testing.assert_array_equal(first["probability"].to_numpy(), second["probability"].to_numpy())
    assert first.equals(second)


def test_a_stopped_run_goes_on_and_processes_agree(frame: pl.DataFrame, tmp_path: Path) -> None:
    blocks = rolling.rolling_blocks(o.month_number("1985-12"), o.month_number("1987-11"), 12)
    told: list[tuple[int, int]] = []
    first = rolling.run(frame, blocks, tmp_path / "a", FAST, progress=lambda d, n, _: told.append((d, n)))
    assert told == [(0, 2), (1, 2), (2, 2)]
    kept, gone = sorted((tmp_path / "a").glob("block-*.npz"))
    stamp = kept.stat().st_mtime_ns
    gone.unlink()
    again = rolling.run(frame, blocks, tmp_path / "a", FAST, progress=lambda d, n, _: told.append((d, n)))
    assert told[3:] == [(1, 2), (2, 2)]
    assert kept.stat().st_mtime_ns == stamp
    beside = rolling.run(frame, blocks, tmp_path / "b", FAST, jobs=2)
    for one, two, three in zip(first, again, beside, strict=True):
        np.testing.assert_array_equal(one.chances, two.chances)
        np.testing.assert_array_equal(one.chances, three.chances)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cluster_gives_what_one_process_gives(frame: pl.DataFrame, tmp_path: Path) -> None:
    blocks = rolling.rolling_blocks(o.month_number("1985-12"), o.month_number("1987-11"), 12)
    alone = rolling.run(frame, blocks, tmp_path / "a", FAST)
    spread = rolling.run(frame, blocks, tmp_path / "b", FAST, cluster="local:2")
    for one, two in zip(alone, spread, strict=True):
        np.testing.assert_array_equal(one.chances, two.chances)
    assert {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()
    }
    # All is there already: no cluster is asked for.
    rolling.run(frame, blocks, tmp_path / "b", FAST, cluster="tcp://127.0.0.1:9")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_scheduler_that_is_not_there(frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offramp.cluster.connect.REACH_S", 1)
    month = o.month_number("1985-12")
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        rolling.run(frame, [rolling.Block(month, month, month)], tmp_path, FAST, cluster="tcp://127.0.0.1:9")


def test_unknown_lenses_and_blocks_that_cannot_be(frame: pl.DataFrame, tmp_path: Path) -> None:
    block = [rolling.Block(o.month_number("1985-12"), o.month_number("1985-12"), o.month_number("1985-12"))]
    with pytest.raises(InputError, match="crystal"):
        rolling.run(frame, block, tmp_path, ("crystal ball",))
    with pytest.raises(InputError, match="before the month of the fit"):
        rolling.Block(10, 9, 11)


def test_a_pool_learns_only_from_blocks_before_it(frame: pl.DataFrame) -> None:
    rng = np.random.default_rng(1)
    months, y = o.month_numbers(frame), o.observed(frame)
    made = []
    for fit in range(o.month_number("1975-12"), o.month_number("1985-12"), 24):
        rows = np.flatnonzero((months >= fit) & (months < fit + 24))
        made.append(
            rolling.BlockForecast(
                rolling.Block(fit, fit, fit + 23), rows, rng.uniform(0.01, 0.1, (2, len(rows), len(o.OUTCOMES), 3))
            )
        )
    found = rolling.pool(made, made[2], y, months, o.HORIZONS)
    changed = y.copy()
    changed[months + 1 > made[2].block.fit] = 1 - changed[months + 1 > made[2].block.fit]
    again = rolling.pool([*made[:2], made[4]], made[2], changed, months, o.HORIZONS)
    np.testing.assert_array_equal(found.chances, again.chances)
    assert np.all((found.low <= found.chances) & (found.chances <= found.high))
    first = rolling.pool(made, made[0], y, months, o.HORIZONS)
    assert first.pools[0][0].weights == pytest.approx([0.5, 0.5])


def test_a_backtest_scores_and_tells(frame: pl.DataFrame, tmp_path: Path) -> None:
    plan = evaluate.Plan("1986-12", "1989-11", 12, 48, FAST)
    found = evaluate.backtest(frame, plan, tmp_path, draws=200)
    assert len(found.rows) == 36
    row = next(r for r in found.rows if (r.outcome, r.horizon) == ("any_exit", 1))
    assert set(row.scores) == {*FAST, "pool"}
    c = row.comparisons["constant"]
    assert c.low <= c.difference <= c.high
    assert c.difference == pytest.approx(row.scores["pool"].log - row.scores["constant"].log)
    y = o.observed(frame)[(o.month_numbers(frame) >= o.month_number("1986-12"))]
    assert row.scores["pool"].rows <= len(y)
    json.dumps(found.to_json())
    text = evaluate.markdown(found)
    assert "**coup_attempt, 6 m**" in text
    assert "| pool |" in text


def test_joint_losses_by_hand() -> None:
    p = np.zeros((3, len(o.OUTCOMES)))
    p[:, [o.position(n) for n in o.JOINT]] = np.array([0.2, 0.1, 0.05, 0.02, 0.01, 0.01, 0.01])
    y = np.zeros_like(p)
    y[1, o.position("natural")] = 1
    y[2, o.position("irregular")] = 1  # 'irregular, other' counts as a coup
    assert evaluate.joint_losses(p, y) == pytest.approx(-np.log([0.6, 0.1, 0.05]))


def test_the_command_on_later_months_without_outcomes(
    frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "LENSES", {n: rolling.LENSES[n] for n in FAST})
    monkeypatch.setattr(files.forecast, "__defaults__", (FAST, *files.forecast.__defaults__[1:]))
    outcome = [c for c in frame.columns if "_next" in c]
    early, late = frame.filter(pl.col("origin") <= "1989-12"), frame.filter(pl.col("origin") > "1989-12").drop(outcome)
    early.write_parquet(tmp_path / "early.parquet")
    late.write_csv(tmp_path / "late.csv")
    words = ["forecast", "--panel", str(tmp_path / "late.csv"), "--train-panel", str(tmp_path / "early.parquet")]
    words += [
        "--train-until",
        "1989-12",
        "--origins",
        "1990-01:1991-06",
        "--refit",
        "yearly",
        "--past-step",
        "48",
        "--jobs",
        "1",
    ]
    words += ["--horizons", "1,12", "--outcomes", "irregular,coup_attempt", "--work", str(tmp_path / "work")]
    for name in ("f.csv", "f.parquet"):
        ended = CliRunner().invoke(app, [*words, "--out", str(tmp_path / name)], catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
    table = files.read(tmp_path / "f.csv")
    assert table.columns == list(files.COLUMNS)
    assert table.height == 16 * 18 * 2 * 2
    assert sorted(table["outcome"].unique()) == ["coup_attempt", "irregular"]
    assert table["origin"].min(), table["origin"].max() == ("1990-01", "1991-06")
    same = files.read(tmp_path / "f.parquet")
    assert same["probability"].to_numpy() == pytest.approx(table["probability"].to_numpy(), abs=1e-8)
    one = table.filter(pl.col("gwcode") == 2, pl.col("origin") == "1990-05", pl.col("outcome") == "irregular")
    assert one["leader_id"][0] == late.filter(pl.col("gwcode") == 2, pl.col("origin") == "1990-05")["leader_id"][0]
    assert one.sort("horizon")["probability"].is_sorted()


def test_later_outcomes_do_not_blot_out_earlier_ones(frame: pl.DataFrame) -> None:
    late = frame.filter(pl.col("origin") >= "1985-01").with_columns(exit_next1=pl.lit(None, pl.String))
    both = combine(frame.filter(pl.col("origin") <= "1985-06"), late)
    assert both.height == frame.height
    inside = both.filter(pl.col("origin") == "1985-03")["exit_next1"].to_list()
    assert inside == frame.filter(pl.col("origin") == "1985-03").sort("gwcode")["exit_next1"].to_list()
    assert both.filter(pl.col("origin") == "1986-03")["exit_next1"].null_count() == 16
    assert has_outcomes(both, "1985-01")
    assert not has_outcomes(late, "1993-01")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (pl.lit("1990/05").alias("origin"), "no month"),
        (pl.lit("juntas").alias("regime"), "unknown value"),
        (pl.lit(-3).alias("tenure_m"), "outside 0 to 1200, the first -3 in row 1"),
        (pl.lit("many").alias("coup_att_60m"), "expected numbers"),
        (pl.lit("abdicated").alias("exit_next6"), "exit_next6"),
        (pl.lit(2).alias("gwcode"), "expected one"),
    ],
)
def test_panels_that_cannot_be_read(frame: pl.DataFrame, tmp_path: Path, change: pl.Expr, said: str) -> None:
    frame.with_columns(change).write_parquet(tmp_path / "p.parquet")
    with pytest.raises(InputError, match=said):
        read_panel(tmp_path / "p.parquet")


def test_files_that_are_not_there(frame: pl.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_panel(tmp_path / "none.parquet")
    frame.drop("region").write_parquet(tmp_path / "p.parquet")
    with pytest.raises(InputError, match="missing: region"):
        read_panel(tmp_path / "p.parquet")
    with pytest.raises(InputError, match="ending"):
        files.write(frame, tmp_path / "f.xlsx")
    with pytest.raises(InputError, match="--train-until, --origins, --out"):
        CliRunner().invoke(app, ["forecast", "--panel", "p.parquet"], catch_exceptions=False)
    with pytest.raises(InputError, match="--as-of"):
        CliRunner().invoke(app, ["forecast"], catch_exceptions=False)


def test_own_columns_are_joined_after_their_lag_and_used(frame: pl.DataFrame, tmp_path: Path) -> None:
    own = frame.select("origin", "gwcode", (pl.col("exit_next1") == "coup").cast(pl.Float64).alias("oracle"))
    own.write_csv(tmp_path / "own.csv")
    joined = with_extra(frame, tmp_path / "own.csv")
    assert joined.select(frame.columns).equals(frame)
    known = joined.filter(pl.col("exit_next1").is_not_null())
    assert (known["extra_oracle"] == (known["exit_next1"] == "coup").cast(pl.Float64)).all()
    late = with_extra(frame, tmp_path / "own.csv", 2)
    month = late.filter(pl.col("gwcode") == 2).sort("origin")
    assert month["extra_oracle"][2:].to_list() == joined.filter(pl.col("gwcode") == 2)["extra_oracle"][:-2].to_list()
    assert "extra_oracle" in columns(joined).names
    for text, said in (
        ("origin,gwcode\n1960-01,2\n", "numbers"),
        ("month,gwcode,x\n1960-01,2,1\n", "origin"),
        ("origin,gwcode,x\n1960-01,2,a\n", "column.*x"),
        ("origin,gwcode,x\n1960-01,2,1\n1960-01,2,3\n", "more than one row"),
    ):
        (tmp_path / "bad.csv").write_text(text)
        with pytest.raises(InputError, match=said):
            with_extra(frame, tmp_path / "bad.csv")
    with pytest.raises(InputError, match="before they were known"):
        with_extra(frame, tmp_path / "own.csv", -1)
