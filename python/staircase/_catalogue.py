"""The lists that the library is made of, and the papers' figures."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from ._library import Handle, ProgressFunction, call, watched
from ._table import Table


def kinds() -> Table:
    """The kinds of experiments. Columns: ``name``, ``describes``, ``example``."""
    return Table.of_records([{key: value for key, value in kind.items() if key != "keys"} for kind in _catalogue("kinds")])


def keys(kind: str = "regression") -> Table:
    """The keys of a kind, as arguments of ``predict`` and ``train``. Columns: ``name``, ``value``, ``default``, ``help``, ``group``.

    Raises KeyError where there is no such kind.
    """
    known = {item["name"]: item["keys"] for item in _catalogue("kinds")}
    if kind not in known:
        raise KeyError(f"there is no kind '{kind}'; there are {', '.join(known)}")
    return Table.of_records([{**key, "name": key["name"].replace("-", "_")} for key in known[kind]])


def cite() -> Table:
    """The results that are implemented.

    Columns: ``name``, ``statement``, ``where`` (in the paper), ``holds_when``, ``not_modelled``, ``citation``, ``bibtex``.
    """
    return Table.of_records([{"bibtex" if key == "bibTeX" else key: value for key, value in result.items()}
                             for result in _catalogue("results")])


def figures() -> Table:
    """The figures that ``reproduce`` makes. Columns: ``name``, ``source``, ``shows``."""
    return Table.of_records(_catalogue("figures"))


class Figure:
    """A figure that was reproduced: theory over simulation, every claim put to the test."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self.name: str = handle.text("name")
        self.shows: str = handle.text("shows")
        self.source: str = handle.text("source")

    @cached_property
    def checks(self) -> Table:
        """Columns: ``claim``, ``source``, ``measured``, ``expected``, ``verdict`` (holds, differs, FAILS), ``reason``."""
        names = ("claim", "source", "measured", "expected", "verdict", "reason")
        return Table.of_records([{name: check[name] for name in names} for check in self._handle.json("checks")])

    def report(self, path: str | os.PathLike[str], /) -> None:
        """Writes one HTML file that opens offline."""
        call("write", self._handle.number, os.fspath(path).encode())

    def __repr__(self) -> str:
        return f"{self.name}: {self.shows} ({self.source})\n{self.checks!r}"

    def _repr_html_(self) -> str:
        return f"<p>{self.name}: {self.shows} ({self.source})</p>{self.checks._repr_html_()}"


def reproduce(name: str, /, *, quick: bool = False, progress: ProgressFunction | None = None) -> Figure:
    """Reproduces a figure of the papers; ``quick`` keeps the physics and shrinks the cost.

    Raises InputError where there is no such figure.
    """
    return Figure(watched("reproduce", name.encode(), int(quick), progress=progress))


def version() -> str:
    """The version of the library."""
    return Handle.of("catalogue").text("version")


def _catalogue(name: str) -> Any:
    return Handle.of("catalogue").json(name)
