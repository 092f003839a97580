"""Overrides: values set by a person, which win over everything read.

Precedence: `--set` over the case file's `overrides` over what the file states over what was read. A path is dotted
(`state.offer`, `ruler.birth_year`, `assessments.street.high`); a bare name of an assessment stands for the assessment.
"""

from __future__ import annotations

import difflib
import math
from typing import Any

from pydantic import ValidationError

from offramp.case.models import ASSESSMENTS, Case, Override
from offramp.errors import InputError


def parse_setting(text: str) -> tuple[str, Override]:
    """`PATH=VALUE` as given to `--set`. The value is read as YAML: a number, word, date, null or list.

    Raises:
        InputError: If there is no `=`, no path, or the value is not plain YAML.
    """
    from offramp.case.files import plain_yaml

    path, equals, raw = text.partition("=")
    if not equals or not path.strip():
        raise InputError(f"--set {text!r}: expected PATH=VALUE, such as --set army_loyalty=0.6")
    if "," in raw and not raw.strip().startswith("["):
        raw = f"[{raw}]"
    return path.strip(), Override(value=plain_yaml(raw, f"--set {path.strip()}"), by="--set", why="command line")


def effective(case: Case) -> Case:
    """The case with its overrides applied. An assessment given one number moves there, keeping its width in log-odds;
    given three it takes them as low, central, high.

    Raises:
        InputError: If a path is unknown (the nearest is named) or a value is impossible there.
    """
    if not case.overrides:
        return case
    data = case.model_dump(mode="json", by_alias=True)
    for path, override in case.overrides.items():
        _apply(data, path, override.value)
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"override of {where}: {first['msg']}; found {first.get('input')!r}.") from error


def _apply(data: dict[str, Any], path: str, value: Any) -> None:
    parts = path.split(".")
    if parts[0] in ASSESSMENTS:
        parts = ["assessments", *parts]
    place: Any = data
    for depth, part in enumerate(parts[:-1]):
        place = place[_key(place, part, ".".join(parts[: depth + 1]))]
    last = _key(place, parts[-1], path)
    if parts[0] == "assessments" and len(parts) == 2:
        value = _moved(place[last], value, path)
    place[last] = value


def _key(place: Any, part: str, path: str) -> Any:
    if isinstance(place, list):
        if part.isdigit() and int(part) < len(place):
            return int(part)
        raise InputError(f"override of {path}: expected a number below {len(place)}; found {part!r}.")
    if not isinstance(place, dict):
        raise InputError(f"override of {path}: nothing lies below this value.")
    if part in place and part not in ("overrides", "schema"):
        return part
    known = [*place, *(ASSESSMENTS if "ruler" in place else [])]
    near = difflib.get_close_matches(part, known, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known)}."
    raise InputError(f"override of {path}: unknown key {part!r}. {hint}")


def _moved(old: dict[str, Any], value: Any, path: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return {**old, **value}
    numbers = value if isinstance(value, list) else [value]
    if not all(isinstance(x, int | float) and not isinstance(x, bool) and 0 < x < 1 for x in numbers) or (
        len(numbers) not in (1, 3)
    ):
        raise InputError(
            f"override of {path}: expected one number or three (low,central,high) between 0 and 1, both excluded; "
            f"found {value!r}."
        )
    sources = [{"evidence": "analyst"}]
    if len(numbers) == 3:
        low, central, high = numbers
        return {"low": low, "central": central, "high": high, "evidence": sources, "reason": "set by hand"}
    shift = _logit(numbers[0]) - _logit(old["central"])
    low, high = (_expit(_logit(old[end]) + shift) for end in ("low", "high"))
    return {"low": low, "central": numbers[0], "high": high, "evidence": sources, "reason": "set by hand"}


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))
