from .crisis import CrisisSignaling
from .egames import Deterrence, Egame12, Egame122, Egame123, egame12, egame122, egame123
from .fit import Fit
from .ultimatum import Ultimatum, ultimatum

__all__ = [
    "CrisisSignaling",
    "Deterrence",
    "Egame12",
    "Egame122",
    "Egame123",
    "Fit",
    "Ultimatum",
    "egame12",
    "egame122",
    "egame123",
    "ultimatum",
]
