"""Forecast: a case seen through its lenses, and the brief that comes of it."""
