"""Fetch: bytes from addresses, guarded.

`get` reads http and https addresses only, looks every host up once, refuses it unless all its addresses are on the
public internet, connects to the address that was checked (so a name that changes its answer gains nothing), and follows
redirects by hand under the same rule. Size, time and the number of redirects are bounded. No cookies are kept, no
credentials sent, and proxy settings of the environment are ignored: a proxy would look names up itself, out of reach
of the check.
"""

from offramp.fetch.client import Fetched, get
from offramp.fetch.guard import FetchError, is_public

__all__ = ["FetchError", "Fetched", "get", "is_public"]
