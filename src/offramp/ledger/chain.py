"""Canonical JSON and the chain of hashes: each entry seals the one before it.

An entry's hash is SHA-256 over the hash of the entry before, a line feed, and the entry's content as canonical JSON
(RFC 8785 in spirit: keys sorted, no white space, ASCII only; numbers as Python writes them, which reads back to the
same double). Nothing of an entry can change, and no entry can go missing before the last, without the chain breaking;
what the last entry was is what `offramp ledger verify` prints, to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

GENESIS = "0" * 64


def canonical(content: Mapping[str, Any]) -> str:
    """Content as canonical JSON.

    Raises:
        ValueError: If it holds a number that is not finite.
        TypeError: If it holds what JSON has no word for.
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("ascii" if text.isascii() else "utf-8")).hexdigest()


def seal(previous: str, content: str) -> str:
    """Hash of an entry.

    Args:
        previous: Hash of the entry before; `GENESIS` for the first.
        content: Canonical JSON.
    """
    return digest(f"{previous}\n{content}")
