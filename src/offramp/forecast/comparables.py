"""Resolved standoffs of the catalogue that resemble a case, with what became of them."""

from __future__ import annotations

from offramp.case.models import Case
from offramp.forecast.brief import Comparable

HOW_MANY = 5
