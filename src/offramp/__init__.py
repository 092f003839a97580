"""offramp: from reports of a standoff between an outside power and a ruler to a scored forecast.

The front door is narrow and light: names are loaded on first use, so `import offramp` brings in none of jax, spaCy,
polars or pydantic (a test asserts it).
"""

__version__ = "0.1.0"
