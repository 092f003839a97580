"""Gambit's files read and written; malformed files and impossible games named; printing, drawing, frames."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from offramp.errors import InputError, NotConvergedError
from offramp.games import arrays
from offramp.games.build import chance, end, move, normal_form, tree
from offramp.games.efg import efg_text, parse_efg, read_efg, write_efg
from offramp.games.form import Game
from offramp.games.nfg import nfg_text, parse_nfg, read_nfg, write_nfg
from offramp.games.solve import trace_branch
from offramp.games.standard import CATALOGUE, make

HEAD = 'EFG 2 R "t" { "A" "B" }\n'
TWO = HEAD + 'p "" 1 1 "" { "x" "y" } 0\nt "" 1 "" { 1, 2 }\nt "" 2 "" { 3, 4 }\n'


def same(a: Game, b: Game) -> bool:
    return (
        a.players == b.players
        and [(n.kind, n.parent, n.action) for n in a.nodes] == [(n.kind, n.parent, n.action) for n in b.nodes]
        and [(i.player, i.number, i.actions) for i in a.decisions]
        == [(i.player, i.number, i.actions) for i in b.decisions]
        and np.array_equal(a.payoffs, b.payoffs)
        and np.array_equal(a.arrays.log_chance, b.arrays.log_chance)
    )


def test_every_shared_game_survives_writing(shared: Path, tmp_path: Path) -> None:
    files = sorted((shared / "data/efg").glob("*.efg")) + sorted((shared / "reference/gambit").glob("*.efg"))
    assert len(files) > 15
    for file in files:
        game = read_efg(file)
        assert same(parse_efg(efg_text(game)), game)
    write_efg(game, tmp_path / "again.efg")
    assert same(read_efg(tmp_path / "again.efg"), game)


@pytest.mark.parametrize("name", CATALOGUE)
def test_catalogue_survives_writing_and_prints(name: str) -> None:
    game = make(name)
    again = parse_efg(efg_text(game))
    assert same(again, game)
    assert len(game.text().splitlines()) >= len(game.nodes)
    assert game.draw().svg.count("<circle") >= len(game.leaves)
    assert str(game.solve(1.0)).count("\n") > sum(len(i.actions) for i in game.decisions)


def test_shorthand_exact_numbers_and_inner_payoffs() -> None:
    text = HEAD + (
        'c "" 1 "deal" { "h" 1/3 "l" 2/3 } 0\n'
        'p "" 1 1 "a" { "x" "y" } 7 "toll" { -1/2 .5 }\n'
        't "" 1 "one" { 1e-1, 2 }\nt "" 2 "two" { 3 4 }\n'
        'p "" 1 1 0\nt "" 1\nt "" 2\n'
    )
    game = parse_efg(text)
    assert game.payoffs.tolist() == [[-0.4, 2.5], [2.5, 4.5], [0.1, 2.0], [3.0, 4.0]]
    assert game.infosets[0].chances == (Fraction(1, 3), Fraction(2, 3))
    assert len(game.decisions[0].nodes) == 2
    assert same(parse_efg(efg_text(game)), game)


BAD = [
    ("NFG 1 R", "line 1, column 1: expected EFG"),
    (HEAD.replace("2 R", "1 R") + "", "only version 2"),
    (HEAD + 'p "" 1 1 "" { "x" "y" } 0\nt "" 1 "" { 1, 2 }\n', "expected a node .* found 'end of file'"),
    (TWO + 't "" 3 "" { 0, 0 }\n', "line 5, column 1: the tree is complete"),
    (TWO.replace("3, 4", "3"), "line 4, column 6: outcome 2 has 1 payoffs; expected 2"),
    (TWO.replace("3, 4", "3, nan"), "a payoff is nan; expected a finite number"),
    (TWO.replace("3, 4", "3, 4x"), "line 4, column 16: expected a payoff"),
    (TWO.replace("3, 4", "3, 1/0"), "divides by zero"),
    (TWO.replace("3, 4", "3, 1e999999999"), "beyond the range"),
    (TWO.replace('p "" 1 1', 'p "" 3 1'), "line 2, column 6: there is no player 3"),
    (TWO.replace('"y" }', '"y }'), "quotation mark|expected"),
    (TWO.replace('t "" 2 "" { 3, 4 }', 't "" 2 ""'), "outcome 2 occurs for the first time and its payoffs are missing"),
    (TWO.replace('t "" 2 "" { 3, 4 }', 't "" 1 "" { 3, 4 }'), "outcome 1 has other payoffs"),
    (TWO.replace('p "" 1 1 "" { "x" "y" }', 'p "" 1 1'), "its actions are missing"),
    (TWO.replace('p "" 1 1 "" { "x" "y" }', 'c "" 1 "" { "x" 1/2 "y" 1/3 }'), "sum to 0.8333333333; expected 1"),
    (TWO.replace('p "" 1 1 "" { "x" "y" }', 'c "" 1 "" { "x" 3/2 "y" -1/2 }'), "expected a number from 0 to 1"),
    (TWO.replace("{ 1, 2 }", "1, 2"), "line 3, column"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_malformed_files_name_the_place(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_efg(text, "bad.efg")
    assert str(caught.value).startswith("bad.efg: line ")


def test_normal_form_files(tmp_path: Path) -> None:
    plain = 'NFG 1 R "pd" { "A" "B" } { 2 2 }\n\n3 3 5 0 0 5 1 1\n'
    game = parse_nfg(plain)
    assert game.payoffs.tolist() == [[3, 3], [0, 5], [5, 0], [1, 1]]
    listed = (
        'NFG 1 R "pd" { "A" "B" }\n{ { "c" "d" } { "c" "d" } }\n""\n'
        '{ { "" 3, 3 } { "" 5, 0 } { "" 0, 5 } { "" 1, 1 } }\n1 2 3 4\n'
    )
    assert parse_nfg(listed).payoffs.tolist() == game.payoffs.tolist()
    write_nfg(game, tmp_path / "pd.nfg")
    assert read_nfg(tmp_path / "pd.nfg").payoffs.tolist() == game.payoffs.tolist()
    # The normal form of a tree: 2 x 2 strategies of the second player against 2 of the first.
    follow = tree("f", ["A", "B"], move("A", {
        "l": move("B", {"x": end(1, 2), "y": end(3, 4)}), "r": move("B", {"x": end(5, 6), "y": end(7, 8)}),
    }))  # fmt: skip
    table = parse_nfg(nfg_text(follow))
    assert [len(i.actions) for i in table.decisions] == [2, 4]
    assert table.payoffs.tolist() == [[1, 2], [1, 2], [3, 4], [3, 4], [5, 6], [7, 8], [5, 6], [7, 8]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('NFG 1 R "t" { "A" "B" } { 2 2 }\n1 2 3 4 5 6', "payoffs end after 3 of 4"),
        ('NFG 1 R "t" { "A" "B" } { 2 }\n1 2', "strategies are given for 1 players"),
        ('NFG 1 R "t" { "A" } { 2 }\n1 2 3', "line 2, column 5: all payoffs are there"),
        ('NFG 1 R "t" { "A" } { { "a" "b" } }\n{ { "" 1 } }\n1 2', "there is no outcome 2"),
        ('NFG 1 R "t" { "A" "B" } { 99999 99999 }\n1', "strategy profiles; at most"),
    ],
)
def test_malformed_normal_forms(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_nfg(text)


def test_impossible_games() -> None:
    leaf = end(0, 0)
    with pytest.raises(InputError, match="'C' moves but is no player"):
        tree("t", ["A", "B"], move("C", {"x": leaf}))
    with pytest.raises(InputError, match="they must be the same"):
        tree(
            "t",
            ["A", "B"],
            move("A", {"x": move("B", {"l": leaf}, infoset="b"), "y": move("B", {"r": leaf}, infoset="b")}),
        )
    with pytest.raises(InputError, match="payoff of 'B' at outcome 1 '' is nan"):
        tree("t", ["A", "B"], move("A", {"x": end(1, float("nan"))}))
    with pytest.raises(InputError, match="has 1 payoffs; expected 2"):
        tree("t", ["A", "B"], move("A", {"x": end(1)}))
    with pytest.raises(InputError, match=r"probabilities sum to 0\.9"):
        tree("t", ["A", "B"], chance({"x": (0.5, leaf), "y": (0.4, leaf)}))
    with pytest.raises(InputError, match="probability of 'x' is nan"):
        tree("t", ["A", "B"], chance({"x": (float("nan"), leaf), "y": (0.4, leaf)}))
    with pytest.raises(InputError, match="absent-mindedness"):
        tree("t", ["A"], move("A", {"x": move("A", {"x": end(1), "y": end(2)}, infoset="i"), "y": end(0)}, infoset="i"))
    with pytest.raises(InputError, match="has no parameter 'offer'"):
        make("poker").at(offer=1)
    with pytest.raises(InputError, match="cannot be computed at parameters"):
        tree("t", ["A"], move("A", {"x": end(lambda p: p.missing), "y": end(0)}))
    with pytest.raises(InputError, match="Did you mean 'centipede'"):
        make("centipedes")


def test_a_game_too_large_says_how_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "MOST_BYTES", 1 << 20)
    with pytest.raises(InputError, match=r"10,000 leaves of depth 2 and 200 actions need about 0\.0\d* GiB"):
        normal_form(np.zeros((2, 100, 100))).solve(1.0)


def test_unreachable_information_set_is_named() -> None:
    game = tree(
        "t",
        ["A"],
        chance({"never": (0, move("A", {"x": end(1), "y": end(0)}, infoset="ghost")), "always": (1, end(0))}),
    )
    with pytest.raises(InputError, match="information set 1 'ghost' of 'A' lies behind a chance move of probability 0"):
        game.solve(1.0)


def test_imperfect_recall_is_solved_by_agents_and_said() -> None:
    # A forgets its first move: the second information set holds nodes from both.
    below = [move("A", {"l": end(k), "r": end(1 - k)}, infoset="later") for k in (0, 1)]
    game = tree("forgetful", ["A"], move("A", {"u": below[0], "d": below[1]}))
    found = game.solve(1.5)
    assert any("imperfect recall" in note for note in found.notes)
    assert found.residual < 1e-12
    assert found.strategy == pytest.approx([0.5] * 4)


def test_precisions_at_the_edges() -> None:
    game = make("poker")
    assert np.allclose(game.solve(0).strategy, 0.5)
    for bad in (-1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="expected a finite number of at least 0"):
            game.solve(bad)
    with pytest.raises(InputError, match="precision lacks 'Second'"):
        game.solve({"First": 1.0})
    with pytest.raises(InputError, match="has no player 'Third'"):
        game.solve({"First": 1.0, "Third": 1.0})
    # Dominance: exp(-1e8) underflows, its logarithm does not.
    sure = tree("t", ["A"], move("A", {"x": end(1), "y": end(0)})).solve(1e8)
    assert sure.log_probabilities[1] == pytest.approx(-1e8)
    assert sure.strategy.tolist() == [1.0, 0.0]
    one_sided = game.solve({"First": 0.0, "Second": 5.0})
    assert np.allclose(one_sided.strategy[:4], 0.5)


def test_solver_that_stops_early_says_so() -> None:
    game = make("centipede")
    with pytest.raises(NotConvergedError, match="step limit was reached after 2 steps"):
        game.solve(50.0, max_steps=2)
    marked = game.solve(50.0, max_steps=2, throw=False)
    assert not marked.converged
    assert marked.outcome == "steps_spent"
    with pytest.raises(NotConvergedError, match="time limit"):
        game.solve(50.0, seconds=0.0)
    with pytest.raises(NotConvergedError, match="is no equilibrium"):
        marked.sensitivity()


def test_games_without_choices() -> None:
    lone = tree("nothing", ["A"], end(3))
    assert lone.solve(1.0).payoffs.tolist() == [3.0]
    assert lone.limit().regret == 0
    forced = tree("forced", ["A"], move("A", {"only": end(2)}))
    assert forced.solve(5.0).strategy.tolist() == [1.0]


def test_results_print_and_convert(tmp_path: Path) -> None:
    game = make("poker")
    solution, branch, limit = game.solve(2.0), game.branch(to=5.0), game.limit()
    for result in (solution, branch, limit, game.sweep(bet=[0.5, 1.0]), solution.derivative("bet")):
        assert "<table>" in result._repr_html_()
        assert repr(result).startswith("<")
        assert result.tidy().height > 0
    assert "pandas" not in sys.modules or solution.tidy("pandas") is not None
    with pytest.raises(InputError, match="known: polars, pandas, rows"):
        solution.tidy("excel")
    assert solution.rows()[0]["belief"] == [1.0]
    assert {"player", "infoset", "action", "probability", "belief", "value"} == set(solution.rows()[0])
    branch.plot().save(tmp_path / "branch.svg")
    branch.plot().save(tmp_path / "branch.png")
    assert (tmp_path / "branch.png").read_bytes().startswith(b"\x89PNG")
    assert "<desc>" in (tmp_path / "branch.svg").read_text()
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        branch.plot().save(tmp_path / "branch.pdf")
    assert "precision" in branch.chart()
    assert trace_branch(game, to=5.0).precision[-1] == 5.0
