"""How wide a text is in a picture, and as much of it as has room.

A picture cannot ask the browser for its font. The widths are those of DejaVu Sans, in parts of the size; the fonts of other
systems are narrower.
"""

from __future__ import annotations

from stackflight.views.paper import escape

_SIZE = 12.0
_WIDE = {
    **dict.fromkeys("ijlIJ'|.,:; ", 0.34),
    **dict.fromkeys('frt()[]{}/-"!', 0.42),
    **dict.fromkeys("cksvxyz_?0123456789abdeghnopqu", 0.64),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ+=<>~^*$&", 0.78),
}
_ELSE = 1.0


def width(text: str, size: float = _SIZE) -> float:
    """The width of a text in pixels, rather too much than too little."""
    return sum(_WIDE.get(letter, _ELSE) for letter in text) * size


def fit(text: str, room: float, size: float = _SIZE) -> str:
    """As much of a text as has room: its beginning says what it is, its end which one; of a path the end. Escaped."""
    if width(text, size) <= room:
        return escape(text)
    rest = room - width("…", size)
    head = "" if "/" in text else _longest(text, rest / 2, size)
    tail = _longest(text[::-1], rest - width(head, size), size)[::-1]
    return escape(f"{head}…{tail}")


def _longest(text: str, room: float, size: float) -> str:
    """The longest beginning that is no wider than the room."""
    for number, letter in enumerate(text):
        room -= _WIDE.get(letter, _ELSE) * size
        if room < 0:
            return text[:number]
    return text
