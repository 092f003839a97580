"""Many models of leaders' exits behind one interface, and the pool that combines them.

`outcomes` names what is forecast and reads it from a panel; `covariates` turns panel rows into columns without looking
ahead; `constant`, `logit`, `boosting`, `split_population` and `competing` are lenses (see `lens`); `stacking` learns
weights on past origins and calibrates; `rolling` runs lenses over rolling origins, in parallel and resumable; `files`
writes forecasts; `scores` judges them. Nothing is imported here; all of it needs polars, boosting scikit-learn.
"""
