"""The guides' examples run as they stand, each page from its first to its last, and what they print as a claim holds."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ["docs/guide/python.md", "docs/guide/python-estimators.md", "crates/thalweg-py/README.md"]


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def run(page, examples, capsys):
    names = {"__name__": "__main__"}
    for block in examples:
        exec(compile(block, page, "exec"), names)
    printed = capsys.readouterr().out
    assert printed and "False" not in printed, printed


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(page, blocks(page), capsys)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_the_example_on_dask(capsys):
    pytest.importorskip("distributed")
    page = "docs/guide/python-parallel.md"
    on_dask, on_ray = blocks(page)  # Ray's is what test_ecosystem does, where a cluster of its can be had
    assert "ray.init" in on_ray
    run(page, [on_dask], capsys)
