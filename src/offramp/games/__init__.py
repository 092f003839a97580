"""Games in general: how players choose and what an equilibrium is. Nothing here knows of rulers or standoffs.

`form` and `build` hold and write game trees, `efg` and `nfg` read and write Gambit's files; `markov` Markov games.
`solve` finds agent logit equilibria of trees, whole branches and limits; `continuation` follows curves; `batch` solves
many variants of one tree at once. `standard` is a catalogue of the field's games, `crisis` the crisis-signalling game
with continuous types and all its equilibria. `logit` holds primitives for array solvers. Method: docs/games.md.
"""
