"""The sample brief, rendered once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import sample  # type: ignore[import-not-found]


@pytest.fixture(scope="session")
def brief() -> Any:
    return sample.make()


@pytest.fixture(scope="session")
def page_text(brief: Any) -> str:
    from offramp.report import html

    return html.render(brief)


@pytest.fixture(scope="session")
def page_file(page_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "brief.html"
    path.write_text(page_text, "utf-8")
    return path
