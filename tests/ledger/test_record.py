"""A forecast in the ledger: nothing of its reports in the chain, made again bit for bit, also after erasing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from offramp.case.files import load
from offramp.errors import InputError
from offramp.forecast.pipeline import Options, Result, assess_standoff
from offramp.forecast.record import append_brief, case_key, replay, whole_case
from offramp.ledger import code, entries
from offramp.ledger.chain import canonical
from offramp.ledger.store import Ledger
from offramp.ledger.texts import erase
from offramp.ledger.verify import verify

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def result(examples: Path) -> Result:
    return assess_standoff(Options(sources=(str(examples / "venezuela-2025.md"),), draws=16, seed=11, months=12))


@pytest.fixture(scope="module")
def ledger(result: Result, tmp_path_factory: pytest.TempPathFactory):
    with Ledger(str(tmp_path_factory.mktemp("ledger") / "l.sqlite")) as store:
        append_brief(store, result.brief)
        yield store


def test_the_entry_says_what_the_brief_says(ledger: Ledger, result: Result):
    content = entries.get(ledger, 1).content
    for name in ("game", "history", "structural"):
        told = {key: series.model_dump() for key, series in result.brief.lenses[name].outcomes.items()}
        assert content["lenses"][name] == told
    assert content["run"] == {"months": 12, "draws": 16, "seed": 11, "nodes": 21}
    assert content["case"] == case_key(result.brief.case) == "ven-nicolas-maduro"
    assert content["as_of"] == "2025-12-01"
    assert content["code"]["offramp"]
    assert "exitgame/data/anchor_b.json" in content["models"]


def test_no_sentence_of_a_report_is_in_the_chain(ledger: Ledger, result: Result):
    chained = canonical(entries.get(ledger, 1).content)
    (text,) = [report.text for report in result.brief.reports]
    words = text.split()
    runs = {" ".join(words[i : i + 4]) for i in range(len(words) - 3)}
    assert len(runs) > 100
    plain = json.loads(json.dumps(chained))
    assert [run for run in runs if json.dumps(run)[1:-1] in plain] == []
    assert result.brief.case.state.offer_condition is not None
    assert 'offer_condition":null' in chained


def test_the_case_comes_back_whole(ledger: Ledger, result: Result):
    found = whole_case(ledger, entries.get(ledger, 1)).model_dump()
    told = result.brief.case.model_dump()
    for part in ("reports", "offers", "demands", "history", "assessments", "ruler", "coercers"):
        assert found[part] == told[part], part
    for a, b in zip(found["events"], told["events"], strict=True):
        assert a == b | {"claim": None}


def test_replayed_bit_for_bit_in_another_process_after_erasing(ledger: Ledger, result: Result):
    here = replay(ledger, 1)
    assert (here.same, here.apart, here.changed) == (True, 0.0, [])
    erase(ledger, result.brief.case.reports[0].sha256, why="asked", by="ann")
    done = subprocess.run(
        [sys.executable, "-m", "offramp", "ledger", "replay", "1", "--json", "--ledger", str(ledger.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {"n": 1, "same": True, "apart": 0.0, "changed": []}
    assert verify(ledger).good
    assert whole_case(ledger, entries.get(ledger, 1)).reports[0].path == "(erased)"


def test_a_replay_by_other_code_says_so(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    from offramp.forecast import record

    changed = {**code.code(), "offramp": "9.9", "source": "f" * 64}
    monkeypatch.setattr(record, "code", lambda: changed)
    monkeypatch.setattr(record, "models", lambda: {**code.models(), "exitgame/data/anchor_b.json": "0" * 64})
    found = replay(ledger, 1)
    assert found.same  # the figures do agree: only what is said of the code differs
    assert [line.split(":")[0] for line in found.changed] == ["offramp", "source", "model exitgame/data/anchor_b.json"]


def test_a_replay_that_differs_says_by_how_much(result: Result, tmp_path: Path):
    brief = result.brief.model_copy(deep=True)
    brief.case.assessments.army_loyalty = brief.case.assessments.army_loyalty.model_copy(
        update={"low": 0.1, "central": 0.2, "high": 0.3}
    )
    with Ledger(str(tmp_path / "l")) as store:
        append_brief(store, brief)  # figures of one case beside the statement of another
        found = replay(store, 1)
        assert not found.same
        assert found.apart > 0.001
        store.write(lambda c: entries.append(c, "resolution", "x", {"outcome": "coup"}))
        with pytest.raises(InputError, match="is a resolution"):
            replay(store, 2)


def test_an_edited_case_file_counts_as_the_same_standoff(result: Result, tmp_path: Path):
    (tmp_path / "case.yaml").write_text(result.case_text, "utf-8")
    assert case_key(load(tmp_path / "case.yaml")) == case_key(result.brief.case)
