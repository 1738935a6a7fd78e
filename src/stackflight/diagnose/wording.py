"""Sentences of the catalogue with placeholders -> what is said of this deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stackflight.patterns import compile_later

_HOLE = compile_later(r"\{([a-z_]{1,30})(?:\|([^{}]{1,300}))?\}")
_REGION = compile_later(
    r"(?<![a-z0-9-])((?:us|eu|ap|sa|ca|me|af|il|cn|mx)(?:-gov)?-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)-\d)(?![0-9])"
)
_NAME = r"(?P<name>[A-Za-z][A-Za-z0-9-]{0,127})"
# How tools name the stack that they work on, the surer forms first.
_STACK = tuple(
    compile_later(form)
    for form in (
        rf"--stack-name[ =]['\"]?{_NAME}(?![\w-])",
        rf":stack/{_NAME}/",
        rf"\bstack named {_NAME}(?![\w-])",
        rf"\b[Ss]tack:? (?:with id )?[\[\"'`]{_NAME}[\]\"'`]",
        rf"\b(?:the|for|deploy|deploying|updating) stack:? {_NAME}(?:[,.]?\s|[,.]?$)",
        rf"(?:^|\s){_NAME} failed: (?:\w{{1,40}}: )?(?:The stack|Stack|Resource updates)",
        rf"\bStack {_NAME} (?:failed|is in|could not|is already)\b",
    )
)
_NO_NAMES = frozenset({"name", "stack", "create", "update", "NAME", "STACK"})
_CAPABILITY = compile_later(r"\bCAPABILITY_[A-Z_]{3,30}\b")
_ACCOUNT = compile_later(r"arn:aws[a-z-]{0,12}:[a-z0-9-]{0,40}:[a-z0-9-]{0,20}:(\d{12}):")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled. For what is not known stands what follows a bar (`{name|else}`), or the name in capitals, as in commands to be completed."""
    return _HOLE.sub(lambda hole: values.get(hole[1]) or hole[2] or hole[1].upper().replace("_", "-"), text)


def fill_all(texts: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Several texts."""
    return tuple(fill(text, values) for text in texts)


def region_in(*texts: str) -> str:
    """The first Region that the texts name."""
    return next((match[1] for text in texts if (match := _REGION.search(text[:20_000]))), "")


def account_in(*texts: str) -> str:
    """The first account that an ARN in the texts names."""
    return next((match[1] for text in texts if (match := _ACCOUNT.search(text[:20_000]))), "")


def stack_in(*texts: str) -> str:
    """The stack that the texts name; empty where none is named, or several are."""
    for form in _STACK:
        names = {match["name"] for text in texts for match in form.finditer(text[:20_000])} - _NO_NAMES
        if names:
            return names.pop() if len(names) == 1 else ""
    return ""


def capabilities_in(text: str) -> str:
    """The capabilities that a text names, as a command takes them."""
    return " ".join(dict.fromkeys(_CAPABILITY.findall(text[:20_000])))
