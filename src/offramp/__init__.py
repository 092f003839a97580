"""offramp: from reports of a standoff between an outside power and a ruler to a scored forecast.

The front door is narrow and light: names are loaded on first use, so `import offramp` brings in none of jax, spaCy,
polars or pydantic (a test asserts it).

>>> import offramp
>>> result = offramp.assess_standoff(offramp.Options(sources=("report.md",)))  # doctest: +SKIP
>>> result.brief.forecast.outcomes["negotiated"].mean  # doctest: +SKIP
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
