"""Verbs as data -> help texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.cli.arguments import Option, Verb
from stackflight.views.paper import Paper

EXIT_CODES = {
    0: "done",
    1: "failed",
    2: "another deployment holds the stack",
    3: "still running: attach again with watch",
    10: "blocking findings, or doctor found something in the way",
    64: "wrong usage",
    66: "unreadable input",
}
_HELP = Option("-h, --help", "Show this help.")
_GENERAL = (
    Option("-V, --version", "Print the version."),
    Option("--debug", "Show the traceback of an internal error."),
    _HELP,
)


def render_overview(summary: str, verbs: Sequence[Verb], paper: Paper) -> str:
    """The help of the command as a whole."""
    blocks = [
        [paper.paint("usage:", "title") + " stackflight VERB [OPTIONS] TARGET"],
        paper.wrap(summary, 0),
        [paper.paint("verbs:", "title"), *_rows([(verb.name, verb.summary) for verb in verbs], paper)],
        [paper.paint("options:", "title"), *_rows([(_left(option), option.help) for option in _GENERAL], paper)],
        [
            paper.paint("exit codes:", "title"),
            *_rows([(str(code), meaning) for code, meaning in EXIT_CODES.items()], paper),
        ],
        ["More about a verb: stackflight VERB --help"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def render_help(verb: Verb, paper: Paper) -> str:
    """The help of one verb."""
    options = [(_left(option), _explain(option)) for option in (*verb.options, _HELP) if not option.hidden]
    blocks = [
        [f"{paper.paint('usage:', 'title')} {verb.usage}"],
        paper.wrap(verb.summary, 0),
        paper.wrap(verb.detail, 0),
        _argument(verb.argument, paper),
        [paper.paint("options:", "title"), *_rows(options, paper)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if any(block))


def _argument(argument: Option | None, paper: Paper) -> list[str]:
    if argument is None:
        return []
    return [paper.paint(f"{argument.value}:", "title"), *(f"  {line}" for line in paper.wrap(argument.help, 2))]


def _left(option: Option) -> str:
    return f"{f'{option.short}, ' if option.short else ''}{option.flag} {option.value}".rstrip()


def _explain(option: Option) -> str:
    choices = f" One of {', '.join(option.choices)}; {option.choices[0]} unless given." if option.choices else ""
    return f"{option.help}{choices}{' May be repeated.' if option.many else ''}"


def _rows(rows: Sequence[tuple[str, str]], paper: Paper) -> Iterator[str]:
    indent = max(len(left) for left, _ in rows) + 4
    for left, right in rows:
        yield from paper.labelled(f"  {left}", right, indent=indent)
