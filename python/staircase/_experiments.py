"""Experiments: predicting, training, resuming, opening."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import Any, Iterable, Iterator, Mapping

from ._findings import Comparison, Prediction
from ._library import NO_PROGRESS, Handle, InputError, ProgressFunction, request, watched
from ._run import Run


def predict(
    file: str | os.PathLike[str] | None = None, /, *, check: bool = True, progress: ProgressFunction | None = None, **keys: Any,
) -> Prediction:
    """Says what training will do: which plateaus, how high, how long, which head learns which component, which algorithm runs.

    Parameters
    ----------
    file
        A YAML file with keys; those given here go over it.
    keys
        The keys of ``staircase predict``, with underscores: ``predict(dim=4, context=31, attention="separate", rank=1, init=0.01)``.
        ``staircase.kinds()`` lists them. Where the command line wants a file of arrays, a dict of arrays may stand:
        ``data={"tokens": …, "targets": …}`` of shapes [P, N+1, D+1] and [P]; ``weights={"value": …, "key": …, "query": …}`` of shapes
        [H, D+1, D+1], [H, R, D+1], [H, R, D+1], such as those of a model that is about to be trained; ``tasks={"tasks": …}`` [P, D, D].

    check
        Whether the exact flow is laid beside theory where that is affordable; ``False`` is ``--no-check``.
    progress
        Told how far it is; with one, Ctrl-C can stop it, too. Without, the prediction is made in this thread, and ends by itself.

    Raises
    ------
    InputError
        A key or value cannot be used, or there is no theory for this experiment.

    Examples
    --------
    >>> staircase.predict(dim=4, context=31, attention="separate", rank=1, init=0.01).plateaus.loss.round(3)
    array([1.   , 0.641, 0.377, 0.21 , 0.136])
    """
    with _arrays_as_files(keys, None) as keys:
        study = Handle.of("prepare", request({"file": file, **keys}), *NO_PROGRESS)
    if progress is None:
        return Prediction(Handle.of("predict", study.number, int(check), *NO_PROGRESS))
    return Prediction(watched("predict", study.number, int(check), progress=progress))


def predict_all(
    experiments: Iterable[Mapping[str, Any]], *, check: bool = True, progress: ProgressFunction | None = None,
) -> list[Prediction]:
    """Predicts many experiments at once, on all cores; each prediction has the bits of one that was made alone.

    >>> drops = [p.drops.time[0] for p in staircase.predict_all({"init": 0.01, "seed": seed} for seed in range(1000))]

    Raises InputError where an experiment cannot be used; the message says which, counted from 0.
    """
    asked = [request(experiment) for experiment in experiments]
    handles = watched("predict_all", b"[" + b",".join(asked) + b"]", int(check), progress=progress, count=len(asked))
    return [Prediction(handle) for handle in handles]


def train(
    file: str | os.PathLike[str] | None = None, /, *, out: str | os.PathLike[str] | None = None,
    progress: ProgressFunction | None = None, **keys: Any,
) -> Run:
    """Trains exactly, and lays theory over the run.

    Parameters
    ----------
    file, keys
        What to train, as for ``predict``; the keys are those of ``staircase train``.
    out
        The run folder; without, the run is in memory alone.
    progress
        Told how far training is, as a ``Progress``; where it returns ``False`` training stops, and the run is given as far as it came.

    Raises
    ------
    InputError
        A key or value cannot be used, or training diverged; the message says what to do.

    Ctrl-C stops training at once; a run in a folder can then be resumed to the same bits.
    """
    with _arrays_as_files(keys, out) as keys:
        study = watched("prepare", request({"file": file, **keys}), progress=progress)
    return Run(watched("train", study.number, _path(out), progress=progress))


def resume(out: str | os.PathLike[str], /, *, progress: ProgressFunction | None = None, **end: Any) -> Run:
    """Goes on with a run in a folder, to the bits of one that was never stopped.

    Only a later end may be given: ``resume("runs/first", steps=20000)``, or ``until`` for a gradient flow.
    """
    return Run(watched("resume", _path(out), request(end), progress=progress))


def open(out: str | os.PathLike[str], /) -> Run:
    """Opens a run that is kept in a folder.

    Raises InputError where it is none.
    """
    return Run(watched("open", _path(out), progress=None))


def compare(
    curve: Run | tuple[Any, Any] | Mapping[str, Any], file: str | os.PathLike[str] | None = None, /, **keys: Any,
) -> Comparison:
    """Lays theory over a measured loss: what was measured, what was predicted, and the error.

    Parameters
    ----------
    curve
        The loss of any training of the same model on the same task, such as one in PyTorch: a mapping (a ``Table`` or data frame, too)
        with ``loss`` and ``step``, or ``time`` of the gradient flow (τ = 1); or a pair of steps and losses. Losses are mean squared errors
        without a factor ½. Or a ``Run``, whose comparison is given.
    file, keys
        What was trained, as for ``predict``. Steps become times where the optimizer follows the flow:
        ``compare(curve, optimizer="gd", learning_rate=0.02)``; without ``optimizer`` they are compared by their heights alone.

    Raises
    ------
    InputError
        There is no theory for this experiment, or the curve is none: not finite, not ascending, fewer than two points.
    """
    if isinstance(curve, Run):
        return curve.comparison
    import numpy as np

    if isinstance(curve, tuple):
        positions, losses = curve
        is_time = False
    else:
        is_time = "time" in _names(curve)
        positions, losses = curve["time" if is_time else "step"], curve["loss"]
    x, y = (np.ascontiguousarray(values, dtype=np.float64) for values in (positions, losses))
    if x.ndim != 1 or x.shape != y.shape:
        raise InputError(f"a curve needs one loss a position: found positions of shape {x.shape} and losses of shape {y.shape}")
    with _arrays_as_files(keys, None) as keys:
        study = Handle.of("prepare", request({"file": file, **keys}), *NO_PROGRESS)
    return Comparison(Handle.of("compare", study.number, x.ctypes.data, y.ctypes.data, len(x), int(is_time)))


def _names(curve: Any) -> Any:
    return curve.columns if hasattr(curve, "columns") else curve


def _path(path: str | os.PathLike[str] | None) -> bytes | None:
    return None if path is None else os.fspath(path).encode()


@contextmanager
def _arrays_as_files(keys: Mapping[str, Any], out: str | os.PathLike[str] | None) -> Iterator[dict[str, Any]]:
    """Keys with the paths of files where dicts of arrays stood: in the run's folder, or for as long as the files are read."""
    given = {key: value for key, value in keys.items() if isinstance(value, Mapping)}
    if not given:
        yield dict(keys)
        return
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="staircase-") as temporary:
        folder = temporary if out is None else os.fspath(out)
        os.makedirs(folder, exist_ok=True)
        files = {}
        for key, arrays in given.items():
            files[key] = os.path.join(folder, f"{key}.npz")
            np.savez(files[key], **arrays)
        yield {**keys, **files}
