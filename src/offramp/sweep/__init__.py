"""Sweeps: a standoff or a game solved over a grid of values, up to millions of scenarios, on one machine or many.

`axes` reads what is varied; `standoff` and `tree` say what one scenario gives, of a case and of a game; `run` spreads
the work by `offramp.cluster` and keeps it as Parquet parts; `picture` draws it. `offramp sweep` is the command.
"""
