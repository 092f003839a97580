"""The errors of offramp: one family, each with the exit status that the command line gives it.

Every message says what is wrong, where, and what would be right. The command line shows the message alone, never a
traceback, for anything that descends from `OfframpError`.
"""

from __future__ import annotations

from typing import ClassVar


class OfframpError(Exception):
    """Something offramp knows how to explain."""

    exit_status: ClassVar[int] = 1


class InputError(OfframpError):
    """What was handed in cannot be used: a report, a case file, an option, an address."""

    exit_status = 2


class NoStandoffError(InputError):
    """The reports were read, and no standoff between an outside power and a ruler is in them."""


class SeveralStandoffsError(InputError):
    """The reports hold more than one standoff and nothing says which is meant."""


class NotConvergedError(OfframpError):
    """A solver stopped before its residual fell under tolerance."""

    exit_status = 3
