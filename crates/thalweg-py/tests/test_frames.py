"""Tables of every kind give the same columns, and an encoder makes rows of features of them."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from thalweg import _frames
from thalweg._core import Encoder

TABLE = {
    "age": [20.0, 30.0, None, 40.0],
    "color": ["red", None, "blue", "red"],
    "member": [True, False, True, None],
    "count": [1, 2, 3, 4],
}


def told(data):
    """Columns with arrays as lists, NaN as None, so that they can be compared."""
    columns = []
    for name, kind, cells in _frames.columns(data):
        cells = cells.tolist() if hasattr(cells, "tolist") else cells
        columns.append((name, kind, [None if cell != cell else cell for cell in cells]))
    return columns


def test_every_kind_of_table_gives_the_same_columns():
    expected = [
        ("age", "number", [20.0, 30.0, None, 40.0]),
        ("color", "text", ["red", None, "blue", "red"]),
        ("member", "boolean", [1, 0, 1, -1]),
        ("count", "number", [1.0, 2.0, 3.0, 4.0]),
    ]
    assert told(TABLE) == expected
    assert told(pd.DataFrame(TABLE)) == expected
    assert told(pd.DataFrame(TABLE).convert_dtypes()) == expected
    assert told(pd.DataFrame(TABLE).astype({"color": "category"})) == expected
    assert told(pl.DataFrame(TABLE)) == expected
    assert told(pl.DataFrame(TABLE).lazy()) == expected
    assert told(pl.DataFrame(TABLE).with_columns(pl.col("color").cast(pl.Categorical))) == expected
    assert told(pa.table(TABLE)) == expected


def test_arrays_are_columns_with_numbers_for_names():
    assert [it[0] for it in _frames.columns(np.zeros((3, 2)))] == ["x0", "x1"]
    assert [it[0] for it in _frames.columns({"a": np.zeros((3, 2)), "b": [1, 2, 3]})] == ["a0", "a1", "b"]
    (name, kind, _), = _frames.columns(np.zeros((3, 4, 4), dtype=np.uint8))
    assert (name, kind) == ("image", "image")


def test_cells_of_many_types_are_texts_and_what_is_no_cell_is_named():
    assert told({"x": ["a", 7, 7.0, True, None, float("nan")]}) == [("x", "text", ["a", "7", "7", "true", None, None])]
    days = pd.to_datetime(["2026-01-01", None])
    assert told({"x": days})[0][2] == ["2026-01-01 00:00:00", None]
    with pytest.raises(TypeError, match="DataFrame"):
        _frames.columns(7)


def test_an_encoder_knows_only_its_rows():
    table = _frames.columns(pd.DataFrame(TABLE))
    encoder = Encoder.fit(table, np.array([0, 1], dtype=np.uint32))
    assert encoder.feature_names() == ["age", "color=red", "color (missing)", "member", "count"]
    x = encoder.transform(table)
    assert x.dtype == np.float32 and x.shape == (4, encoder.n_features)
    # The mean of 20 and 30 is 25, their standard deviation 5; the missing one becomes their median.
    assert x[:, 0].tolist() == [-1.0, 1.0, 0.0, 3.0]
    # Blue was not seen and counts as missing.
    assert x[:, 1].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert x[:, 2].tolist() == [0.0, 1.0, 1.0, 0.0]


def test_an_encoder_is_pickled_and_finds_columns_by_name():
    table = pd.DataFrame(TABLE)
    encoder = Encoder.fit(_frames.columns(table))
    again = pickle.loads(pickle.dumps(encoder))
    assert again == encoder
    turned = _frames.columns(table[table.columns[::-1]])
    assert np.array_equal(again.transform(turned), encoder.transform(_frames.columns(table)))


def test_what_an_encoder_cannot_do_is_said():
    encoder = Encoder.fit(_frames.columns(TABLE))
    with pytest.raises(ValueError, match="`age`.*`aged`"):
        encoder.transform(_frames.columns(pd.DataFrame(TABLE).rename(columns={"age": "aged"})))
    with pytest.raises(ValueError, match="a number"):
        encoder.transform(_frames.columns({**TABLE, "age": ["old", "new", "old", "new"]}))
    with pytest.raises(ValueError, match="rows"):
        _ = Encoder.fit(_frames.columns({"a": [1, 2], "b": [1, 2, 3]}))
    with pytest.raises(ValueError, match="row 9"):
        Encoder.fit(_frames.columns(TABLE), np.array([9], dtype=np.uint32))
    with pytest.raises(ValueError, match="no encoder"):
        Encoder("{}")
    with pytest.raises(ValueError):
        Encoder.fit(_frames.columns({"a": [1, 1]}))
    assert Encoder.fit(_frames.columns({**TABLE, "c": [1] * 4})).left_out == [("c", "constant")]
