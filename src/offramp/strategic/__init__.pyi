from .bayes import Posterior
from .bootstrap import Bootstrap
from .compare import (
    Goodness,
    RowLikelihood,
    Test,
    clarke,
    goodness,
    likelihood_ratio,
    outcome_likelihood,
    vuong,
    wald,
)
from .crisis import CrisisSignaling
from .custom import StrategicModel
from .effects import Prediction
from .egames import Deterrence, Egame12, Egame122, Egame123, egame12, egame122, egame123
from .fit import Fit
from .model import Model
from .profile import Profile
from .simulate import Study, monte_carlo
from .tables import Table, side_by_side
from .ultimatum import Ultimatum, ultimatum

__all__ = [
    "Bootstrap",
    "CrisisSignaling",
    "Deterrence",
    "Egame12",
    "Egame122",
    "Egame123",
    "Fit",
    "Goodness",
    "Model",
    "Posterior",
    "Prediction",
    "Profile",
    "RowLikelihood",
    "StrategicModel",
    "Study",
    "Table",
    "Test",
    "Ultimatum",
    "clarke",
    "egame12",
    "egame122",
    "egame123",
    "goodness",
    "likelihood_ratio",
    "monte_carlo",
    "outcome_likelihood",
    "side_by_side",
    "ultimatum",
    "vuong",
    "wald",
]
