"""Classes made from the registry: one for each member of a family, with its settings, defaults and documentation."""

from __future__ import annotations

import difflib
import inspect
import json
from typing import Any, ClassVar, TypeVar, cast

from thalweg import _core

Entry = dict[str, Any]
KINDS = {"number": "float", "whole number": "int", "true or false": "bool", "text": "str"}
LISTS = {"numbers": "float", "whole numbers": "int", "texts": "str"}


def _registry() -> dict[str, list[Entry]]:
    return {family["name"]: family["members"] for family in _core.families()}


def families() -> dict[str, list[str]]:
    """The names of every family's members, such as ``families()["optimizers"]``.

    >>> import thalweg
    >>> thalweg.families()["optimizers"][:3]
    ['sgd', 'momentum', 'nesterov']
    """
    return {family: [entry["name"] for entry in entries] for family, entries in _registry().items()}


def explain(name: str) -> str:
    """What the registry knows of a name: formula, settings with range and default, paper, differences.

    >>> import thalweg
    >>> print(thalweg.explain("sgd").splitlines()[0])
    sgd (optimizer): A step against the gradient, as long as the slope is steep.
    """
    singular = {family["name"]: family["singular"] for family in _core.families()}
    pages = []
    known = []
    for family, entries in _registry().items():
        known += [entry["name"] for entry in entries]
        pages += [
            f"{name} ({singular[family]}): {documentation(entry)}" for entry in entries if entry["name"] == name
        ]
    if not pages:
        near = difflib.get_close_matches(name, known, cutoff=0.7)
        hint = f"; did you mean `{'` or `'.join(near)}`?" if near else ""
        raise ValueError(f"nothing is called `{name}`{hint}")
    return "\n\n".join(pages)


def class_name(name: str) -> str:
    """``schedule_free_adamw`` as ``ScheduleFreeAdamw``."""
    return "".join(word.capitalize() for word in name.split("_"))


def annotation(field: Entry) -> str:
    """The type of a setting, as it is written in Python."""
    if field["kind"] in LISTS:
        return f"Sequence[{LISTS[field['kind']]}]"
    if field["words"]:
        return f"Literal[{', '.join(map(json.dumps, field['words']))}]"
    kind = KINDS[field["kind"]]
    # A word that stands for a number that is not set.
    return f"{kind} | Literal[{json.dumps(field['default'])}]" if kind != "str" and _is_text(field["default"]) else kind


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _allowed(field: Entry) -> str:
    kind = f"list of {LISTS[field['kind']]}" if field["kind"] in LISTS else KINDS[field["kind"]]
    word = f" or {field['default']!r}" if kind != "str" and _is_text(field["default"]) else ""
    range_ = "" if field["range"] == "any" else f", {field['range']}"
    return f"{kind}{word}{range_}, default {field['default']!r}"


def documentation(entry: Entry) -> str:
    """A docstring in numpy's form."""
    parts = [entry["summary"]]
    if entry["formula"]:
        parts.append("Formula::\n\n" + "\n".join(f"    {line}" for line in entry["formula"].splitlines()))
    if entry["fields"]:
        settings = [f"{field['name']} : {_allowed(field)}\n    {field['doc']}" for field in entry["fields"]]
        parts.append("Parameters\n----------\n" + "\n".join(settings))
    if entry["differences"]:
        parts.append(f"Notes\n-----\n{entry['differences']}")
    if entry["paper"]:
        parts.append(f"References\n----------\n{entry['paper']}")
    return "\n\n".join(parts)


class Member:
    """What the members of a family share in Python: settings by name, which can be read and changed."""

    __slots__ = ("_inner",)
    _name: ClassVar[str]
    _defaults: ClassVar[dict[str, Any]]
    _inner: Any

    __hash__ = None  # type: ignore[assignment]

    def settings(self) -> dict[str, Any]:
        """All hyper-parameters and their values."""
        return dict(self._inner.dump())

    def spec(self) -> str:
        """The short form, such as ``adam:lr=0.002,beta2=0.99``, as the command line and the estimators take it."""
        return str(self._inner.short())

    def __str__(self) -> str:
        return self.spec()

    def _differing(self) -> dict[str, Any]:
        """What is not as it is by default."""
        return {name: value for name, value in self.settings().items() if value != self._defaults[name]}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._differing().items())})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Member):
            return NotImplemented
        return self._name == other._name and self.settings() == other.settings()


Base = TypeVar("Base", bound=Member)


def _property(field: Entry) -> property:
    name = field["name"]

    def get(self: Member) -> Any:
        return self._inner.dump()[name]

    def put(self: Member, value: object) -> None:
        self._inner.set({name: value})

    return property(get, put, doc=f"{field['doc']} ({_allowed(field)})")


def own_parameters(base: type[Member]) -> list[inspect.Parameter]:
    """The keywords that all members of a family take besides their own."""
    parameters = inspect.signature(base.__init__).parameters.values()
    return [it for it in parameters if it.kind is it.KEYWORD_ONLY]


def make_classes(family: str, base: type[Base], module: str) -> dict[str, type[Base]]:
    """A class for each member of a family, by its name."""
    classes: dict[str, type[Base]] = {}
    for entry in _registry()[family]:
        fields = entry["fields"]
        keywords = [
            inspect.Parameter(
                it["name"], inspect.Parameter.KEYWORD_ONLY, default=it["default"], annotation=annotation(it)
            )
            for it in fields
        ]
        name = class_name(entry["name"])
        made = type(
            name,
            (base,),
            {
                "__slots__": (),
                "__module__": module,
                "__doc__": documentation(entry),
                "__signature__": inspect.Signature([*keywords, *own_parameters(base)]),
                "_name": entry["name"],
                "_defaults": {it["name"]: it["default"] for it in fields},
                **{it["name"]: _property(it) for it in fields},
            },
        )
        classes[name] = cast("type[Base]", made)
    return classes


def no_such_class(module: str, name: str, known: list[str]) -> AttributeError:
    """What to say of a name that a module does not have, such as ``AdamW`` for ``Adamw``."""
    by_lower = {it.lower(): it for it in known}
    near = difflib.get_close_matches(name.lower().replace("_", ""), by_lower, n=1, cutoff=0.7)
    hint = f"; did you mean `{by_lower[near[0]]}`?" if near else ""
    return AttributeError(f"module '{module}' has no attribute '{name}'{hint}")
