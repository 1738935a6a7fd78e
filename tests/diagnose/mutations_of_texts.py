"""Real layouts, cut, doubled, shuffled and mixed with noise: what a paste can suffer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

PASTED = Path(__file__).parent / "pasted"
NOISE = (
    "\x00",
    "\x1b[31m",
    "\ufffd",
    "|",
    "\t",
    "[",
    "{",
    '"',
    "(",
    "CREATE_FAILED",
    "AWS::",
    "\u2800",
    "9" * 40,
    " " * 300,
    "\r",
    "\\",
    "…",
    "é",
    "😀",
)


def mutated_texts(number: int, seed: int) -> Iterator[str]:
    """So many texts, the same for the same seed."""
    luck = random.Random(seed)
    texts = [file.read_text(encoding="utf-8") for file in sorted(PASTED.iterdir())]
    for _ in range(number):
        text = luck.choice(texts)
        for _ in range(luck.randint(1, 6)):
            text = _mutated(text, luck, texts)[:20_000]
        yield text


def _mutated(text: str, luck: random.Random, texts: list[str]) -> str:
    place = luck.randrange(len(text) + 1)
    end = min(len(text), place + luck.randrange(1, 200))
    lines = text.split("\n")
    match luck.randrange(9):
        case 0:
            return text[:place]
        case 1:
            return text[place:]
        case 2:
            return text[:place] + text[end:]
        case 3:
            return text[:place] + luck.choice(NOISE) * luck.randrange(1, 30) + text[place:]
        case 4:
            return text[:place] + text[place:end] * 3 + text[end:]
        case 5:
            luck.shuffle(lines)
            return "\n".join(lines)
        case 6:
            return "\n".join(line[: luck.randrange(1, 120)] for line in lines)
        case 7:
            return text[:place] + luck.choice(texts) + text[place:]
        case _:
            return text.replace(luck.choice(' \n|:-_"('), luck.choice(NOISE), luck.randrange(1, 9))
