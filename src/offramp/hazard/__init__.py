"""How rulers leave office, month by month: a competing-risks model fitted on the leader-month panel.

`features` turns facts about a ruler into the columns of the model; `fit` estimates one exit mode; `store` keeps the
fitted numbers that ship; `population` fills in what is unknown; `predict` gives monthly hazards with uncertainty;
`incidence` turns hazards into chances; `explain` walks from a base rate to one ruler. Only `panel` needs polars:
predicting needs NumPy alone. Nothing is imported here.
"""
