"""Where a ledger lies: a file, or a PostgreSQL database by address."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import sqlalchemy as sa

from offramp.errors import InputError

VARIABLE = "OFFRAMP_LEDGER"


class LedgerError(InputError):
    """The ledger cannot be opened, written to, or does not hold what was asked of it."""


def default_address() -> str:
    """The address that the environment names, else a file under the user's data folder."""
    import platformdirs

    return os.environ.get(VARIABLE) or str(Path(platformdirs.user_data_dir("offramp")) / "ledger.sqlite")


def url_of(address: str) -> sa.URL:
    """The database that an address means.

    Args:
        address: A path, `sqlite:///PATH`, or `postgresql://USER@HOST/DATABASE`.

    Raises:
        LedgerError: If it is neither, or the driver of PostgreSQL is not installed.
    """
    text = address.strip()
    if not text:
        raise LedgerError("the ledger's address is empty; expected a file or postgresql://USER@HOST/DATABASE.")
    scheme, colon, _ = text.partition("://")
    if not colon:
        return sa.URL.create("sqlite", database=str(Path(text).expanduser()))
    if scheme == "sqlite":
        return sa.URL.create("sqlite", database=text.removeprefix("sqlite:///"))
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise LedgerError(f"{shown(address)}: expected a file, or postgresql://USER@HOST/DATABASE.")
    if importlib.util.find_spec("psycopg") is None:
        raise LedgerError(
            f"{shown(address)}: PostgreSQL needs the extra 'postgres': python -m pip install 'offramp[postgres]'."
        )
    try:
        found = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise LedgerError(f"{shown(address)}: not an address of a database ({error}).") from None
    return found.set(drivername="postgresql+psycopg")


def shown(address: str) -> str:
    """The address without its password, as messages and pages show it."""
    scheme, colon, rest = address.partition("://")
    who, at, where = rest.rpartition("@")
    return f"{scheme}{colon}{who.partition(':')[0]}{at}{where}" if colon and at else address
