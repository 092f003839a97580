"""Games in general: how players choose and what an equilibrium is. Nothing here knows of rulers or standoffs."""
