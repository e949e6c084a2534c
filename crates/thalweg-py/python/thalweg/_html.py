"""What notebooks show: small tables and pictures that need nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any


def short(value: Any) -> str:
    """A number to four digits; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of texts."""
    cells = "".join(f"<th>{escape(str(name))}</th>" for name in head)
    lines = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    return f"<table><tr>{cells}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def block(title: str, text: str, table: str = "", picture: str = "", sentences: Iterable[str] = ()) -> str:
    """A title, a text, a table, a picture as SVG, and sentences to read it with."""
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    picture = picture.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)
    said = f"<ul>{said}</ul>" if said else ""
    return f"<div><p><b>{escape(title)}</b><br>{escape(text)}</p>{table}{picture}{said}</div>"
