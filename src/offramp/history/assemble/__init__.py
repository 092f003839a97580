"""From checked source files to the record: leader spells, and the panel of leader-months.

`lags` is the one table of covariates (column, source, lag, unit, rule) and the assembly reads it; `countries`
brings every
code to the Gleditsch-Ward list; `spells` and `exits` make the spells; `grid`, `events`, `yearly` and `calendar` the
covariates; `outcomes` what follows; `panel` puts them side by side; `write` leaves the files with their manifest;
`conflicts` compares the sources with one another. Needs polars; nothing is imported here.
"""
