"""Text -> its parts, commands told from prose, so that a page and Markdown can set them as code."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.patterns import compile_later

# A program with its sub-commands, then options with their values, quoted texts, and words that are no prose; a plain word only at the very end.
_LETTER = r"(?:[^\s;,()\"']|,(?=\S))"
_QUOTED = r"\"[^\"]{0,400}\"|'[^']{0,400}'|\$\([^()]{0,200}\)"
_COMMAND = compile_later(
    r"(?<![\w./-])(?:aws [a-z0-9-]+ [a-z][a-z0-9-]+|(?:stackflight|cdk|sam|amplify|npx cdk) [a-z][a-z-]*)"
    rf"(?:\s+(?:--[a-z][a-z0-9-]*(?:[ =](?:{_QUOTED}|(?!-){_LETTER}+))?|{_QUOTED}|{_LETTER}*[A-Z0-9{{}}/:]{_LETTER}*))*"
    r"(?:\s+[a-z][\w-]*(?=\.?$))?"
)


def told_from_prose(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a text in their order, and whether each is a command."""
    place = 0
    for match in _COMMAND.finditer(text):
        command = match[0].rstrip(".,:")
        if match.start() > place:
            yield text[place : match.start()], False
        yield command, True
        place = match.start() + len(command)
    if place < len(text):
        yield text[place:], False
