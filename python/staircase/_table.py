"""Tables: of numpy columns, and of text as the command line prints it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping, Sequence

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_MOST_ROWS = 20


class Table:
    """Columns of equal length, by name.

    ``table["loss"]`` and ``table.loss`` are a column as an array; ``table[3]`` is a row as a dict; iterating gives rows; ``to_pandas()``
    gives a data frame. Cells that hold nothing are NaN in columns of numbers.
    """

    def __init__(self, columns: Mapping[str, Any], title: str = "") -> None:
        self._columns = dict(columns)
        self.title = title

    @classmethod
    def of_records(cls, records: Sequence[Mapping[str, Any]], title: str = "", columns: Sequence[str] = ()) -> Table:
        """A row a record; members of members become columns of their own, as in ``measured_loss``; names become snake_case."""
        rows = [dict(_flat(record)) for record in records]
        names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
        # A member that is an object in some records and nothing in others leaves its own name behind.
        names = [name for name in names if any(row.get(name) is not None for row in rows)
                 or not any(other.startswith(name + "_") for other in names)]
        return cls({name: _column([row.get(name) for row in rows]) for name in names}, title)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    def __getitem__(self, key: str | int) -> Any:
        if isinstance(key, str):
            try:
                return self._columns[key]
            except KeyError:
                raise KeyError(f"there is no column '{key}'; there are {', '.join(self._columns)}") from None
        if not -len(self) <= key < len(self):
            raise IndexError(f"there is no row {key}; there are {len(self)}")
        return {name: values[key] for name, values in self._columns.items()}

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._columns:
            return self._columns[name]
        raise AttributeError(f"there is no column '{name}'; there are {', '.join(self.__dict__.get('_columns', ()))}")

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[row] for row in range(len(self)))

    def where(self, **values: Any) -> Table:
        """The rows that hold these values: ``rows.where(layer=0, head=3)``."""
        import numpy as np

        kept = np.ones(len(self), dtype=bool)
        for name, value in values.items():
            kept &= np.asarray([item == value for item in self[name]], dtype=bool)
        rows = np.flatnonzero(kept)
        return Table({
            name: column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows]
            for name, column in self._columns.items()
        }, self.title)

    def to_pandas(self) -> pd.DataFrame:
        """A data frame; needs pandas."""
        import pandas as pd

        return pd.DataFrame({name: list(values) if isinstance(values, list) else values for name, values in self._columns.items()})

    def __repr__(self) -> str:
        return str(self._text())

    def _repr_html_(self) -> str:
        return self._text()._repr_html_()

    def _text(self) -> TextTable:
        shown = list(range(min(len(self), _MOST_ROWS)))
        rows = [[_cell(values[row]) for values in self._columns.values()] for row in shown]
        if len(self) > _MOST_ROWS:
            rows.append(["…" for _ in self._columns])
        title = self.title + (f" ({len(self)} rows)" if len(self) > _MOST_ROWS else "")
        return TextTable(title.strip(), self.columns, rows)


class TextTable:
    """A table of text: ``title``, ``columns``, ``rows``."""

    def __init__(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.title, self.columns, self.rows = title, list(columns), [list(row) for row in rows]

    def __repr__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.columns))]
        text = "\n".join(" ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
        return f"{self.title}\n{text}" if self.title else text

    def _repr_html_(self) -> str:
        def row(cells: Sequence[str], tag: str) -> str:
            return "<tr>" + "".join(f'<{tag} style="text-align:left">{html.escape(cell)}</{tag}>' for cell in cells) + "</tr>"

        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        body = "".join(row(cells, "td") for cells in self.rows)
        return f"<table>{caption}<thead>{row(self.columns, 'th')}</thead><tbody>{body}</tbody></table>"


def snake_case(name: str) -> str:
    """``largestStableLearningRate`` as ``largest_stable_learning_rate``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        name = prefix + snake_case(name)
        if isinstance(value, Mapping):
            yield from _flat(value, name + "_")
        else:
            yield name, value


def _column(values: list[Any]) -> np.ndarray | list[Any]:
    """An array of numbers where all cells are numbers or empty, else the list."""
    import numpy as np

    filled = [value for value in values if value is not None]
    if not filled or any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in filled):
        return values
    if len(filled) == len(values) and all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "—"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return " ".join(map(_cell, value)) or "none"
    return str(value)
