"""Catalogue: resolved standoffs, coded by us from public facts, each with a source; see docs/catalogue.md.

`catalogue.standoffs` is the way in: it loads and counts them and finds the ones that resemble a case. `rows` is the
table, `similarity` the comparison. Imports `codes` only.
"""
