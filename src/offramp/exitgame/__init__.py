"""The standoff as a Markov game: coercer, ruler with a hidden type, armed forces, and chance.

The equilibrium is solved by backward induction with a fixed point at every node (`solver`), outcome probabilities by
month follow exactly from a forward pass (`forward`), and history's rates are met in a passive world (`anchor`).
The method page is docs/exitgame.md. This package imports nothing heavy; its modules that compute import jax.
"""
