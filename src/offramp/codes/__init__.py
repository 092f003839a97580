"""Codes: the closed lists that every other room speaks in, and the gazetteers that turn names into them.

`exits` (how a ruler can go, and what becomes of one), `roles` (what an actor is), `plover` (event types and their
crosswalk to CAMEO), `states`, `organisations`, `rulers` (names to codes, dated), `crosswalk` (codes of other lists).
Standard library only, tables are read on first use, nothing here knows of reports, cases or forecasts. Imports nothing
of ours but `errors`.
"""
