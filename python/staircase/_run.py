"""Trained runs."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ._findings import Comparison, axes
from ._library import Handle, call
from ._table import Table

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes


class Run:
    """A trained run: rows, weights that were kept, what came of it.

    ``run["loss"]`` is a recorded column as an array, one number a row, float64; ``columns`` says which there are. ``run.step`` is int64;
    ``run.time`` is that of the gradient flow (τ = 1), or None where the optimizer follows none.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._arrays: dict[str, Any] = {}

    @cached_property
    def name(self) -> str:
        """Its folder; ``run`` where it is in memory alone."""
        return self._handle.text("name")

    @cached_property
    def description(self) -> str:
        """What was trained on what, in a line."""
        return self._handle.text("description")

    @cached_property
    def experiment(self) -> dict[str, str]:
        """Every key with its value, resolved: together they repeat the run to the same bits."""
        return {key.replace("-", "_"): value for key, value in self._handle.json("experiment").items()}

    @cached_property
    def record(self) -> dict[str, Any]:
        """What ``run.json`` says of it: status, steps, seconds, machine."""
        return self._handle.json("record")

    @property
    def status(self) -> str:
        """``finished``, or ``interrupted``: it can then be resumed if it has a folder."""
        return self._handle.text("status")

    @cached_property
    def columns(self) -> Table:
        """What was recorded: ``name``, ``kind``, ``meaning``, ``unit``."""
        return Table.of_records(self._handle.json("columns"))

    def __getitem__(self, column: str) -> np.ndarray:
        if column not in self._arrays:
            if column not in ("step", "time", *self.columns.name):
                raise KeyError(f"there is no column '{column}'; there are step, time, {', '.join(self.columns.name)}")
            self._arrays[column] = self._handle.array(column)
        return self._arrays[column]

    @property
    def step(self) -> np.ndarray:
        """The recorded steps, int64, shape [rows]."""
        return self["step"]

    @property
    def time(self) -> np.ndarray | None:
        """The time of the gradient flow (τ = 1) at each row, float64, shape [rows]; None where the optimizer follows none."""
        return self["time"] if self.record.get("time") is not None else None

    @property
    def loss(self) -> np.ndarray:
        """The recorded loss, float64, shape [rows]."""
        return self["loss"]

    def __len__(self) -> int:
        return len(self.step)

    @cached_property
    def checkpoints(self) -> np.ndarray:
        """The steps whose weights were kept, int64, ascending."""
        return self._handle.array("checkpoints")

    def weights(self, step: int) -> dict[str, np.ndarray]:
        """The weights that were kept at a step, block by block; names and shapes are those of docs/notation.md."""
        return {name: self._handle.array(f"weights/{step}/{name}") for name in self._handle.json(f"weights/{step}")}

    @cached_property
    def comparison(self) -> Comparison:
        """Theory over this run, as ``staircase compare`` prints it."""
        return Comparison(self._handle)

    @property
    def plateaus(self) -> Table:
        """The plateaus of the measured loss with the predicted ones beside them."""
        return self.comparison.plateaus

    def to_pandas(self) -> Any:
        """All rows as a data frame; needs pandas."""
        names = ["step", *(["time"] if self.time is not None else []), *self.columns.name]
        return Table({name: self[name] for name in names}).to_pandas()

    def report(self, path: str | os.PathLike[str], /) -> None:
        """Writes one HTML file that opens offline: curves over theory, weights at every plateau, checks, sources."""
        call("write", self._handle.number, os.fspath(path).encode())

    def plot(self, *columns: str, ax: Axes | None = None, **style: Any) -> Axes:
        """Draws columns, the loss if none is named, over time or else steps; needs matplotlib."""
        ax = axes(ax)
        columns = columns or ("loss",)
        for column in columns:
            ax.plot(self.step if self.time is None else self.time, self[column], **{"label": column, **style})
        ax.set(xlabel="step" if self.time is None else "time", ylabel=", ".join(columns))
        return ax

    def __repr__(self) -> str:
        if len(self) < 2:
            return f"{self.description}\n{self.status} at step {self.record['step']}"
        return repr(self.comparison)

    def _repr_html_(self) -> str:
        return self.comparison._repr_html_() if len(self) > 1 else f"<p>{self!r}</p>"
