"""`--param`, `--params` and `--region` -> the values that targets are resolved with."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackflight.cli.talk import say
from stackflight.cli.values import Written
from stackflight.errors import UnreadableInput, WrongUsage
from stackflight.local.folder import LocalFolder, as_text, read_text
from stackflight.model.ignore import Excuse
from stackflight.model.near import closest
from stackflight.model.template import Environment
from stackflight.model.value import Value
from stackflight.patterns import compile_later
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.model.account import Account
    from stackflight.read.manifest import Source
    from stackflight.read.nested import Elsewhere

_REGION = compile_later(r"[a-z]{2}(-[a-z]+)+-\d")


@dataclass(frozen=True)
class Inputs:
    """Parameter values by name, or by `STACK.NAME` for one stack only; `typed` are those of the command line.

    `account` is what exists already, where a snapshot of it is given; `files` are those that values were read from, `filed`
    the parameters of each; `elsewhere` are the folders that stand for addresses of nested templates, `excuses` the
    findings that the project leaves out.
    """

    parameters: Mapping[str, Value] = field(default_factory=dict)
    environment: Environment = Environment()
    typed: frozenset[str] = frozenset()
    account: Account | None = None
    files: tuple[Path, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    filed: Mapping[str, str] = field(default_factory=dict)

    @property
    def opened(self) -> tuple[Path, ...]:
        """Every file that was read: what nobody may write over."""
        folders = [one.folder for one in self.elsewhere]
        nested = (file for folder in folders if isinstance(folder, LocalFolder) for file in folder.opened)
        return (*self.files, *nested)

    @property
    def exports(self) -> Mapping[str, Value]:
        """What other stacks of the account export."""
        return self.account.exports if self.account else {}

    def require_account(self, sources: Iterable[Source]) -> None:
        """Raises WrongUsage where a stack says itself that it goes to another account."""
        own = self.environment.account
        for source in sources:
            other = source.environment.account
            if own is not None and other not in {None, own}:
                raise WrongUsage(
                    f"{source.called or source.name} goes to account {other}, and stackflight.toml says {own}",
                    hint="synthesise it for this stage, or choose another one with --stage",
                )

    def require_declared(self, sources: Iterable[Source]) -> None:
        """Raises WrongUsage where a parameter of the command line is declared by none of the templates.

        One of a file is told: a file may be meant for further templates.
        """
        missing, declared = self._sorted(sources)
        self.refuse(missing, declared)
        for name in sorted(self.filed.keys() - declared):
            near = closest(name, sorted(declared))
            say(
                f"{self.filed[name]}: no template declares {name}{f', did you mean {near}?' if near else ''}", "warning"
            )

    def undeclared(self, sources: Iterable[Source]) -> frozenset[str]:
        """The parameters of the command line that none of these templates declares."""
        return self._sorted(sources)[0]

    @staticmethod
    def refuse(names: Iterable[str], declared: Iterable[str] = ()) -> None:
        """Raises WrongUsage for the first name, if any."""
        for name in sorted(names):
            near = closest(name, sorted(declared))
            hint = f"did you mean {near}?" if near else "see the Parameters section of the template"
            raise WrongUsage(f"no template declares the parameter {name}", hint=hint)

    def _sorted(self, sources: Iterable[Source]) -> tuple[frozenset[str], frozenset[str]]:
        declared: set[str] = set()
        for source in sources:
            names = source.template.section("Parameters").keys()
            declared |= {*names, *(f"{source.name}.{name}" for name in names)}
            declared |= {f"{source.called}.{name}" for name in names if source.called}
        return self.typed - declared, frozenset(declared)


def open_inputs(asked: Namespace) -> Inputs:
    """The values that a command line and its project give. Raises WrongUsage, UnreadableInput."""
    inputs = read_inputs(asked.param, asked.params, asked.region, asked.account, asked.nested)
    account, excuses = getattr(asked, "account_id", None), tuple(getattr(asked, "ignore", ()))
    return replace(inputs, environment=Environment(account, inputs.environment.region), excuses=excuses)


def read_inputs(
    typed: Sequence[str],
    files: Sequence[str | Written],
    region: str | None,
    snapshot: str | None = None,
    nested: Sequence[str] = (),
) -> Inputs:
    """The values of the files, later files first to give way, then those typed. Raises WrongUsage, UnreadableInput.

    `nested` are prefixes of addresses with the folders that stand for them, as typed. Without a Region, the snapshot's counts: what exists there can be used nowhere else.
    """
    values: dict[str, Value] = {}
    filed: dict[str, str] = {}
    for file in files:
        if isinstance(file, Written):
            values |= file.values
        else:
            own = _read_file(Path(file))
            values |= own
            filed |= dict.fromkeys(own, as_text(str(file)))
    pairs = dict(_split(as_text(pair)) for pair in typed)
    if region is not None and not _REGION.fullmatch(region):
        raise WrongUsage(f"{region} is not the name of a Region", hint="write it as in --region eu-central-1")
    account = _read_snapshot(Path(snapshot)) if snapshot is not None else None
    seen = account.region if account else None
    if region is not None and seen not in {None, region}:
        raise WrongUsage(
            f"{snapshot} is a snapshot of {seen}, and --region says {region}",
            hint=f"take a snapshot of {region}, or leave out --region",
        )
    read = [file.file if isinstance(file, Written) else Path(file) for file in files]
    read += [Path(snapshot)] if snapshot is not None else []
    folders = tuple(_read_folder(as_text(pair)) for pair in nested)
    return Inputs(
        {**values, **pairs}, Environment(region=region or seen), frozenset(pairs), account, tuple(read), folders,
        filed=filed,
    )  # fmt: skip


def _read_folder(pair: str) -> Elsewhere:
    from stackflight.read.nested import Elsewhere

    prefix, _, folder = pair.rpartition("=")
    if not prefix or not folder:
        hint = "write it as in --nested https://bucket.s3.amazonaws.com/templates=./templates"
        raise WrongUsage(f"--nested {pair} holds no URL-PREFIX=FOLDER", hint=hint)
    if not Path(folder).is_dir():
        raise UnreadableInput("there is no such folder", file=folder, hint="--nested takes URL-PREFIX=FOLDER")
    return Elsewhere(prefix, LocalFolder(Path(folder), folder.rstrip("/")))


def _read_snapshot(file: Path) -> Account:
    from stackflight.read.account import read_account

    shown = as_text(str(file))
    if not file.exists():
        hint = "--account takes a snapshot of the account: see 'stackflight explain account'"
        raise UnreadableInput("there is no such file", file=shown, hint=hint)
    return read_account(read_text(file, shown), shown)


def _split(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise WrongUsage(f"--param {pair} holds no NAME=VALUE", hint="write it as in --param Stage=prod")
    return name, value


def _read_file(file: Path) -> dict[str, Value]:
    from stackflight.read.document import parse_document

    shown = as_text(str(file))
    if not file.exists():
        raise UnreadableInput("there is no such file", file=shown, hint="--params takes a file of parameter values")
    document, positions = parse_document(read_text(file, shown), shown)
    if (twice := next(positions.find_twice(), None)) is not None:
        raise UnreadableInput(
            f"the parameter {twice.key} has two values", file=shown, line=twice.line, hint="remove one of them"
        )
    if isinstance(document, dict) and isinstance(document.get("Parameters"), (dict, list)):
        document = document["Parameters"]
    if isinstance(document, list) and all(_is_entry(entry) for entry in document):
        return {
            entry["ParameterKey"]: _text(entry["ParameterValue"]) for entry in document if "ParameterValue" in entry
        }
    if isinstance(document, dict):
        return {name: _text(value) for name, value in document.items()}
    raise UnreadableInput(
        "this file holds no parameter values", file=shown, line=1,
        hint='write [{"ParameterKey": "Stage", "ParameterValue": "prod"}] or {"Stage": "prod"}',
    )  # fmt: skip


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("ParameterKey"), str)


def _text(value: Any) -> Value:
    """Parameter values are text to CloudFormation; a list is written with commas."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return value if isinstance(value, (str, dict)) else None
