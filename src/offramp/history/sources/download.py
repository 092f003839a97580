"""Fetching source files: resumed where they broke off, tried again after pauses, kept only with the right checksum."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from tenacity.wait import wait_base

from offramp.errors import InputError
from offramp.fetch.guard import FetchError, IpAddress, is_public
from offramp.fetch.stream import IDLE, BrokenOffError, OfflineError, Stream, stream
from offramp.history.sources.addresses import Address

ATTEMPTS = 6
PARTIAL = 206
OUT_OF_RANGE = 416
TELL_EVERY_S = 2.0
LIMIT = 2_000_000_000
"""Bytes; the largest table of the record is V-Dem's, some 400 million."""


@dataclass(frozen=True)
class Ways:
    """How to fetch: whom to connect to, how often and how patiently. `allow` and `wait` are for tests."""

    allow: Callable[[IpAddress], bool] = is_public
    attempts: int = ATTEMPTS
    wait: wait_base = field(default_factory=lambda: wait_exponential_jitter(initial=1, max=30))
    idle: float = IDLE


def download(
    address: Address, folder: Path, ways: Ways | None = None, progress: Callable[[str], None] = lambda step: None
) -> Path:
    """The file of a source in `folder`, fetched unless it is there already (with the right checksum, if one is known).

    A file that broke off stays as `<file>.part` and goes on from there next time, if the server still has the same one.

    Raises:
        InputError: No address, no network, the server refuses, or the checksum is wrong; one line each.
    """
    way = ways or Ways()
    there = folder / address.file
    if there.is_file() and (address.sha256 is None or _sha256(there) == address.sha256):
        return there
    if address.url is None:
        raise InputError(
            f"{address.name}: has no fixed address; save {address.form or 'it'} from {address.page or 'its maker'} as "
            f"{there}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    part = there.with_name(there.name + ".part")
    retrying = Retrying(
        stop=stop_after_attempt(way.attempts),
        wait=way.wait,
        retry=retry_if_exception_type(BrokenOffError),
        before_sleep=lambda state: progress(f"{address.name}: trying again ({state.attempt_number} of {way.attempts})"),
        reraise=True,
    )
    try:
        retrying(_attempt, address.url, part, way, lambda got: progress(f"{address.name}: {got / 1e6:.1f} MB"))
    except OfflineError as error:
        raise InputError(
            f"{address.name}: {error} Give a folder with the files with --from, or try again with a network."
        ) from None
    except BrokenOffError as error:
        raise InputError(f"{address.name}: {error} Tried {way.attempts} times; what came is kept.") from None
    found = _sha256(part)
    if address.sha256 is not None and found != address.sha256:
        part.unlink()
        _tag(part).unlink(missing_ok=True)
        raise InputError(
            f"{address.name}: {address.url} has the checksum {found}; expected {address.sha256}. The file was thrown "
            "away: it was damaged on its way, or its maker has published another edition (then name it in --sources)."
        )
    part.replace(there)
    _tag(part).unlink(missing_ok=True)
    return there


def _attempt(url: str, part: Path, way: Ways, tell: Callable[[int], None]) -> None:
    """One try: from where the part ends, if the server agrees that it is the same file, else from the start."""
    offset = part.stat().st_size if part.is_file() else 0
    tag = _tag(part).read_text(encoding="utf-8") if _tag(part).is_file() else ""
    # Without a tag nothing says that the rest belongs to the same edition, so the file is fetched anew.
    headers = {"Range": f"bytes={offset}-", "If-Range": tag} if offset and tag else {}
    with stream(url, headers=headers, allow=way.allow, idle=way.idle) as answer:
        if answer.status == OUT_OF_RANGE:
            part.unlink(missing_ok=True)
            raise BrokenOffError(f"{url}: the part that was kept is longer than the file.")
        if answer.status >= 500 or answer.status in (408, 429):
            raise BrokenOffError(f"{url}: answers {answer.status}.")
        if answer.status not in (200, PARTIAL):
            raise FetchError(f"{url}: answers {answer.status}, not 200; the address may have changed (see --sources).")
        going_on = answer.status == PARTIAL and _starts_at(answer, offset)
        if answer.status == PARTIAL and not going_on:
            part.unlink(missing_ok=True)
            raise BrokenOffError(f"{url}: sends another part than the one asked for.")
        _keep_tag(part, answer)
        _write(url, part, answer, offset if going_on else 0, tell)


def _write(url: str, part: Path, answer: Stream, offset: int, tell: Callable[[int], None]) -> None:
    got, told = offset, time.monotonic()
    with part.open("ab" if offset else "wb") as out:
        for piece in answer.pieces:
            got += len(piece)
            if got > LIMIT:
                raise FetchError(f"{url}: longer than {LIMIT:,} bytes; not fetched.")
            out.write(piece)
            if time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                tell(got)


def _starts_at(answer: Stream, offset: int) -> bool:
    match = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
    return match is not None and int(match.group(1)) == offset


def _keep_tag(part: Path, answer: Stream) -> None:
    """A strong ETag, or the day of the last change, tells whether a later answer is the same file."""
    tag = answer.headers.get("etag", "")
    if not tag or tag.startswith("W/"):
        tag = answer.headers.get("last-modified", "")
    if tag:
        _tag(part).write_text(tag, encoding="utf-8")
    else:
        _tag(part).unlink(missing_ok=True)


def _tag(part: Path) -> Path:
    return part.with_name(part.name + ".tag")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream_:
        return hashlib.file_digest(stream_, "sha256").hexdigest()
