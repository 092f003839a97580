from .case.models import Case
from .errors import OfframpError
from .forecast.brief import Brief
from .forecast.pipeline import Options, Result, assess_standoff
from .reading.evidence import Reading
from .reading.reader import read_reports

__version__: str

__all__ = [
    "Brief",
    "Case",
    "OfframpError",
    "Options",
    "Reading",
    "Result",
    "assess_standoff",
    "read_reports",
]
