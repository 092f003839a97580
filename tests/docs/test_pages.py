"""Pages that cannot rot: links that lead somewhere, commands and keys that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_local_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    page = (ROOT / "docs/dependencies.md").read_text("utf-8").lower()
    names = [re.split(r"[<>=~! ]", row)[0] for row in project["dependencies"]]
    assert [name for name in names if name.lower() not in page] == []


def test_every_key_of_a_case_file_is_explained():
    from offramp.case.models import Case

    page = (ROOT / "docs/case.md").read_text("utf-8")
    keys = [field.alias or name for name, field in Case.model_fields.items()]
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_nothing_committed_names_a_machine_or_a_registry():
    registry = "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry\\.npm" + "js", "deb\\.deb" + "ian"))
    pattern = re.compile(rf"{registry}|/wo" + r"rk/(main|shared)|/ro" + "ot/")
    kinds = {".py", ".md", ".toml", ".lock", ".sh", ".yaml", ".yml", ".cff", ".json", ".html", ".txt", ""}
    skipped = {".venv", "build", ".git", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if path.is_file() and path.suffix in kinds and not skipped & set(inside) and "__pycache__" not in inside:
            found = pattern.search(path.read_text("utf-8", errors="replace"))
            assert found is None, f"{path.relative_to(ROOT)}: {found and found.group()}"
