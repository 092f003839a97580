"""Exits, roles and PLOVER: closed lists are complete, documented, and the crosswalk is total."""

from __future__ import annotations

import subprocess
import sys

import pytest

from offramp.codes.exits import (
    FATE_DEFINITIONS,
    OUTCOME_DEFINITIONS,
    OUTCOME_LABELS,
    OUTCOMES,
    RECORDED_MODES,
    ExitMode,
    Fate,
)
from offramp.codes.plover import (
    CAMEO_ROOT,
    EVENT_DEFINITIONS,
    EVENT_TYPES,
    MODES,
    QUAD,
    EventType,
    Quad,
    cameo_codes,
    check_type,
    from_cameo,
    to_cameo,
)
from offramp.codes.roles import ROLE_DEFINITIONS, Role
from offramp.errors import InputError


def test_outcomes_are_in_the_order_that_files_and_charts_use() -> None:
    assert " ".join(OUTCOMES) == ("negotiated coup uprising foreign regular natural assassination rebels in_office")
    assert set(RECORDED_MODES) == set(OUTCOMES) - {ExitMode.NEGOTIATED, ExitMode.IN_OFFICE}
    assert list(OUTCOME_DEFINITIONS) == list(OUTCOME_LABELS) == list(OUTCOMES)
    assert list(FATE_DEFINITIONS) == list(Fate)
    assert list(ROLE_DEFINITIONS) == list(Role)


def test_plover_has_sixteen_types_each_with_class_modes_and_definition() -> None:
    assert len(EVENT_TYPES) == 16
    for table in (QUAD, MODES, EVENT_DEFINITIONS):
        assert list(table) == list(EVENT_TYPES)
    assert {q: sum(v is q for v in QUAD.values()) for q in Quad} == {
        Quad.VERBAL_COOPERATION: 4,
        Quad.MATERIAL_COOPERATION: 3,
        Quad.VERBAL_CONFLICT: 4,
        Quad.MATERIAL_CONFLICT: 5,
    }


def test_crosswalk_is_total_and_its_modes_are_known() -> None:
    assert len(cameo_codes()) == 20 + 149
    for code in cameo_codes():
        found = from_cameo(code)
        assert (found is None) == code.startswith("01")
        if found is not None:
            assert found[1] is None or found[1] in MODES[found[0]]


def test_crosswalk_there_and_back() -> None:
    reached = [code for kind in EVENT_TYPES for code in to_cameo(kind)]
    coded = [c for c in cameo_codes() if len(c) == 3 and not c.startswith("01")]
    assert sorted(reached) == coded
    assert all(to_cameo(kind) for kind in EVENT_TYPES)
    assert set(CAMEO_ROOT.values()) == set(EVENT_TYPES) - {EventType.RETREAT} | {None}


@pytest.mark.parametrize(
    ("code", "kind", "mode"),
    [
        ("1041", "REQUEST", "change"),
        ("139", "THREATEN", "relations"),
        ("138", "THREATEN", "violence"),
        ("0831", "CONCEDE", None),
        ("0874", "RETREAT", "disarm"),
        ("0871", "RETREAT", "ceasefire"),
        ("075", "AID", "asylum"),
        ("163", "COERCE", "restrict"),
        ("16", "SANCTION", None),
        ("173", "COERCE", "arrest"),
        ("1712", "ASSAULT", "destroy"),
        ("195", "ASSAULT", "heavy-weapons"),
        ("191", "COERCE", "restrict"),
        ("092", "ACCUSE", "investigate"),
    ],
)
def test_known_codes(code: str, kind: str, mode: str | None) -> None:
    assert from_cameo(code) == (EventType(kind), mode)


def test_faults_are_named() -> None:
    with pytest.raises(InputError, match="unknown CAMEO code '219'"):
        from_cameo("219")
    with pytest.raises(InputError, match="unknown mode of PROTEST 'rioting'; nearest known: riot"):
        to_cameo(EventType.PROTEST, "rioting")
    with pytest.raises(InputError, match="nearest known: THREATEN"):
        check_type("THREATENS")
    assert check_type("DEMAND") is EventType.REQUEST


def test_codes_import_and_read_quickly_and_nothing_heavy() -> None:
    script = """
import sys, time
from offramp.codes import exits, organisations, plover, roles, rulers, states
began = time.process_time()
states.state_phrases(); organisations.organisation_phrases(); rulers.ruler_phrases(None)
print(time.process_time() - began)
heavy = {"jax", "pandas", "scipy", "spacy", "polars", "pydantic", "numpy", "ruamel"}
print(sorted(heavy & set(sys.modules)))
"""
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split("\n")
        for _ in range(3)
    ]
    assert {run[1] for run in runs} == {"[]"}
    assert min(float(run[0]) for run in runs) < 0.05  # about 0.02 on an idle machine
