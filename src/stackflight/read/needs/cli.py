"""A command line of the AWS CLI -> the calls that it makes.

What a variable of the shell holds is looked up where the script sets it once. Source: AWS CLI Command Reference (s3 cp, mv,
sync, rm, ls; the options of other commands are called like the arguments of the API).
"""

from __future__ import annotations

import re
import shlex

from stackflight.model.call import Call
from stackflight.patterns import compile_later
from stackflight.read.needs.operations import call_of, prefix_of_client
from stackflight.read.needs.python_names import COMPUTED

_CLIENTS = {"s3api": "s3"}
_VARIABLE = compile_later(r"\$\{?(\w+)\}?|\$\([^()]*\)|`[^`]*`|\$\S")


def calls_of_line(line: str, script: str) -> tuple[Call | None, ...]:
    """The calls of the AWS CLI in one line of a script; None stands for what cannot be told."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return (None,)
    start = next((index for index, word in enumerate(words) if re.fullmatch(r"(?:\S*[/(])?aws", word)), None)
    if start is None:
        return (None,)
    plain, options = _arguments(words[start + 1 :])
    if len(plain) < 2:
        return (None,)
    if plain[0] == "s3":
        return _copies(plain[1], [_filled(item, script) for item in plain[2:]], options)
    operation = "".join(word.capitalize() for word in plain[1].split("-"))
    prefix = prefix_of_client(_CLIENTS.get(plain[0], plain[0]))
    return (call_of(prefix, operation, lambda name: _filled(options.get(_option(name), ""), script)),)


def _arguments(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """The words up to the end of the command that are no options, and the options with their values."""
    plain: list[str] = []
    options: dict[str, str] = {}
    name = ""
    for word in words:
        if word in {"|", "||", "&&", ";", ">", ">>", "2>", "&"}:
            break
        if word.startswith("--"):
            name, _, value = word.partition("=")
            options[name] = value
            name = "" if value or name in _FLAGS else name
        elif name:
            options[name], name = word, ""
        else:
            plain.append(word.rstrip(";)"))
    return plain, options


_FLAGS = {
    "--recursive", "--quiet", "--no-progress", "--only-show-errors", "--delete", "--no-cli-pager", "--dryrun", "--exact-timestamps",
    "--size-only", "--follow-symlinks", "--no-follow-symlinks", "--with-decryption", "--consistent-read", "--overwrite", "--no-paginate",
}  # fmt: skip


def _option(argument: str) -> str:
    return "-" + re.sub(r"(?<!^)(?=[A-Z])", "-", argument[:1].upper() + argument[1:]).lower().join(("-", ""))


def _copies(command: str, given: list[str], options: dict[str, str]) -> tuple[Call | None, ...]:
    """The calls of the high-level commands of S3."""
    places = [item for item in given if item.startswith("s3://")]
    many = command in {"sync", "ls"} or "--recursive" in options
    found: list[Call | None] = []
    for index, place in enumerate(given):
        if place not in places:
            continue
        bucket, _, key = place.removeprefix("s3://").partition("/")
        part = f"/{key}{COMPUTED}" if many or key.endswith("/") or not key else f"/{key}"
        verbs = {"rm": ["DeleteObject"], "ls": []}.get(command, ["PutObject"] if index else ["GetObject"])
        if command == "mv" and not index:
            verbs = [*verbs, "DeleteObject"]
        found += [Call(f"s3:{verb}", bucket, part) for verb in verbs]
        if many:
            found.append(Call("s3:ListBucket", bucket))
    known = command in {"cp", "mv", "sync", "rm", "ls"} and places
    return tuple(found) if known else (None,)


def _filled(word: str, script: str) -> str:
    """A word with the variables of the shell that the script sets once; what a template fills in keeps its braces."""

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        given = re.findall(rf"(?m)^\s*(?:export\s+)?{name}=[\"']?([^\s\"']*)[\"']?\s*$", script) if name else []
        if len(given) == 1 and len(re.findall(rf"\b{name}=", script)) == 1:
            return str(given[0]) if not re.search(r"\$\(|`|\$\w", given[0]) else COMPUTED
        return match.group(0) if match.group(0).startswith("${") else COMPUTED

    return _VARIABLE.sub(fill, word)
