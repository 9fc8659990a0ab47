"""Anybody's checkpoints: in files, in memory, or as they come."""

from __future__ import annotations

import html
import os
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_int32, c_int64, c_uint64, c_void_p
from functools import cached_property
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ._findings import axes
from ._library import NO_PROGRESS, Handle, InputError, ProgressFunction, call, declare, request, watched
from ._table import Table, snake_case

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

StateDict = Mapping[str, Any]
"""Arrays, or torch's tensors, by name."""


class _Tensor(Structure):
    _fields_ = [("name", c_char_p), ("type", c_char_p), ("data", c_void_p), ("shape", POINTER(c_int64)), ("axes", c_int32)]


declare("analyze_tensors", c_char_p, POINTER(c_int64), POINTER(_Tensor), c_int64)
declare("log", c_uint64, c_int64, POINTER(c_double), POINTER(_Tensor), c_int64)

_TYPES = {
    "float64": b"F64", "float32": b"F32", "float16": b"F16", "bfloat16": b"BF16", "int64": b"I64", "int32": b"I32", "int16": b"I16",
    "int8": b"I8", "uint64": b"U64", "uint32": b"U32", "uint16": b"U16", "uint8": b"U8", "bool": b"BOOL",
}


_NOT_SHOWN = ("step", "normalized_effective_rank", "largest_singular_value", "_distance", "_previous", "qk_eigenvalue_positivity")


class _Tensors:
    """A state dict as the library reads it: in place where an array lies in C order, else in one copy."""

    def __init__(self, states: Mapping[int, StateDict]) -> None:
        named = [(step, name, value) for step, state in states.items() for name, value in state.items()]
        self.count = len(named)
        self.items = (_Tensor * self.count)()
        self.steps = (c_int64 * self.count)(*(step for step, _, _ in named))
        self._kept: list[Any] = []
        for item, (_, name, value) in zip(self.items, named):
            array, kind = _array(name, value)
            shape = (c_int64 * array.ndim)(*array.shape)
            self._kept += [array, shape]
            item.name, item.type, item.data, item.shape, item.axes = name.encode(), kind, array.ctypes.data, shape, array.ndim


def _array(name: str, value: Any) -> tuple[np.ndarray, bytes]:
    import numpy as np

    if hasattr(value, "detach"):  # torch's, wherever it lies; numpy has no bfloat16, so its bits go as integers
        value = value.detach().cpu().contiguous()
        kind = str(value.dtype).removeprefix("torch.")
        if kind == "bfloat16":
            import torch

            return value.view(torch.int16).numpy(), b"BF16"
        value = value.numpy()
    array = np.ascontiguousarray(value).reshape(np.shape(value))
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype.name not in _TYPES:
        raise InputError(f"'{name}' holds {array.dtype}, which is no type of weights: expected {', '.join(_TYPES)}")
    return array, _TYPES[array.dtype.name]


class Analysis:
    """What was found in checkpoints: an audit, a layout with its reasons, measures of every head, transitions."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    @cached_property
    def rows(self) -> Table:
        """The measures: a row a step and head (or plain matrix).

        Columns: ``step``, ``module`` (where a model has several attentions), ``layer``, ``head`` (or ``tensor``);
        of each circuit, QK = W_Qᵀ W_K and OV = W_O W_V, as ``qk_…`` and ``ov_…``:
        ``effective_rank`` (exp of the entropy of σ/Σσ), ``normalized_effective_rank``, ``stable_rank`` (Σσ²/σ₁²), ``norm`` (Frobenius),
        ``largest_singular_value``, ``subspace_distance`` (to the last checkpoint), ``geodesic_to_previous``, ``overlap_with_previous``,
        ``eigenvalue_positivity`` (Re Σλ/Σ|λ|). NaN where there is nothing to measure.
        """
        handle = self._handle
        columns: dict[str, Any] = {"step": handle.array("step")}
        if self.layout:
            modules = handle.json("modules")
            columns.update({"module": modules} if any(modules) else {}, layer=handle.array("layer"), head=handle.array("head"))
        else:
            columns["tensor"] = handle.json("tensors")
        columns.update((snake_case(name), handle.array(name)) for name in handle.json("columns"))
        return Table(columns)

    @cached_property
    def transitions(self) -> Table:
        """Where a measure of a head, or a loss, changes.

        Columns: ``subject``, ``measure``, ``step`` (between ``earliest`` and ``latest``), ``size``, ``false_alarm_rate`` (how often chance
        alone shows as much anywhere in one series). ``no_transitions`` says why there are none.
        """
        return _transitions(self._handle)

    @property
    def no_transitions(self) -> str:
        """Why transitions were not looked for; empty where they were."""
        return self._handle.text("noTransitions")

    @cached_property
    def audit(self) -> Table:
        """What must be known before any number is believed: ``step``, ``kind``, ``text``."""
        return Table.of_records(self._handle.json("audit"), columns=("step", "kind", "text"))

    @cached_property
    def layout(self) -> str:
        """How attention is stored; empty where plain matrices were analyzed."""
        return self._handle.text("layout")

    @cached_property
    def decisions(self) -> list[str]:
        """What was decided of the layout, and why."""
        return self._handle.json("decisions")

    @cached_property
    def skipped(self) -> list[str]:
        """Tensors and files that were not read, with the reasons."""
        return self._handle.json("skipped")

    @cached_property
    def steps(self) -> np.ndarray:
        """The steps of the checkpoints, int64, ascending."""
        return self._handle.array("steps")

    def plot(self, measure: str = "qk_effective_rank", ax: Axes | None = None, **style: Any) -> Axes:
        """Draws a measure of every head over the steps; needs matplotlib."""
        ax = axes(ax)
        rows = self.rows
        modules = rows.module if "module" in rows.columns else [""] * len(rows)
        subjects = rows.tensor if not self.layout else [
            f"{module} layer {layer} head {head}".strip() for module, layer, head in zip(modules, rows.layer, rows.head)]
        for subject in dict.fromkeys(subjects):
            of = [i for i, other in enumerate(subjects) if other == subject]
            ax.plot(rows.step[of], rows[measure][of], label=subject, **style)
        ax.set(xlabel="step", ylabel=measure.replace("_", " "))
        return ax

    def report(self, path: str | os.PathLike[str], /) -> None:
        """Writes one HTML file that opens offline; the rows as CSV where the path ends with ``.csv``."""
        call("write", self._handle.number, os.fspath(path).encode())

    def __repr__(self) -> str:
        return "\n".join([*self._lines(), repr(self._shown())])

    def _repr_html_(self) -> str:
        return f"<p>{'<br>'.join(html.escape(line) for line in self._lines())}</p>{self._shown()._repr_html_()}"

    def _lines(self) -> list[str]:
        audit = [f"  {text}" for text in self.audit.text] if len(self.audit) else []
        found = f"No transitions: {self.no_transitions}." if self.no_transitions else f"{len(self.transitions)} transitions."
        return [
            f"{len(self.steps)} checkpoints, steps {self.steps[0]} to {self.steps[-1]}; layout {self.layout or 'none: plain matrices'}.",
            *(f"  {decision}" for decision in self.decisions),
            f"Audit: {len(self.audit)} findings." if audit else "Audit: nothing found.", *audit, found,
        ]

    def _shown(self) -> Table:
        """The measures of the last checkpoint, those that the command line shows."""
        last = self.rows.where(step=self.steps[-1])
        return Table({name: last[name] for name in last.columns if not name.endswith(_NOT_SHOWN)}, f"step {self.steps[-1]}")


def analyze(
    what: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | StateDict | Mapping[int, StateDict], /, *,
    steps: str | tuple[int | None, int | None] | None = None, progress: ProgressFunction | None = None, **options: Any,
) -> Analysis:
    """Audits checkpoints of anybody, then measures every attention head in them.

    Parameters
    ----------
    what
        Files, folders of files, folders of folders (safetensors, torch, npz); or a live model, ``model.state_dict()``, whose tensors are
        read where they are; or several by their steps, ``{0: state, 100: state}``.
    steps
        A range: ``"1000..5000"`` or ``(1000, 5000)``.
    options
        Those of ``staircase analyze``: ``pattern``, ``every``, ``layout``, ``heads``, ``kv_heads``, ``tensors``, ``losses``,
        ``directions``, ``mapped``; and ``config``, a dict of what a config.json would say, such as ``model.config.to_dict()``.
    progress
        Told how far it is; returning ``False`` stops it.

    Raises
    ------
    InputError
        A file is missing or malformed, or nothing can be analyzed.
    """
    given = _options(options, steps)
    if isinstance(what, Mapping):
        states = what if what and all(isinstance(state, Mapping) for state in what.values()) else {0: what}
        tensors = _Tensors(states)
        return Analysis(watched(
            "analyze_tensors", request(given), tensors.steps, tensors.items, tensors.count, progress=progress))
    paths = [what] if isinstance(what, (str, os.PathLike)) else list(what)
    return Analysis(watched("analyze", request({"paths": [os.fspath(path) for path in paths], **given}), progress=progress))


class Monitor:
    """A training that is under way: losses and checkpoints as they come; plateaus, ranks and transitions of every head at any time.

    >>> monitor = staircase.Monitor(heads=8)
    >>> for step, batch in enumerate(batches):
    ...     loss = train_step(model, batch)
    ...     monitor.log(step, loss.item(), model.state_dict() if step % 100 == 0 else None)
    >>> monitor

    ``options`` are those of ``analyze``. A checkpoint is measured when it comes; a copy is kept until the next one.
    """

    def __init__(self, **options: Any) -> None:
        self._handle = Handle.of("monitor", request(_options(options, None)))
        self._losses: tuple[list[int], list[float]] = ([], [])
        self._checkpoints = 0
        self._analysis: Analysis | None = None

    def log(self, step: int, loss: float | None = None, state_dict: StateDict | None = None) -> None:
        """Adds what there is of a step, after those before.

        Parameters
        ----------
        step
            The step.
        loss
            The loss; a number, or an array or tensor with one.
        state_dict
            The checkpoint: arrays, or torch's tensors, by name. It is read before this returns.

        Raises InputError where the loss is not finite, a step comes twice, or there is no attention of a known layout; then nothing of the
        step is kept.
        """
        number = None if loss is None else c_double(float(loss))
        tensors = None if state_dict is None else _Tensors({step: state_dict})
        call("log", self._handle.number, step, None if number is None else byref(number),
             None if tensors is None else tensors.items, 0 if tensors is None else tensors.count, *NO_PROGRESS)
        if number is not None:
            self._losses[0].append(step)
            self._losses[1].append(number.value)
        self._checkpoints += tensors is not None
        self._analysis = None

    @property
    def loss(self) -> Table:
        """The losses so far. Columns: ``step``, ``loss``."""
        import numpy as np

        return Table({"step": np.array(self._losses[0], dtype=np.int64), "loss": np.array(self._losses[1])})

    @property
    def plateaus(self) -> Table:
        """The plateaus of the loss so far. Columns: ``loss``, ``start``, ``end``, ``duration``, in steps; the last may still go on."""
        found = Handle.of("monitor_plateaus", self._handle.number)
        return Table.of_records(found.json("list"), columns=("loss", "start", "end", "duration"))

    @property
    def analysis(self) -> Analysis:
        """Everything of the checkpoints so far; ``subspace_distance`` is NaN, as the last checkpoint is not there yet."""
        if self._analysis is None:
            self._analysis = Analysis(Handle.of("monitor_analysis", self._handle.number))
        return self._analysis

    @property
    def ranks(self) -> Table:
        """The measures of every head at the last checkpoint."""
        return self.analysis.rows.where(step=self.analysis.steps[-1])

    @property
    def transitions(self) -> Table:
        """Where measures of heads, or the loss, have changed so far; looked for from 40 checkpoints on."""
        return self.analysis.transitions

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draws the loss so far and its plateaus; needs matplotlib."""
        ax = axes(ax)
        ax.plot(self.loss.step, self.loss.loss, **{"label": "loss", **style})
        for plateau in self.plateaus:
            ax.hlines(plateau["loss"], plateau["start"], plateau["end"], colors="grey", linestyles="--")
        ax.set(xlabel="step", ylabel="loss")
        return ax

    def __repr__(self) -> str:
        parts = [f"{len(self._losses[0])} losses, {self._checkpoints} checkpoints."]
        if len(self._losses[0]) > 1:
            parts.append(repr(Table({"plateau": list(range(1, len(self.plateaus) + 1)), **self.plateaus._columns})))
        if self._checkpoints:
            parts.append(repr(self.analysis))
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        parts = [f"<p>{len(self._losses[0])} losses, {self._checkpoints} checkpoints.</p>"]
        if len(self._losses[0]) > 1:
            parts.append(self.plateaus._repr_html_())
        if self._checkpoints:
            parts.append(self.analysis._repr_html_())
        return "".join(parts)


def _transitions(handle: Handle) -> Table:
    columns = ("subject", "measure", "step", "earliest", "latest", "size", "false_alarm_rate")
    found = Table.of_records(handle.json("transitions"), columns=columns)
    return Table({**found._columns, "measure": [snake_case(name) for name in found.measure]})


def _options(options: Mapping[str, Any], steps: str | tuple[int | None, int | None] | None) -> dict[str, Any]:
    if steps is None:
        return dict(options)
    ends = tuple(steps.split("..")) if isinstance(steps, str) else tuple(steps)
    try:
        first, last = (None if end in ("", None) else int(end) for end in ends)
    except (TypeError, ValueError):
        raise InputError(f"steps must be FROM..TO, such as '1000..5000', '1000..' or (1000, 5000), not {steps!r}") from None
    return {**options, "from": first, "to": last}
