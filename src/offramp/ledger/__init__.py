"""The ledger: what was forecast, when, and from what; appended to and never changed.

Holds the store (`store`), its tables and their migrations, the chain of hashes (`chain`), entries and the texts they
rest on (`entries`, `texts`), the proof that nothing was altered or lost (`verify`), copies (`transfer`), and what the
resolved cases say of past forecasts (`judge`). What stands in a forecast's entry, and its replay, is in
`offramp.forecast.record`. docs/ledger.md and docs/privacy.md say what a user must know.
"""
