"""Case files: YAML in and out, strict about what it does not understand.

A case file is data and nothing else: anchors, aliases, tags and files over 5 MB are refused before anything is built.
An unknown key is an error that names the nearest known key and the line. Numbers are written so that they read back
to the same double: a case file read back gives the same forecast. Comments of a file survive `dump(..., like=text)`.
"""

from __future__ import annotations

import difflib
import io
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionStartEvent, ScalarEvent, SequenceStartEvent
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from offramp.case.models import Case
from offramp.errors import InputError

MAX_BYTES = 5_000_000
MAX_DEPTH = 30


def load(path: Path | str) -> Case:
    """The case that a file states.

    Raises:
        InputError: If the file cannot be read, is not plain YAML, or does not state a valid case; the message names
            the file, the line and the field.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{path}: {size:,} bytes; a case file has at most {MAX_BYTES:,}.")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read the case file: {error.strerror}.") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not UTF-8 at byte {error.start}; save the case file as UTF-8 text and try again."
        ) from error
    return loads(text, name=str(path))


def loads(text: str, *, name: str = "case file") -> Case:
    """The case that a text states; `name` stands in messages. Raises `InputError` as `load` does."""
    data = plain_yaml(text, name)
    if not isinstance(data, dict):
        raise InputError(
            f"{name}: expected keys and values at the top, such as 'schema: 1'; found {_kind(data)}. "
            "`offramp case new` prints a case file to start from."
        )
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        raise InputError(_explain(error, text, name)) from error


def dump(case: Case, *, like: str | None = None) -> str:
    """The case as YAML. With `like`, the text it was read from, comments and order of that text survive."""
    data = _inline(plain(case))
    yaml = _writer()
    stream = io.StringIO()
    if like is None:
        yaml.dump(data, stream)
        return HEADER + stream.getvalue()
    before = yaml.load(like)
    _merge(before, data)
    yaml.dump(before, stream)
    return stream.getvalue()


def plain(case: Case) -> dict[str, Any]:
    """The case as plain values, keys as the file has them; dates stay dates."""
    return typing.cast(dict[str, Any], _plain(case.model_dump(mode="python", by_alias=True)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


HEADER = (
    "# A case for offramp. Edit by hand and run: offramp assess --case THIS_FILE (docs/case.md explains each key).\n"
)


def _inline(value: Any) -> Any:
    """Spans on one line, lists of numbers in brackets; unprintable characters where they can be escaped."""
    if isinstance(value, dict):
        return {key: _inline(item) for key, item in value.items()}
    if isinstance(value, list):
        row = CommentedSeq([_inline(item) for item in value])
        if row and all(isinstance(item, int) for item in row):
            row.fa.set_flow_style()
        return row
    if isinstance(value, str) and not value.isprintable() and set(value) - {"\n"}:
        return DoubleQuotedScalarString(value)  # plain style would lose line separators such as U+0085
    return value


def _writer() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 110
    yaml.allow_unicode = True
    yaml.default_flow_style = False
    yaml.representer.ignore_aliases = lambda _: True  # a date that stands twice is written twice
    yaml.representer.add_representer(type(None), lambda r, _: r.represent_scalar("tag:yaml.org,2002:null", "null"))
    return yaml


def _merge(old: Any, new: dict[str, Any]) -> None:
    """Writes `new` into the round-trip mapping `old`, touching only what differs."""
    for key in [key for key in old if key not in new]:
        del old[key]
    for key, value in new.items():
        if key in old and isinstance(old[key], CommentedMap) and isinstance(value, dict):
            _merge(old[key], value)
        elif key not in old or _plain(old[key]) != value:
            old[key] = value


def plain_yaml(text: str, name: str) -> Any:
    """Values of a YAML text. Refuses aliases, tags and deep nesting from the event stream, before building anything."""
    yaml = YAML(typ="safe", pure=True)
    depth = 0
    try:
        for event in yaml.parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise InputError(f"{name}:{line}: anchors and aliases (& and *) are not allowed; write values out.")
            if isinstance(event, ScalarEvent | CollectionStartEvent) and _tag(event):
                raise InputError(
                    f"{name}:{line}: the tag {_tag(event)} is not allowed; a case file holds plain values."
                )
            if isinstance(event, CollectionStartEvent | SequenceStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise InputError(f"{name}:{line}: nested more than {MAX_DEPTH} deep; a case file never is.")
            elif type(event).__name__ in ("MappingEndEvent", "SequenceEndEvent"):
                depth -= 1
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        raise InputError(f"{where}: not valid YAML: {error.problem or error}.") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: not valid YAML: {str(error).splitlines()[0]}.") from error


def _tag(event: ScalarEvent | CollectionStartEvent) -> str | None:
    tag = getattr(event, "ctag", None) or getattr(event, "tag", None)
    return str(tag) if tag else None


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _explain(error: ValidationError, text: str, name: str) -> str:
    problems = error.errors()
    lines = [f"{name}:{_line_of(text, item['loc'])}: {_problem(item)}" for item in problems[:5]]
    if len(problems) > 5:
        lines.append(f"{name}: and {len(problems) - 5} more problems.")
    return "\n".join(lines)


def _problem(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"]) or "case"
    if item["type"] == "extra_forbidden":
        known = _known_keys(item["loc"][:-1])
        near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known keys: {', '.join(sorted(known))}."
        return f"unknown key '{path}'. {hint}"
    found = item.get("input")
    shown = "" if isinstance(found, dict | list) or item["type"] == "missing" else f"; found {found!r}"
    return f"{path}: {item['msg'].removeprefix('Value error, ')}{shown}."


def _known_keys(loc: tuple[Any, ...]) -> list[str]:
    """Keys allowed at a place, found by walking the models along the path."""
    model: Any = Case
    for part in loc:
        if isinstance(part, int):
            continue
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            continue  # the key of a free mapping, such as an override's path
        model = _model_in(field.annotation) or model
    return [field.alias or key for key, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for arg in typing.get_args(annotation) if (found := _model_in(arg))), None)


def _line_of(text: str, loc: tuple[Any, ...]) -> int:
    """1-based line of the deepest part of a path that the text holds."""
    node: Node | None = YAML(typ="safe", pure=True).compose(text)
    line = 1
    for part in loc:
        if isinstance(node, MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
