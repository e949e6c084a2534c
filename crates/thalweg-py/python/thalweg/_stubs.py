"""Writes the type stubs of `thalweg.optim` and `thalweg.schedules` from the registry: ``python -m thalweg._stubs``.

They are made once and kept, since no type checker runs what makes the classes; a test says when they are old.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from thalweg import _core
from thalweg._members import Entry, annotation, class_name, own_parameters
from thalweg._optimizer import Optimizer
from thalweg._schedule import Schedule

HEADER = '''"""{summary}

Made from the registry by `python -m thalweg._stubs`.
"""

from collections.abc import Sequence
from typing import Literal

from thalweg.{home} import {base} as {base}
'''
WIDTH = 120


def stubs() -> dict[str, str]:
    """The text of each stub by its file's name."""
    families = {family["name"]: family for family in _core.families()}
    return {
        "optim.pyi": _stub(families["optimizers"], Optimizer, "_optimizer"),
        "schedules.pyi": _stub(families["schedules"], Schedule, "_schedule"),
    }


def _stub(family: Entry, base: type[Optimizer] | type[Schedule], home: str) -> str:
    own = [f"{it.name}: {it.annotation} = {it.default!r}".replace("'", '"') for it in own_parameters(base)]
    classes = [_class(entry, base.__name__, own) for entry in family["members"]]
    text = HEADER.format(summary=family["summary"], home=home, base=base.__name__)
    # A name that no member of the family needs is not imported.
    for name in ("Sequence", "Literal"):
        if not any(f"{name}[" in it for it in classes):
            text = "".join(line for line in text.splitlines(True) if not line.endswith(f"import {name}\n"))
    return text + "".join(f"\n{it}" for it in classes)


def _class(entry: Entry, base: str, own: list[str]) -> str:
    fields = entry["fields"]
    lines = textwrap.wrap(f'"""{entry["summary"]}"""', WIDTH - 4)
    for field in fields:
        lines += [f"{field['name']}: {annotation(field)}"]
        lines += textwrap.wrap(f'"""{field["doc"]}"""', WIDTH - 4)
    parameters = [f"{it['name']}: {annotation(it)} = {_default(it)}" for it in fields] + own
    if parameters:
        lines += ["def __init__(", "    self,", "    *,", *(f"    {it}," for it in parameters), ") -> None: ..."]
    else:
        lines += ["def __init__(self) -> None: ..."]
    return f"class {class_name(entry['name'])}({base}):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def _default(field: Entry) -> str:
    # A list that may be changed is no default of a stub.
    return "..." if isinstance(field["default"], list) else repr(field["default"]).replace("'", '"')


def main() -> None:
    for name, text in stubs().items():
        Path(__file__).with_name(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
