"""The files that ship: whole, small, readable back, and refused when they fit other code."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from offramp.errors import InputError
from offramp.hazard import store
from offramp.history.vocabulary import MODES


def test_shipped_numbers_are_whole() -> None:
    fitted = store.shipped()
    modes, columns, countries = len(MODES), len(fitted.manifest["columns"]), len(fitted.countries)
    assert fitted.mean.shape == (modes, columns)
    assert fitted.factor.shape == (modes, columns, columns)
    assert fitted.slopes.shape == (modes, countries, columns)
    assert fitted.country_mean.shape == fitted.country_variance.shape == (modes, countries)
    assert all(np.isfinite(getattr(fitted, n)).all() for n in ("mean", "factor", "slopes", "country_mean", "scales"))
    assert (np.diagonal(fitted.factor, axis1=1, axis2=2) > 0).all()
    assert (fitted.country_variance > 0).all()
    assert (fitted.scales > 0).all()
    assert fitted.cut_year == 2010.0
    assert sum(fitted.manifest["events"].values()) == 1833
    assert fitted.country_index("VEN") is not None
    assert fitted.country_index("XXX") is None
    assert fitted.country_index(None) is None
    size = sum(len(f.read_bytes()) for f in (files("offramp.hazard") / "data").iterdir() if f.name != "__pycache__")
    assert size < 1_000_000


def test_saved_and_loaded_again(tmp_path: Path) -> None:
    fitted = store.shipped()
    store.save(fitted, tmp_path)
    again = store.load(tmp_path)
    assert np.array_equal(again.mean, fitted.mean)
    assert np.array_equal(again.slopes, fitted.slopes)
    assert again.population == fitted.population
    assert again.manifest == fitted.manifest
    assert again.regions == fitted.regions
    first = (tmp_path / store.ARRAYS).read_bytes()
    store.save(fitted, tmp_path)
    assert (tmp_path / store.ARRAYS).read_bytes() == first, "the same numbers make the same bytes"


def test_files_for_other_columns_are_refused(tmp_path: Path) -> None:
    store.save(store.shipped(), tmp_path)
    path = tmp_path / store.MANIFEST
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"columns": manifest["columns"][1:]}))
    with pytest.raises(InputError, match=r"fitted for other columns .*offramp history fit"):
        store.load(tmp_path)


def test_missing_or_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no fitted hazards"):
        store.load(tmp_path)
    store.save(store.shipped(), tmp_path)
    (tmp_path / store.ARRAYS).write_bytes(b"PK no archive")
    with pytest.raises(InputError, match="no fitted hazards"):
        store.load(tmp_path)
