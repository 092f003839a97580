"""The record: leader spells, the leader-month panel, and the base rates counted from them.

`vocabulary` holds the exit modes and fates; `tables` the counts that ship with the package and need no data at hand;
`records` reads and checks the original files; `build` counts them again. Fitted hazards live in `offramp.hazard`.
`sources` reads the files that others publish, `assemble` makes the record from them. Nothing is imported here:
`records`, `build`, `sources` and `assemble` need polars, the others do not.
"""
