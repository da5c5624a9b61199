"""amsel (adaptive model selection): of your pretrained classifiers, run for each input those that it needs.

`Engine` answers images with a bundle. `init`, `check`, `profile`, `doctor`, `train`, `evaluate`, `study`, `report`,
`retarget`, `merge` and `inspect` are the verbs of the ``amsel`` program, which the package brings. `export` makes a
candidate of a PyTorch classifier, `derive` int8 twins of a zoo's.
"""

from ._errors import AmselError, BadInputError, RuntimeFailure, UsageError
from ._native import api as _api
from ._program import CheckFailed, CheckWarning
from .answer import Answer, CandidateRun, Explanation, Timings
from .derive import Derived, derive
from .engine import Engine
from .export import Exported, export
from .governor import Governor
from .points import OperatingPoint, OperatingPoints
from .results import Bundle, Cards, Evaluation, Findings, Page, ProfileSummary, Study
from .verbs import check, doctor, evaluate, init, inspect, merge, profile, report, retarget, study, train

__all__ = [
    "AmselError",
    "Answer",
    "BadInputError",
    "Bundle",
    "CandidateRun",
    "Cards",
    "CheckFailed",
    "CheckWarning",
    "Derived",
    "Engine",
    "Evaluation",
    "Explanation",
    "Exported",
    "Findings",
    "Governor",
    "OperatingPoint",
    "OperatingPoints",
    "Page",
    "ProfileSummary",
    "RuntimeFailure",
    "Study",
    "Timings",
    "UsageError",
    "check",
    "derive",
    "doctor",
    "evaluate",
    "export",
    "init",
    "inspect",
    "merge",
    "profile",
    "report",
    "retarget",
    "study",
    "train",
]


def __getattr__(name: str) -> str:
    if name == "__version__":
        return str(_api().amsel_version().decode())
    raise AttributeError(f"module 'amsel' has no attribute {name!r}")
