"""Tables of any kind as the columns that the library takes.

A column is `(name, kind, cells)`: `number` with float64 and NaN for missing, `boolean` with int8 and −1 for missing,
`text` with strings or None, `image` with uint8 of shape (rows, height, width), and `unsupported` with the name of a
type.
"""

from __future__ import annotations

import numbers
import os
import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column = tuple[str, str, Any]

_MISSING_WORD = "missing"


def is_table(data: Any) -> bool:
    """Whether these are rows in memory, and no path or name."""
    return not isinstance(data, str) and not hasattr(data, "__fspath__")


def is_plain(data: Any) -> bool:
    """Whether these rows are numbers as they are: anything but a DataFrame with text, dates or missing values.

    >>> is_plain([[1.0, 2.0]])
    True
    """
    if not (hasattr(data, "columns") and hasattr(data, "dtypes")):
        return True
    kinds = data.dtypes if isinstance(data.dtypes, list) else list(data.dtypes)
    if hasattr(data, "null_count"):
        return all(kind.is_numeric() for kind in kinds) and not any(data.null_count().row(0))
    return all(getattr(kind, "kind", "O") in "iufb" for kind in kinds) and not data.isna().to_numpy().any()


def columns(data: Any) -> list[Column]:
    """The columns of a table as the library takes them.

    `data` is a pandas or polars DataFrame, a pyarrow Table, a dict of columns, or an array of shape (rows, columns),
    whose columns are called `x0`, `x1`, and so on. In a dict, an array of two dimensions `a` gives `a0`, `a1`, …, and
    uint8 of three dimensions are images.

    Raises
    ------
    TypeError
        It is none of these.
    ValueError
        There are no columns.

    >>> columns({"age": [31, None], "name": ["Ada", None]})[1]
    ('name', 'text', ['Ada', None])
    """
    found = []
    for name, cells in _named(data):
        found.extend(_column(str(name), cells))
    if not found:
        raise ValueError("data has no columns")
    return found


def as_data(data: Any, *, held: bool = False) -> list[Column] | str:
    """What the library takes: columns of a table, or a path or a name as it is, unless rows must be held."""
    return columns(data) if held or is_table(data) else os.fspath(data)


def with_target(data: Any, target: Any) -> tuple[list[Column] | str | None, str | None]:
    """What the library takes of data, and the name of the target: a column, or values that become one."""
    if data is None:
        return None, target
    source = as_data(data)
    if target is None or isinstance(target, str):
        return source, target
    if not is_table(data):
        raise TypeError("the target of a file or a data set is the name of a column")
    name = getattr(target, "name", None)
    name = name if isinstance(name, str) else "target"
    taken = {it[0] for it in source}
    while name in taken:
        name += "_"
    return source + _column(name, target), name


def others(settings: dict[str, Any], target: str | None) -> tuple[dict[str, list[Column]], dict[str, Any]]:
    """Tables among the settings as columns, each by its name, and the other settings.

    Validation or test rows are a table that has the target's column, or a pair of features and targets.
    """
    found = {}
    for name in ("validation", "test"):
        part = settings.get(name)
        if part is None or isinstance(part, numbers.Real) or not is_table(part):
            continue
        settings = {key: value for key, value in settings.items() if key != name}
        if not isinstance(part, tuple):
            found[name] = columns(part)
        elif len(part) != 2:
            raise TypeError(f"{name} takes a table or a pair of features and targets, not a tuple of {len(part)}")
        elif target is None:
            raise TypeError(f"a pair of features and targets for {name} needs the name of the target: say target=")
        else:
            found[name] = columns(part[0]) + _column(target, part[1])
    return found, settings


def plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with the members of `thalweg.optim` and `thalweg.schedules` in their short forms."""
    members = sys.modules.get("thalweg._members")
    if members is None:
        return settings

    def of(value: Any) -> Any:
        if isinstance(value, members.Member):
            return value.spec()
        return [of(it) for it in value] if isinstance(value, list) else value

    return {name: of(value) for name, value in settings.items()}


def _named(data: Any) -> list[tuple[Any, Any]]:
    """Pairs of a name and cells."""
    if _is_a(data, "pandas", "DataFrame"):
        return [(name, data.iloc[:, at]) for at, name in enumerate(data.columns)]
    if _is_a(data, "polars", "LazyFrame"):
        data = data.collect()
    if _is_a(data, "polars", "DataFrame"):
        return [(series.name, series) for series in data.get_columns()]
    if _is_a(data, "pyarrow", "Table") or _is_a(data, "pyarrow", "RecordBatch"):
        return list(zip(data.schema.names, data.columns, strict=True))
    if isinstance(data, Mapping):
        return list(data.items())
    array = np.asarray(data)
    if array.ndim == 3 and array.dtype == np.uint8:
        return [("image", array)]
    if array.ndim == 2:
        return [("x", array)]
    found = f"{array.ndim} dimensions" if isinstance(data, np.ndarray) else type(data).__name__
    raise TypeError(
        "data must be a path, the name of a data set, a DataFrame, a dict of columns or an array of shape "
        f"(rows, columns), not {found}"
    )


def _is_a(data: Any, module: str, name: str) -> bool:
    """Whether this is a class of a module, which is not imported for it."""
    known = sys.modules.get(module)
    return known is not None and isinstance(data, getattr(known, name))


def _column(name: str, cells: Any) -> list[Column]:
    """The columns of one name: several for an array of two dimensions."""
    if _is_a(cells, "pandas", "Series"):
        return [_of_pandas(name, cells)]
    if _is_a(cells, "polars", "Series"):
        return [_of_polars(name, cells)]
    if _is_a(cells, "pyarrow", "ChunkedArray") or _is_a(cells, "pyarrow", "Array"):
        return [_of_array(name, _of_arrow(cells))]
    if isinstance(cells, np.ma.MaskedArray):
        cells = _masked(cells)
    if not isinstance(cells, np.ndarray):
        cells = _listed(cells)
    if cells.ndim == 3 and cells.dtype == np.uint8:
        return [(name, "image", np.ascontiguousarray(cells))]
    if cells.ndim == 2:
        return [_of_array(f"{name}{at}", cells[:, at]) for at in range(cells.shape[1])]
    return [_of_array(name, cells)]


def _listed(cells: Any) -> NDArray[Any]:
    """A list as an array: of its own type where it has one, or else of objects."""
    if isinstance(cells, (str, bytes)) or not hasattr(cells, "__iter__"):
        raise TypeError(f"a column must be a list or an array, not {type(cells).__name__}")
    cells = list(cells)
    if all(isinstance(cell, numbers.Real) and not isinstance(cell, (bool, np.bool_)) for cell in cells):
        return np.array([float(cell) for cell in cells], dtype=np.float64)
    if cells and all(isinstance(cell, (list, tuple, np.ndarray)) for cell in cells):
        return np.asarray(cells)
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def _masked(cells: Any) -> NDArray[Any]:
    array = cells.astype(object).data.copy()
    array[np.ma.getmaskarray(cells)] = None
    return array


def _of_pandas(name: str, series: Any) -> Column:
    pandas = sys.modules["pandas"]
    kind = series.dtype
    if isinstance(kind, pandas.CategoricalDtype):
        series = series.astype(object)
    elif isinstance(kind, pandas.DatetimeTZDtype):
        series = series.dt.tz_convert(None)
    elif isinstance(kind, pandas.SparseDtype):
        series = series.sparse.to_dense()
    if pandas.api.types.is_extension_array_dtype(series.dtype):
        # Whole numbers, booleans and texts with a mark for what is missing.
        series = series.astype(object).where(series.notna(), None)
    return _of_array(name, series.to_numpy())


def _of_polars(name: str, series: Any) -> Column:
    polars = sys.modules["polars"]
    kind = series.dtype
    if kind.is_numeric():
        return _of_array(name, series.cast(polars.Float64).to_numpy())
    if kind in (polars.Date, polars.Datetime):
        return _of_array(name, series.cast(polars.Datetime("us")).to_numpy())
    if kind.is_nested():
        return (name, "unsupported", str(kind).lower())
    return _of_array(name, _listed(series.to_list()))


def _of_arrow(cells: Any) -> NDArray[Any]:
    kind = str(cells.type)
    if kind.startswith(("int", "uint", "float", "double", "half", "timestamp", "date")):
        return cells.to_numpy() if hasattr(cells, "num_chunks") else cells.to_numpy(zero_copy_only=False)
    return _listed(cells.to_pylist())


def _of_array(name: str, cells: NDArray[Any]) -> Column:
    """An array of one dimension as a column."""
    if cells.ndim != 1:
        raise ValueError(f"column `{name}` has {cells.ndim} dimensions, not 1")
    kind = cells.dtype.kind
    if kind in "iuf":
        return (name, "number", np.ascontiguousarray(cells, dtype=np.float64))
    if kind == "b":
        return (name, "boolean", np.ascontiguousarray(cells, dtype=np.int8))
    if kind in "US":
        cells = cells.astype(str) if kind == "U" else np.char.decode(cells, "utf-8")
        return (name, "text", cells.tolist())
    if kind == "M":
        texts = np.datetime_as_string(cells.astype("datetime64[s]"))
        return (name, "text", [None if at == "NaT" else at.replace("T", " ") for at in texts.tolist()])
    if kind == "O":
        return _of_objects(name, cells.tolist())
    return (name, "unsupported", str(cells.dtype))


def _of_objects(name: str, cells: list[Any]) -> Column:
    """Cells that may be missing, each of a type of its own."""
    kinds = {_kind(cell) for cell in cells}
    present = kinds - {_MISSING_WORD}
    if "other" in present:
        other = next(cell for cell in cells if _kind(cell) == "other")
        return (name, "unsupported", type(other).__name__)
    if present <= {"number"}:
        values = [np.nan if _kind(cell) == _MISSING_WORD else float(cell) for cell in cells]
        return (name, "number", np.array(values, dtype=np.float64))
    if present == {"boolean"}:
        values = [-1 if _kind(cell) == _MISSING_WORD else int(cell) for cell in cells]
        return (name, "boolean", np.array(values, dtype=np.int8))
    return (name, "text", [_text(cell) for cell in cells])


def _kind(cell: Any) -> str:
    if cell is None or cell is np.ma.masked:
        return _MISSING_WORD
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, (bool, np.bool_)):
        return "boolean"
    if isinstance(cell, (numbers.Real, Decimal)):
        return _MISSING_WORD if cell != cell else "number"
    if type(cell).__name__ in ("NAType", "NaTType"):
        return _MISSING_WORD
    if hasattr(cell, "isoformat"):
        return "text"
    return "other"


def _text(cell: Any) -> str | None:
    """A cell of a column of texts as it would be written."""
    kind = _kind(cell)
    if kind == _MISSING_WORD:
        return None
    if kind == "boolean":
        return "true" if cell else "false"
    if kind == "number":
        value = float(cell)
        return str(int(value)) if value.is_integer() else str(value)
    return cell.isoformat(" ") if hasattr(cell, "hour") else str(cell)
