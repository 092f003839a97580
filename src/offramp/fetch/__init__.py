"""Fetch: bytes from addresses, guarded (no private networks, limits on size and time)."""
