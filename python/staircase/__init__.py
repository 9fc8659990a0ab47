"""Staircase: a laboratory for the learning dynamics of in-context learning.

>>> import staircase
>>> staircase.predict(dim=4, context=31, attention="separate", rank=1, init=0.01)

Say what training a linear attention will do (``predict``), train it exactly (``train``), lay theory over a measured loss (``compare``),
look into anybody's checkpoints (``analyze``) or into a training that is under way (``Monitor``). Keys are those of the command line, with
underscores. Arrays are numpy's. Times are those of the gradient flow (τ = 1); a step of gradient descent is 2η of it.
"""

from ._analysis import Analysis, Monitor, analyze
from ._catalogue import Figure, cite, figures, keys, kinds, reproduce, version as _version
from ._experiments import compare, open, predict, predict_all, resume, train
from ._findings import Comparison, Findings, Prediction
from ._library import InputError, InternalError, Progress, Stopped, vector_bits
from ._run import Run
from ._table import Table, TextTable

__version__ = _version()

__all__ = [
    "Analysis", "Comparison", "Figure", "Findings", "InputError", "InternalError", "Monitor", "Prediction", "Progress", "Run", "Stopped",
    "Table", "TextTable", "analyze", "cite", "compare", "figures", "keys", "kinds", "open", "predict", "predict_all", "reproduce",
    "resume", "train", "vector_bits",
]
