"""Writing the brief: all three files or none, and nobody's work overwritten."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest

from offramp.case.files import loads
from offramp.errors import InputError
from offramp.forecast.brief import Brief
from offramp.report import files


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, page_text: str):
    """Rendering has its own tests."""
    monkeypatch.setattr(files.html, "render", lambda brief: page_text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_three_files_that_read_back(brief: Brief, tmp_path: Path):
    out = tmp_path / "deep" / "er"
    written = files.write(brief, out)
    assert list(written) == ["brief.html", "brief.json", "case.yaml"]
    assert all(path.parent == out and path.is_file() for path in written.values())
    assert Brief.model_validate_json((out / "brief.json").read_text("utf-8")) == brief
    assert json.loads((out / "brief.json").read_text("utf-8"))["schema"] == 1
    assert loads((out / "case.yaml").read_text("utf-8")) == brief.case
    assert names(tmp_path / "deep") == ["er"]


def test_a_case_text_is_kept_as_it_is(brief: Brief, tmp_path: Path):
    files.write(brief, tmp_path / "x", case_text="# mine\n")
    assert (tmp_path / "x/case.yaml").read_text() == "# mine\n"


def test_an_existing_folder_needs_force_and_is_then_replaced(brief: Brief, tmp_path: Path):
    out = tmp_path / "x"
    files.write(brief, out)
    (out / "brief.html").write_text("old")
    with pytest.raises(InputError, match="--force"):
        files.write(brief, out)
    assert (out / "brief.html").read_text() == "old"
    files.write(brief, out, force=True)
    assert (out / "brief.html").read_text("utf-8").startswith("<!doctype html>")
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("name", ["notes.txt", "brief.html.bak", ".hidden"])
def test_force_does_not_replace_what_is_not_ours(brief: Brief, tmp_path: Path, name: str):
    out = tmp_path / "x"
    files.write(brief, out)
    (out / name).write_text("mine")
    with pytest.raises(InputError, match=f"did not write.*{name}"):
        files.write(brief, out, force=True)
    assert (out / name).read_text() == "mine"


def test_force_does_not_replace_a_look_alike(brief: Brief, tmp_path: Path):
    out = tmp_path / "x"
    out.mkdir()
    (out / "case.yaml").write_text("mine")
    with pytest.raises(InputError, match="does not look like a brief"):
        files.write(brief, out, force=True)
    (out / "brief.json").write_text('{"schema": 1}')
    with pytest.raises(InputError, match="does not look like a brief"):
        files.write(brief, out, force=True)
    assert (out / "case.yaml").read_text() == "mine"


def test_an_empty_folder_may_be_filled_with_force(brief: Brief, tmp_path: Path):
    (tmp_path / "x").mkdir()
    files.write(brief, tmp_path / "x", force=True)
    assert len(names(tmp_path / "x")) == 3


def test_a_file_in_the_way_and_a_folder_under_a_file_are_named(brief: Brief, tmp_path: Path):
    (tmp_path / "f").write_text("mine")
    with pytest.raises(InputError, match="a file of this name"):
        files.write(brief, tmp_path / "f", force=True)
    with pytest.raises(InputError, match="cannot"):
        files.write(brief, tmp_path / "f" / "x")
    assert (tmp_path / "f").read_text() == "mine"


def test_a_link_to_a_brief_stays_a_link(brief: Brief, tmp_path: Path):
    files.write(brief, tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real/brief.html").write_text("old")
    files.write(brief, tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/brief.html").read_text("utf-8") != "old"


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("stage", ["_fill", "_swap"])
def test_an_interruption_leaves_the_old_brief(
    brief: Brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, stage: str
):
    out = tmp_path / "x"
    files.write(brief, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(files, stage, fail)
    with pytest.raises(KeyboardInterrupt if isinstance(fault, KeyboardInterrupt) else InputError):
        files.write(brief, out, force=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert names(tmp_path) == ["x"]


def test_without_an_exchange_the_old_folder_comes_back(brief: Brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = tmp_path / "x"
    files.write(brief, out)
    monkeypatch.setattr(files, "_exchange", lambda *_: False)
    files.write(brief, out, force=True)
    assert names(tmp_path) == ["x"]
    rename = Path.rename
    calls = []

    def second_fails(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(KeyboardInterrupt):
        files.write(brief, out, force=True)
    assert names(tmp_path) == ["x"]
    assert len(names(out)) == 3


def test_folder_and_files_have_ordinary_rights(brief: Brief, tmp_path: Path):
    plain = tmp_path / "plain"
    plain.mkdir()
    files.write(brief, tmp_path / "x")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_default_folder_is_named_after_the_case(brief: Brief):
    assert files.default_folder(brief) == Path("venezuela-script-window-pwned-1-script-the-united-states-202")
    case = brief.case.model_copy(update={"name": "../../Çà et là: «Æ»"})
    assert files.default_folder(brief.model_copy(update={"case": case})) == Path("ca-et-la")
    case = brief.case.model_copy(update={"name": "漢字"})
    assert files.default_folder(brief.model_copy(update={"case": case})) == Path("brief")


def test_vendored_axe_is_the_file_it_says_it_is():
    vendor = Path(__file__).parents[1] / "vendor"
    found = hashlib.sha256((vendor / "axe/axe.min.js").read_bytes()).hexdigest()
    assert found in (vendor / "VENDORED.md").read_text("utf-8")
