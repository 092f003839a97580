"""Catalogue: resolved standoffs, coded by us from public facts, each with a source; see docs/catalogue.md.

`catalogue.standoffs` loads and counts them and finds the ones that resemble a case. Imports `codes` only.
"""
