from __future__ import annotations

import time
from pathlib import Path

import pytest
from case_sample import case
from hypothesis import given
from hypothesis import strategies as st

from offramp.case import files
from offramp.case.models import Assessment
from offramp.errors import InputError

probabilities = st.floats(min_value=1e-9, max_value=1 - 1e-9, exclude_min=True, exclude_max=True)


def test_a_case_reads_back_as_itself():
    assert files.loads(files.dump(case())) == case()


@given(st.lists(probabilities, min_size=3, max_size=3).map(sorted), st.text(min_size=1, max_size=60))
def test_numbers_and_odd_names_survive_to_the_last_bit(numbers, name):
    before = case()
    low, central, high = numbers
    before.assessments.street = Assessment(low=low, central=central, high=high, reason=name)
    before.ruler.name = name
    text = files.dump(before)
    assert files.loads(text) == before


def test_comments_and_order_survive_rewriting():
    text = files.dump(case()).replace("  birth_year: 1962", "  birth_year: 1962  # as he says himself")
    changed = files.loads(text)
    changed.ruler.office = "President"
    again = files.dump(changed, like=text)
    assert "# as he says himself" in again
    assert files.loads(again) == changed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  offer: safe_passage",
            "  ofer: safe_passage",
            r"x\.yaml:\d+: unknown key 'state\.ofer'\. Did you mean 'offer'",
        ),
        ("  country: VEN", "  country: VEN\n  county: VEN", r"unknown key 'ruler\.county'\. Did you mean 'country'"),
        ("as_of: 2025-12-01", "as_of: 2025-02-30", r"x\.yaml(:\d+)?: "),
        ("as_of: 2025-12-01", "as_of: 2009-12-01", "in_office_since 2013-03-05 lies after as_of 2009-12-01"),
        ("    central: 0.88", "    central: 0.99", "must not fall"),
        ("    central: 0.88", "    central: 1.88", r"x\.yaml:\d+: assessments\.army_loyalty\.central: .*found 1\.88"),
        ("  pressure: ultimatum", "  pressure: blockade", r"state\.pressure: .*'none', 'sanctions' or 'ultimatum'"),
        ("name: 'Venezuela", "name: &a 'Venezuela", "anchors and aliases"),
        ("schema: 1", "schema: !!python/object:os.system 1", "the tag .* is not allowed"),
        ("schema: 1", "schema: 2", "schema"),
        ("schema: 1", "schema: 1\nschema: 1", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_field(old, new, message):
    text = files.dump(case())
    assert old in text
    with pytest.raises(InputError, match=message):
        files.loads(text.replace(old, new, 1), name="x.yaml")


def test_a_line_number_points_at_the_line():
    text = files.dump(case()).replace("  offer: safe_passage", "  ofer: safe_passage", 1)
    line = next(i for i, row in enumerate(text.splitlines(), 1) if "ofer:" in row)
    with pytest.raises(InputError, match=rf"^x\.yaml:{line}: "):
        files.loads(text, name="x.yaml")


@pytest.mark.parametrize("text", ["", "- 1", "just words", "a: [1, 2", "\x00", "%YAML 9.9\n---\na: 1", "a: \t b: c: d"])
def test_no_case_is_one_clear_error(text):
    with pytest.raises(InputError, match=r"^case file"):
        files.loads(text)


def test_a_bomb_of_aliases_and_one_of_depth_cost_nothing():
    laughs = "a: &a [x, x]\n" + "".join(
        f"{k}: &{k} [*{j}, *{j}]\n" for j, k in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for text in (laughs, "[" * 5_000, "a: " + "{b: " * 1_000):
        start = time.monotonic()
        with pytest.raises(InputError):
            files.loads(text)
        assert time.monotonic() - start < 5


def test_files_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(InputError, match="No such file"):
        files.load(tmp_path / "none.yaml")
    wrong = tmp_path / "latin.yaml"
    wrong.write_bytes("name: Nicolás".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8 at byte"):
        files.load(wrong)
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (files.MAX_BYTES + 1))
    with pytest.raises(InputError, match="at most"):
        files.load(huge)
