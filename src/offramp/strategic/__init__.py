"""Strategic estimation: the games of the field fitted to data, utilities linear in covariates.

`egames` holds the trees that the field uses (egame12, egame122, egame123), `ultimatum` the ultimatum game, `crisis`
crisis signalling with incomplete information, `custom` any tree of `offramp.games`. They share one path: `formula` and
`design` turn formulas and a data frame into columns, `response` reads outcomes, `kernels` compiles the log-likelihood
of one row and its derivatives, `objective` chains them to coefficients, `optimise` climbs, `fit` holds what came out.
`covariance`, `bootstrap`, `profile`, `bayes` say how sure one may be; `effects`, `compare`, `tables`, `montecarlo` use
a fit. Nothing heavy is imported until a name is asked for. Method: docs/strategic.md.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
