"""Arguments -> what a verb is asked to do. Verbs and their options are data: parser, help and reference come from it."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from stackflight.errors import WrongUsage
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.ports import Clock


@dataclass(frozen=True)
class Option:
    """`--flag VALUE`; without `value` a switch. `choices` are the only values, the first one is the default.

    An argument that is `optional` may be left out: it is then empty. `short` is another flag for the same.
    """

    flag: str
    help: str
    value: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    short: str = ""
    hidden: bool = False
    """Whether it is still understood, and no longer shown."""


@dataclass(frozen=True)
class Verb:
    """`stackflight NAME [OPTIONS] ARGUMENT`. `run` gets the values by name and returns the exit code.

    Without an `argument` the verb takes options only.
    """

    name: str
    summary: str
    detail: str
    argument: Option | None
    options: tuple[Option, ...]
    run: Callable[[argparse.Namespace, Clock], int]
    takes_command: bool = False
    """Whether a command of somebody else's may follow behind `--`; it is handed over as `command`."""
    reads_project: bool = False
    """Whether it reads stackflight.toml by itself, and goes on where that cannot be read."""

    @property
    def usage(self) -> str:
        """The line that shows how it is called."""
        if self.argument is None:
            return f"stackflight {self.name} [OPTIONS]"
        dots = "..." if self.argument.many and " " not in self.argument.value else ""
        shown = f"[{self.argument.value}{dots}]" if self.argument.optional else f"{self.argument.value}{dots}"
        return f"stackflight {self.name} [OPTIONS] {shown}" + (" [-- COMMAND]" if self.takes_command else "")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(message.removeprefix("argument "), hint=f"see {self.prog} --help")


def parse_head(arguments: Sequence[str]) -> argparse.Namespace:
    """What stands before the verb (`help`, `version`, `debug`), the `verb` and the `rest`. Raises WrongUsage."""
    parser = _Parser(prog="stackflight", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-V", "--version", action="store_true")
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("verb", nargs="?")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    parsed, strange = parser.parse_known_args(arguments)
    if strange:
        raise WrongUsage(f"unknown option {strange[0]}", hint="see stackflight --help")
    if parsed.verb is not None:  # a leading -- is the verb's, and the parser swallows it
        parsed.rest = list(arguments[list(arguments).index(parsed.verb) + 1 :])
    return parsed


Standing = Callable[[argparse.Namespace], Mapping[str, Any]]
"""What was typed -> what holds where the command says nothing, by attribute; lists go before what was typed."""


def parse_verb(verb: Verb, arguments: Sequence[str], standing: Standing = lambda _: {}) -> argparse.Namespace:
    """The values of a verb's argument and options, and `help`. Raises WrongUsage."""
    parser = _Parser(prog=f"stackflight {verb.name}", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    for option in verb.options:
        _add(parser, option)
    if verb.argument is not None:
        parser.add_argument(verb.argument.flag, nargs="*", metavar=verb.argument.value)
    own, command = list(arguments), []
    if verb.takes_command and "--" in own:
        cut = own.index("--")
        own, command = own[:cut], own[cut + 1 :]
    parsed, strange = parser.parse_known_intermixed_args(own)
    parsed.command = command
    if strange and not parsed.help:
        known = [option.flag for option in verb.options if not option.hidden]
        kind = "option" if strange[0].startswith("-") or verb.argument is not None else "argument"
        raise WrongUsage(f"unknown {kind} {strange[0]}", hint=near(strange[0], known, f"see {parser.prog} --help"))
    return parsed if parsed.help else settle(verb, parsed, standing(parsed))


def settle(verb: Verb, typed: argparse.Namespace, standing: Mapping[str, Any]) -> argparse.Namespace:
    """What was typed, filled up with what `standing` says and with defaults. Raises WrongUsage."""
    values = dict(vars(typed))
    for option in verb.options:
        name = _attribute(option)
        if option.many:
            values[name] = [*standing.get(name, ()), *values[name]]
        elif not option.value:
            values[name] = values[name] or standing.get(name, False)
        elif values[name] is None:
            values[name] = standing.get(name, option.choices[0] if option.choices else None)
    if verb.argument is not None and not values[verb.argument.flag]:
        values[verb.argument.flag] = list(standing.get(verb.argument.flag, ()))
    parsed = argparse.Namespace(**{**standing, **values})
    _require_choices(verb, parsed)
    if verb.argument is not None:
        _settle_argument(verb, verb.argument, parsed)
    return parsed


def _attribute(option: Option) -> str:
    return option.flag.removeprefix("--").replace("-", "_")


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if not option.value:
        parser.add_argument(option.flag, action="store_true")
    elif option.many:
        parser.add_argument(option.flag, action="append", default=[], metavar=option.value)
    else:
        parser.add_argument(*filter(None, (option.short, option.flag)), metavar=option.value)


def _require_choices(verb: Verb, parsed: argparse.Namespace) -> None:
    for option in verb.options:
        given = getattr(parsed, _attribute(option))
        if option.choices and given not in option.choices:
            hint = near(given, option.choices, f"one of {', '.join(option.choices)}")
            raise WrongUsage(f"{option.flag} cannot be {given}", hint=hint)


def _settle_argument(verb: Verb, argument: Option, parsed: argparse.Namespace) -> None:
    given = getattr(parsed, argument.flag)
    name, hint = argument.value, f"usage: {verb.usage}"
    if not given and argument.optional:
        setattr(parsed, argument.flag, [] if argument.many else "")
        return
    if not given:
        raise WrongUsage(f"{verb.name} needs {'at least one' if argument.many else _article(name)} {name}", hint=hint)
    if argument.many:
        return
    if len(given) > 1:
        raise WrongUsage(f"{verb.name} takes one {name}, not {len(given)}", hint=hint)
    setattr(parsed, argument.flag, given[0])


def _article(name: str) -> str:
    return "an" if name[:1] in "AEIOU" else "a"


def near(wrong: str, known: Sequence[str], otherwise: str) -> str:
    """A hint: the known word that looks like a wrong one."""
    found = difflib.get_close_matches(wrong.partition("=")[0], known, n=1)
    return f"did you mean {found[0]}?" if found else otherwise
