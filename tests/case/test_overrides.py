from __future__ import annotations

import math

import pytest
from case_sample import case

from offramp.case.overrides import effective, parse_setting
from offramp.errors import InputError


def with_settings(*settings):
    base = case()
    base.overrides = dict(parse_setting(text) for text in settings)
    return effective(base)


def test_one_number_moves_an_assessment_and_keeps_its_width_in_log_odds():
    before, after = case().assessments.army_loyalty, with_settings("army_loyalty=0.5").assessments.army_loyalty
    assert after.central == 0.5

    def logit(p):
        return math.log(p / (1 - p))

    assert logit(after.high) - logit(after.central) == pytest.approx(logit(before.high) - logit(before.central))
    assert logit(after.central) - logit(after.low) == pytest.approx(logit(before.central) - logit(before.low))
    assert after.evidence[0].evidence == "analyst"


def test_three_numbers_are_low_central_high():
    street = with_settings("assessments.street=0.2,0.5,0.9").assessments.street
    assert (street.low, street.central, street.high) == (0.2, 0.5, 0.9)


def test_any_value_has_a_path():
    changed = with_settings("state.offer=safe_passage_immunity", "ruler.birth_year=null", "history.0.reply=held")
    assert changed.state.offer == "safe_passage_immunity"
    assert changed.ruler.birth_year is None
    assert changed.history[0].reply == "held"


def test_the_case_itself_is_not_touched():
    base = case()
    base.overrides = dict([parse_setting("street=0.9")])
    effective(base)
    assert base.assessments.street.central == 0.12


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("army_loyalty", "expected PATH=VALUE"),
        ("=3", "expected PATH=VALUE"),
        ("army_loyalti=0.5", "Did you mean 'army_loyalty'"),
        ("state.offr=none", "Did you mean 'offer'"),
        ("state.offer=money", "override of state.offer"),
        ("street=1.2", "between 0 and 1"),
        ("street=0.5,0.2,0.9", "must not fall"),
        ("street=&a 0.5", "anchors and aliases"),
        ("history.7.reply=held", "a number below 1"),
        ("name.first=x", "nothing lies below"),
        ("schema=2", "unknown key"),
    ],
)
def test_a_wrong_setting_is_one_clear_error(setting, message):
    with pytest.raises(InputError, match=message):
        with_settings(setting)
