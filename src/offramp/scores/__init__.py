"""Scores: proper scores of probability forecasts, calibration, and weights learnt from them. Formulas only.

`proper` holds Brier, log and ranked probability scores (by the library scoringrules), `calibration` the CORP
reliability diagram and decomposition, `weights` the pool of lenses. Nothing here knows of rulers or ledgers.
"""
