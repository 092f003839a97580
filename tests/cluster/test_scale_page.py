"""The examples of docs/scale.md, run as they stand: a scheduler and workers by command line, one of them killed."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from offramp import cluster
from offramp.cli.corpus_parts import read_parts
from offramp.reading.reader import Options

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/scale.md").read_text("utf-8")


def example(kind: str, holding: str) -> str:
    (found,) = [block for block in re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL) if holding in block]
    return found


@pytest.fixture(scope="module")
def corpus() -> ModuleType:
    """The generator of reports with known truth."""
    spec = importlib.util.spec_from_file_location("offramp_corpus", ROOT / "benchmarks/corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_corpus_read_by_workers_of_which_one_is_killed(
    corpus: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    corpus.write(Path("news.parquet"), 200)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    script = example("sh", "kill -9").replace("8786", port)
    assert script.count(port) == 4
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PATH": path},
        check=False,
    )
    assert "200 reports, 0 of which could not be read" in told.stderr, told.stderr[-3000:]
    entries = cluster.manifest(Path("parts"))["done"]
    assert cluster.manifest(Path("parts"))["finished"]
    assert len({entry["worker"] for entry in entries}) == 2
    assert max(entry["peak_mib"] for entry in entries) < 2048
    # Nothing lost, nothing doubled, nothing coded otherwise than by one process.
    list(read_parts(None, ["news.parquet"], Options(), Path("alone")))
    for file in sorted(Path("alone").glob("*.parquet")):
        assert (Path("parts") / file.name).read_bytes() == file.read_bytes()
    found = corpus.score(Path("news.parquet"), Path("parts"))
    assert (found["reports"], found["lost"], found["doubled"]) == (200, 0, 0)
    assert (found["wrongly_read"], found["wrongly_refused"]) == (0, 0)
    assert min(found["events_found"], found["events_right"], found["offers_found"]) > 0.85


def test_the_example_in_python(tmp_path: Path) -> None:
    script = tmp_path / "squares.py"
    script.write_text(example("python", "def squares").replace("1_000_000", "1_000"), "utf-8")
    run = [sys.executable, "-W", "ignore", str(script)]
    first = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert first.stdout.startswith("2 workers, at most 1.0 GiB each; scheduler tcp://127.0.0.1:")
    assert str(sum(n * n for n in range(1000))) in first.stdout
    assert "earlier run" not in first.stdout


def test_made_up_reports_depend_on_their_number_and_seed_alone(corpus: ModuleType) -> None:
    assert corpus.report(7, 1) == corpus.report(7, 1)
    assert corpus.report(7, 1) != corpus.report(7, 2)
    kinds = {event[0] for number in range(300) for event in corpus.report(number)[2]["events"]}
    assert {"THREATEN", "SANCTION", "REQUEST", "REJECT", "AGREE", "ACCUSE", "CONSULT", "SUPPORT"} <= kinds
    readable = [corpus.report(number)[2]["readable"] for number in range(1000)]
    assert readable.count(False) == 3
    assert len({corpus.report(number)[0] for number in range(1000) if readable[number]}) > 990
