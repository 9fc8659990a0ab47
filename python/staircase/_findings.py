"""What came of a prediction or a comparison."""

from __future__ import annotations

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ._library import Handle
from ._table import Table, TextTable

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes


class Findings:
    """What came of a prediction or a comparison: all numbers in ``data``, for people in ``tables`` and ``sentences``."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    @cached_property
    def data(self) -> dict[str, Any]:
        """All numbers, as ``--json`` prints them; long lists of numbers are arrays."""
        return self._handle.json("findings")

    @cached_property
    def tables(self) -> list[TextTable]:
        """The tables that the command line prints."""
        return [TextTable(**table) for table in self._handle.json("tables")]

    @cached_property
    def sentences(self) -> list[str]:
        """What they say, and what is to be known besides."""
        return self._handle.json("sentences")

    @cached_property
    def experiment(self) -> dict[str, str]:
        """Every key of the experiment with its value, resolved: together they repeat it."""
        return {key.replace("-", "_"): value for key, value in self._handle.json("experiment").items()}

    @cached_property
    def description(self) -> str:
        """What is trained on what, in a line."""
        return self._handle.text("description")

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __repr__(self) -> str:
        return "\n".join([self.description, *map(str, self.tables), *self.sentences])

    def _repr_html_(self) -> str:
        def paragraph(text: str) -> str:
            return f"<p>{html.escape(text)}</p>"

        tables = "".join(table._repr_html_() for table in self.tables)
        return paragraph(self.description) + tables + "".join(map(paragraph, self.sentences))


class Prediction(Findings):
    """What training will do, without training.

    Source: Zhang, Singh, Latham, Saxe 2025 (plateaus and their heights, Eq. 19); ``cite()`` lists all results that stand behind it.
    """

    @cached_property
    def plateaus(self) -> Table:
        """The plateaus of the loss.

        Columns: ``index`` from 1; ``loss``, mean squared error; ``start`` and ``end``, time of the gradient flow (τ = 1); ``learned``,
        principal components from 1; ``algorithm``, what the model runs in context.
        """
        return Table.of_records(self._regression("plateaus"))

    @cached_property
    def drops(self) -> Table:
        """The drops between them. Columns: ``time``, ``components``, ``head`` (from 1; NaN for all), ``near_tie`` (doubt, in words)."""
        return Table.of_records(self._regression("drops"))

    @cached_property
    def curve(self) -> Table:
        """The predicted curve. Columns: ``time`` of the gradient flow and ``loss``, float64."""
        return Table(self._regression("curve"))

    @property
    def largest_stable_learning_rate(self) -> float:
        """The learning rate up to which gradient descent is stable where training ends: 2/μ of the Hessian at the minimum."""
        return self.data["largestStableLearningRate"]

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draws the predicted curve; needs matplotlib."""
        ax = axes(ax)
        ax.plot(self.curve.time, self.curve.loss, **{"label": "theory", "linestyle": "--", **style})
        ax.set(xlabel="time", ylabel="loss")
        return ax

    def _regression(self, member: str) -> Any:
        try:
            return self.data["prediction"][member]
        except KeyError:
            raise AttributeError(f"a prediction of this kind has no {member}: its numbers are in data, its tables in tables") from None


class Comparison(Findings):
    """Theory over a measured loss."""

    @cached_property
    def plateaus(self) -> Table:
        """Every measured plateau with the predicted one, in one row: ``measured_loss``, ``predicted_loss``, ``height_error`` and so on."""
        return Table.of_records(self.data["plateaus"])

    @cached_property
    def missed(self) -> Table:
        """Predicted plateaus that were not seen: too short to show, or training ended before."""
        return Table.of_records(self.data.get("missed", []))

    @property
    def largest_deviation(self) -> float | None:
        """max |L − L_predicted| / L₀ over the recorded points; None where steps have no time of the flow."""
        return self.data.get("largestDeviation")


def axes(ax: Axes | None) -> Axes:
    """The given axes, or new ones."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots()[1]
