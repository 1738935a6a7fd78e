"""What text is written on: its width, whether it takes colour, and which marks it can show."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from stackflight.model.value import cut
from stackflight.patterns import compile_later
from stackflight.records import dataclass

LONGEST_WORD = 200
LONGEST_TEXT = 2_000
"""Of a name, and of a sentence, this many characters are shown to people; JSON has all of them."""

_COLOUR = compile_later(r"\x1b\[[0-9;]*m")
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_ROLES = {
    "blocking": ("bold", "red"), "warning": ("bold", "yellow"), "note": ("bold", "cyan"), "open": ("bold", "cyan"),
    "passes": ("green",), "blocks": ("bold", "red"), "unknown": ("cyan",),
    "yes": ("green",), "no": ("bold", "red"), "intermittent": ("bold", "yellow"),
    "title": ("bold",), "quiet": ("dim",), "good": ("green",),
}  # fmt: skip
_MARKS = {"passes": "✓", "blocks": "✗", "unknown": "?", "yes": "✓", "no": "✗", "intermittent": "~"}
_PLAIN_MARKS = {**_MARKS, "passes": "+", "blocks": "x", "yes": "+", "no": "x"}


@dataclass(frozen=True)
class Paper:
    """A screen or a file. Every line made here fits `width` unless one word alone is longer."""

    width: int = 100
    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, role: str) -> str:
        """The text in the colour of its role; roles are severities, verdicts, `title`, `quiet` and `good`."""
        text = printable(text)
        if not self.colour or not text or role not in _ROLES:
            return text
        codes = ";".join(_CODES[style] for style in _ROLES[role])
        return f"\x1b[{codes}m{text}\x1b[0m"

    def mark(self, verdict: str) -> str:
        """One character for a verdict, coloured."""
        marks = _MARKS if self.unicode else _PLAIN_MARKS
        return self.paint(marks.get(verdict, "?"), verdict)

    @property
    def dot(self) -> str:
        """What stands between two small facts on a line."""
        return " · " if self.unicode else " - "

    def labelled(self, label: str, text: str, *, indent: int, role: str = "", text_role: str = "") -> Iterator[str]:
        """`label  text`, the text wrapped in its own column `indent` from the left."""
        lines = self.wrap(text, indent)
        for number, line in enumerate(lines):
            head = self.paint(label, role) + " " * (indent - _length(label)) if number == 0 else " " * indent
            yield (head + self.paint(line, text_role)).rstrip()

    def fill(self, units: Sequence[str], *, hang: int) -> Iterator[str]:
        """The units joined by spaces and broken between them, coloured or not; later lines begin at column `hang`.

        A unit is broken inside only where it is longer than a line.
        """
        line = ""
        for unit in (one if "\x1b" in one else printable(one) for one in units):
            whole = _length(unit) + hang <= self.width
            for part in [unit] if whole else unit.split(" "):
                if line.strip() and _length(line) + 1 + _length(part) > self.width:
                    yield line
                    line = " " * hang + part.lstrip()
                else:
                    line = f"{line} {part}" if line else part
        yield line

    def wrap(self, text: str, indent: int) -> list[str]:
        """The text broken to what is left of the width; at least one line; line breaks in it are kept."""
        room = max(self.width - indent, 24)
        broken = [
            textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False) or [""]
            for line in printable(text).splitlines() or [""]
        ]
        return [line for lines in broken for line in lines]


def _length(text: str) -> int:
    """How many columns a text takes, colours aside."""
    return len(_COLOUR.sub("", text))


def count(number: int, noun: str) -> str:
    """`1 need`, `2 needs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def clock_text(seconds: float) -> str:
    """`0:07`, `12:40`, `1:03:05`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def cut_middle(text: str, room: int, paper: Paper) -> str:
    """The text in so many columns: of a longer one its beginning and its end."""
    if len(text) <= room:
        return text
    dots = "…" if paper.unicode else "~"
    tail = (room - 1) // 3
    return text[: room - 1 - tail] + dots + text[len(text) - tail :]


_WORD = compile_later(rf"\S{{{LONGEST_WORD + 1},}}")


def printable(text: str) -> str:
    """The text as a screen may show it, its line breaks kept.

    What a template says must not move the cursor: a control or direction character is shown as unknown. Nobody reads a
    word of thousands of characters, nor a list of thousands of names: both are cut.
    """
    if len(text) > LONGEST_WORD:
        text = cut(_WORD.sub(lambda word: cut(word[0], LONGEST_WORD), cut(text, 10 * LONGEST_TEXT)), LONGEST_TEXT)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)


def one_line(text: str) -> str:
    """The same on one line."""
    return printable(text).replace("\n", " ")


def escape(text: str) -> str:
    """The same as text of an HTML page or of an attribute in it."""
    from html import escape as escape_html

    return escape_html(printable(text))


def breakable(text: str) -> str:
    """The same, where a narrow screen may break paths behind their strokes."""
    return escape(text).replace("/", "/<wbr>")


_COMMAND = compile_later(r"^([^\S\n]*)::", re.MULTILINE)
_UNSHOWN = compile_later(r"[^\x20-\x7e\n]")
_STRANGE = compile_later(r"\x1b\[[0-9;]*m|[^\x20-\x7e\n]")


def guard(text: str, *, colour: bool, commands: bool = False) -> str:
    """A whole screen: nothing but our colours, where it has any, moves the cursor, and no line is a command to a workflow's runner.

    With `commands` every line is a command of our own, whose view escapes what others say in it.

    Source: actions/runner, ActionCommand: "::command" after blanks at the start of a line, and "##[command]" anywhere.
    """
    text = text.replace("##[", "# #[")
    if "::" in text and not commands:
        text = _COMMAND.sub(r"\1: :", text)
    if text.isascii() and "\x1b" not in text and text.replace("\n", "").isprintable():
        return text
    strange = _STRANGE if colour else _UNSHOWN
    return strange.sub(lambda found: found[0] if len(found[0]) > 1 or found[0].isprintable() else "�", text)
