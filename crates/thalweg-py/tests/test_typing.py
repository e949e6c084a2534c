"""The type stubs: as the registry is now, and as type checkers read them."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import thalweg
from thalweg import _stubs

PACKAGE = Path(thalweg.__file__).parent
EXAMPLES = Path(__file__).parent / "typing"


@pytest.mark.parametrize("name", _stubs.stubs())
def test_the_stubs_are_as_the_registry(name):
    assert (PACKAGE / name).read_text(encoding="utf-8") == _stubs.stubs()[name], "run python -m thalweg._stubs"


def test_checkers_see_the_names_that_there_are():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (seen,) = (node for node in tree.body if isinstance(node, ast.If))
    found = {name.name: part.module for part in seen.body for name in part.names}
    assert found == thalweg._PLACES | dict.fromkeys(thalweg._MODULES, "thalweg")
    assert sorted(found) == thalweg.__all__


def test_the_package_says_that_it_has_types():
    assert (PACKAGE / "py.typed").exists()


def checked(*command):
    environment = os.environ | {"MYPYPATH": str(PACKAGE.parent), "PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, env=environment).stdout


def mypy(path, tmp_path):
    said = checked("mypy", "--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", str(path))
    return {int(found[1]) for found in re.finditer(r"^[^:]+\.py:(\d+): error", said, re.MULTILINE)}, said


def pyright(path, _):
    said = checked("pyright", "--outputjson", f"--pythonpath={sys.executable}", str(path))
    if not said.startswith("{"):
        pytest.skip("pyright cannot run here: it fetches itself when it is first used")
    return {it["range"]["start"]["line"] + 1 for it in json.loads(said)["generalDiagnostics"]}, said


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_checker_takes_the_good_and_refuses_the_bad(checker, tmp_path):
    if importlib.util.find_spec(checker.__name__) is None:
        pytest.skip(f"{checker.__name__} is not installed")
    lines, said = checker(EXAMPLES / "good.py", tmp_path)
    assert not lines, said
    bad = EXAMPLES / "bad.py"
    marked = {at for at, line in enumerate(bad.read_text().splitlines(), 1) if line.endswith("# refused")}
    lines, said = checker(bad, tmp_path)
    assert lines == marked, said
