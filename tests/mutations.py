"""Templates, damaged: cut off, mistyped, with values where they do not belong. The same number gives the same damage."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stackflight.read.document import parse_document

HERE = Path(__file__).parent

_JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, 10**18, "", " ", "0.0.0.0/0", "10.0.0.0/99", "::/0", "a,b,,c", "${", "${}", "${A.B.C}", "\u0000",
    "é" * 300, [], {}, [None], [[]], [{}], {"": ""}, {"Ref": ""}, {"Ref": None}, {"Ref": "AWS::NoValue"}, {"Ref": "AWS::Region"},
    {"Ref": ["A"]}, {"Fn::GetAtt": []}, {"Fn::GetAtt": "A"}, {"Fn::GetAtt": ["A", {"Ref": "B"}]}, {"Fn::Sub": []},
    {"Fn::Sub": ["${x}", {"x": {"Ref": "AWS::Region"}}]}, {"Fn::Join": ["", None]}, {"Fn::Join": [1, [2, {"Ref": "A"}]]},
    {"Fn::Select": ["x", []]}, {"Fn::Select": [99, {"Fn::GetAZs": ""}]}, {"Fn::Split": [",", {"Ref": "AWS::StackName"}]},
    {"Fn::Cidr": ["10.0.0.0/8", 300, 1]}, {"Fn::Cidr": ["x", "y", "z"]}, {"Fn::If": ["Nobody", 1, 2]}, {"Fn::If": [1]},
    {"Fn::FindInMap": ["A", "B"]}, {"Fn::ImportValue": {"Fn::Sub": "${A}-x"}}, {"Fn::Base64": {"a": 1}}, {"Fn::GetAZs": [1]},
    {"Fn::Transform": {"Name": "X"}}, {"Fn::Length": 3}, {"Fn::ToJsonString": []}, {"Condition": "Nobody"},
    {"Fn::ForEach::L": ["x", ["1", "2"], {"R${x}": {"Type": "AWS::SNS::Topic"}}]},
    {"Statement": {"Effect": "Allow", "Action": ["*"], "Resource": "*"}}, {"Statement": [None, "x", {"Action": {}}]},
)  # fmt: skip
_WORDS = (
    "!Ref",
    "!Sub",
    "!GetAtt x",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "#",
    "&a",
    "*a",
    "|",
    "\t",
    "\u0000",
    "%",
    "<<: *a",
    "---",
)


class Mutant(NamedTuple):
    """A damaged template: the file it comes from, what was done, the text."""

    source: str
    damage: str
    text: str


def sources(*folders: Path) -> list[Path]:
    """The sound and the faulty templates that mutants are made of, sorted; those of the tests unless others are named."""
    folders = folders or (HERE / "corpus", HERE / "cli" / "templates")
    files = (
        file
        for folder in folders
        for file in folder.rglob("*")
        if file.suffix in {".yaml", ".yml", ".json", ".template"}
    )
    return sorted(file for file in files if file.stat().st_size > 300)


def mutants(count: int, seed: int = 0, files: Sequence[Path] = ()) -> Iterator[Mutant]:
    """`count` damaged templates, the files taken in turn."""
    files = files or sources()
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        file = files[number % len(files)]
        text = file.read_text(encoding="utf-8")
        damage = rng.choice(_DAMAGES)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            text = damage(rng, text)
        yield Mutant(file.name, damage.__name__.strip("_"), text)


def junk(rng: random.Random) -> Any:
    """A value that belongs nowhere, or one that looks as if it did."""
    return json.loads(json.dumps(rng.choice(_JUNK)))


def _cut_off(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _drop_lines(rng: random.Random, text: str) -> str:
    lines = text.splitlines()
    start = rng.randrange(len(lines)) if lines else 0
    del lines[start : start + rng.choice((1, 1, 2, 5, 20))]
    return "\n".join(lines)


def _repeat_lines(rng: random.Random, text: str) -> str:
    lines = text.splitlines()
    start = rng.randrange(len(lines)) if lines else 0
    piece = lines[start : start + rng.choice((1, 2, 5))]
    at = rng.choice((start, rng.randrange(len(lines) + 1)))
    return "\n".join([*lines[:at], *piece, *lines[at:]])


def _shift_lines(rng: random.Random, text: str) -> str:
    lines = text.splitlines()
    for _ in range(rng.choice((1, 3))):
        if lines:
            at = rng.randrange(len(lines))
            lines[at] = rng.choice((" " + lines[at], "  " + lines[at], lines[at].lstrip(), lines[at][2:]))
    return "\n".join(lines)


def _insert_word(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(_WORDS) + text[at:]


def _swap_words(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    if len(words) > 1:
        one, other = rng.randrange(len(words)), rng.randrange(len(words))
        words[one], words[other] = words[other], words[one]
    return " ".join(words)


def _change_tree(rng: random.Random, text: str) -> str:
    """Parse, damage one place of the tree, write as JSON; a text that does not parse stays as it is."""
    try:
        body, _ = parse_document(text, "mutant")
        places = list(_places(body))
        if places:
            _damage_place(rng, places)
        return json.dumps(body)
    except Exception:
        return text


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with every key or index in it."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


def _damage_place(rng: random.Random, places: list[tuple[Any, Any]]) -> None:
    container, key = rng.choice(places)
    other_container, other_key = rng.choice(places)
    action = rng.randrange(6)
    if action == 0:
        del container[key]
    elif action == 1:
        container[key] = json.loads(json.dumps(other_container[other_key]))
    elif action == 2:
        container[key] = [container[key]]
    elif action == 3:
        container[key] = {"Fn::If": ["Nobody", container[key], {"Ref": "AWS::NoValue"}]}
    else:
        container[key] = junk(rng)


_DAMAGES: tuple[Callable[[random.Random, str], str], ...] = (
    _cut_off, _drop_lines, _repeat_lines, _shift_lines, _insert_word, _swap_words,
    _change_tree, _change_tree, _change_tree, _change_tree, _change_tree, _change_tree,
)  # fmt: skip
