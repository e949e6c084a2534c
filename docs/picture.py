"""Draws what `thalweg train digits` prints as docs/train.svg.

    CLICOLOR_FORCE=1 thalweg train digits | python docs/picture.py docs/train.svg     (needs: pip install rich)
"""

import re
import sys

from rich.console import Console
from rich.text import Text

console = Console(record=True, width=82, file=open("/dev/null", "w"))
console.print(Text.from_ansi("$ thalweg train digits\n" + sys.stdin.read().rstrip()))
svg = console.export_svg(title="thalweg")
# The fonts of the reader's machine will do: a picture fetches nothing.
svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)
# Some viewers drop no-break spaces at the start of a line; preserved plain ones stay.
svg = svg.replace("&#160;", " ").replace("<text ", '<text xml:space="preserve" ')
open(sys.argv[1], "w").write(svg)
