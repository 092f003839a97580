"""The words of this room against those that the rest of the program uses."""

from __future__ import annotations

from typing import get_args

from offramp.case import models
from offramp.codes import exits
from offramp.codes import states as codes
from offramp.hazard import store
from offramp.history import vocabulary


def test_modes_and_fates_are_those_of_the_codes() -> None:
    assert tuple(mode.value for mode in exits.RECORDED_MODES) == vocabulary.MODES
    assert tuple(fate.value for fate in exits.Fate) == vocabulary.FATES
    assert exits.ExitMode.IN_OFFICE.value == vocabulary.IN_OFFICE


def test_every_regime_of_a_case_is_known() -> None:
    assert set(get_args(models.Regime)) <= set(vocabulary.REGIME_NAMES)
    assert set(vocabulary.REIGN_TYPES.values()) == set(vocabulary.REGIMES)


def test_every_state_of_the_record_that_still_exists_has_a_code() -> None:
    today = {state.iso3 for state in codes.states() if state.end is None}
    gone = {"CSK", "DDR", "VDR", "XTB", "YMD", "YUG", "ZZB"}
    assert set(store.shipped().countries) - today == gone
