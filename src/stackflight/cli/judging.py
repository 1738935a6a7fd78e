"""Targets and inputs -> reports: what the verbs that judge templates have in common."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from stackflight.cli.arguments import Option
from stackflight.cli.screen import write_result
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Loaded, Targets, join_targets, version_of
from stackflight.errors import StackflightError, UnreadableInput, WrongUsage
from stackflight.local.folder import read_text

if TYPE_CHECKING:
    from stackflight.cli.inputs import Inputs
    from stackflight.model.report import CheckReport
    from stackflight.model.template import World
    from stackflight.operate.baseline import Baseline
    from stackflight.ports import Clock, StandardRules

T = TypeVar("T")

BLOCKED = 10
"""The exit code where a finding blocks."""

TARGET = "A template file, - for standard input, a cdk.out folder, or APP:PRESET (librechat:standard-dev, librechat:./settings.toml)."
FORMAT = Option("--format", "How the result is written.", "FORMAT", choices=("text", "json"))
LEDGER = Option(
    "--ledger",
    "The folder of the ledger: what was deployed before, and how long it took; STACKFLIGHT_HOME unless given.",
    "DIR",
)
OUTPUT = Option("--output", "Write the result into a file instead of to stdout.", "FILE", short="-o")
HTML = Option("--html", "Write a page for the browser as well, which needs no network.", "FILE")
CONCURRENCY = Option(
    "--concurrency", "How many stacks are deployed at a time, as for cdk deploy; 1 unless given.", "NUMBER"
)
RULES = (
    Option(
        "--rules",
        "Whose rules: own are ours; standard adds the schemas and limits of cloudformation-validate; "
        "all adds what cdk-preflight knows that AWS refuses, where it is installed.",
        "SETS",
        choices=("all", "standard", "own"),
    ),
    Option("--no-standard-rules", "The same as --rules own."),
    Option("--no-ignores", "Count what the templates' authors ignore, as for a stranger's pull request."),
)
INPUTS = (
    Option(
        "--param",
        "Value of a template parameter; STACK.NAME=VALUE gives it to one stack only.",
        "NAME=VALUE",
        many=True,
    ),
    Option(
        "--params",
        "Parameter values: the JSON that CloudFormation takes, or a flat mapping.",
        "FILE",
        many=True,
    ),
    Option(
        "--account",
        "A snapshot of the network that exists already; 'stackflight explain account' says how to take it.",
        "FILE",
    ),
    Option(
        "--nested",
        "Where nested templates lie that are given by address: a folder for all that begin so; * is anything, as in "
        "https://*.amazonaws.com/v1=./templates.",
        "URL-PREFIX=FOLDER",
        many=True,
    ),
    Option("--region", "Where the stacks go, unless they say so themselves.", "REGION"),
)


KEEP = Option(
    "--keep", "Keep what the app of an APP:PRESET synthesises in this folder; findings then name its files.", "DIR"
)
TOGETHER = Option("--together", "Judge all targets as one world: exports are joined to imports.")


def open_world(targets: Sequence[str], opener: Targets, inputs: Inputs) -> list[Loaded]:
    """Targets that are one world. Raises WrongUsage, UnreadableInput."""
    loaded = [opener.open(text) for text in targets]
    inputs.require_declared(source for target in loaded for source in target.sources)
    return loaded


def each_alone(run: Callable[[Namespace, Clock], int], *of_one: str) -> Callable[[Namespace, Clock], int]:
    """A verb over one world -> the same over several targets, each a world of its own unless --together says otherwise.

    `of_one` are the options that are about one world only. The exit code is the gravest; what cannot be read is told, and
    does not keep the others from being answered.
    """

    def run_each(asked: Namespace, clock: Clock) -> int:
        if len(asked.targets) < 2 or asked.together:
            return run(asked, clock)
        if given := next((option for option in of_one if getattr(asked, option)), ""):
            raise WrongUsage(
                f"--{given} is about one world, and these are {len(asked.targets)} targets",
                hint="make them one world with --together, or name one",
            )
        errors: list[StackflightError] = []
        codes: list[int | None] = []
        for target in asked.targets:
            if any(code is not None for code in codes) and asked.format == "text":
                write_result("")
            codes.append(or_tell(partial(run, Namespace(**{**vars(asked), "targets": [target]}), clock), errors))
        return max([error.exit_code for error in errors] or [code or 0 for code in codes])

    return run_each


def load_targets(targets: Sequence[str], opener: Targets, errors: list[StackflightError]) -> Iterator[Loaded]:
    """Open the targets one after the other; what cannot be read is told and added to the errors."""
    for text in targets:
        if (loaded := or_tell(partial(opener.open, text), errors)) is not None:
            yield loaded


def or_tell(work: Callable[[], T], errors: list[StackflightError]) -> T | None:
    """What some work gives; None where an error was told and added to the errors."""
    try:
        return work()
    except StackflightError as error:
        errors.append(error)
        say_error(error)
        return None


def judge_or_tell(
    group: list[Loaded],
    inputs: Inputs,
    rules: StandardRules | None,
    clock: Clock,
    errors: list[StackflightError],
    again: Sequence[Loaded] = (),
    current: Sequence[Loaded] = (),
    heed_ignores: bool = True,
) -> CheckReport | None:
    """The report over a group of targets; None where there is none, or an error was told and added to the errors."""
    if not group:
        return None
    return or_tell(lambda: judge(group, inputs, rules, clock, again, current, heed_ignores), errors)


def exit_code(errors: Sequence[StackflightError], blocked: bool) -> int:
    """The exit code over all targets: errors come before what blocks."""
    if errors:
        return max(error.exit_code for error in errors)
    return BLOCKED if blocked else 0


def read_rules(asked: Namespace) -> StandardRules | None:
    """The rules that others keep; they load while the targets are read."""
    if asked.no_standard_rules or asked.rules == "own":
        return None
    from stackflight.local.standard_rules import load_standard_rules, load_with_preflight

    if asked.rules == "standard":
        return load_standard_rules()
    _tell_of_preflight()
    return load_with_preflight()


def _tell_of_preflight() -> None:
    """Say once what the extra would add, where it is absent."""
    from stackflight.local.preflight_rules import first_time_absent

    if first_time_absent():
        say(
            "pip install 'stackflight[preflight]' adds the rules of cdk-preflight, 3,000 things that AWS was seen to refuse; "
            "this is said once"
        )


def _tell_of_nested(world: World) -> None:
    """Say which files were taken for nested templates that are given by address."""
    for taken in world.taken:
        say(f"nested stack {world.title(taken.resource)}: its template is taken from {taken.file}, because {taken.why}")


def read_known(name: str | None) -> Baseline | None:
    """The baseline of a file. Raises UnreadableInput."""
    from stackflight.operate.baseline import read_baseline

    if name is None:
        return None
    if not Path(name).is_file():
        raise UnreadableInput(
            "there is no such file", file=name, hint="write it with: stackflight check TARGET --format json -o FILE"
        )
    return read_baseline(read_text(Path(name), name), name)


def resolve(group: Sequence[Loaded], inputs: Inputs) -> World:
    """One target as a world of its own, several as one world. Raises WrongUsage, UnreadableInput."""
    inputs.require_account(source for target in group for source in target.sources)
    if len(group) == 1:
        return group[0].resolve(inputs.parameters, inputs.environment, inputs.exports, inputs.elsewhere)
    return join_targets(group, inputs.parameters, inputs.environment, inputs.exports, inputs.elsewhere)


def judge(
    group: Sequence[Loaded],
    inputs: Inputs,
    rules: StandardRules | None,
    clock: Clock,
    again: Sequence[Loaded] = (),
    current: Sequence[Loaded] = (),
    heed_ignores: bool = True,
) -> CheckReport:
    """The report over a group of targets; `again` is compared with them, `current` is deployed already.

    Raises WrongUsage or UnreadableInput.
    """
    from stackflight.operate.ignores import read_ignores
    from stackflight.operate.review import check_world
    from stackflight.operate.settings import in_settings

    started = clock.now() - sum(target.seconds for target in group)
    world = resolve(group, inputs)
    _tell_of_nested(world)
    title = " + ".join(target.title for target in group)
    second = resolve(again, inputs) if again else None
    if len(current) == len(group) == 1:
        current = [version_of(current[0], group[0])]
    deployed = resolve(current, inputs) if current else None
    bare = _without_defaults(group, inputs)
    today = datetime.fromtimestamp(clock.now(), UTC).date()
    ignores = read_ignores(world, inputs.excuses, today) if heed_ignores else ()
    report = check_world(title, world, clock, started, rules, inputs.account, second, deployed, ignores, bare)
    if any(target.preset for target in group):
        return replace(report, findings=tuple(in_settings(report.world, finding) for finding in report.findings))
    return report


def _without_defaults(group: Sequence[Loaded], inputs: Inputs) -> Callable[[], World] | None:
    """The world whoever deploys it: of a template that stands alone, whose defaults others may replace."""
    if len(group) != 1 or len(group[0].sources) != 1 or group[0].sources[0].named:
        return None
    [source] = group[0].sources
    given = {name.rpartition(".")[2] for name in inputs.parameters}
    if not {*source.template.section("Parameters")} - given:
        return None
    from stackflight.read.parameters import without_defaults

    bare = replace(group[0], sources=(replace(source, template=without_defaults(source.template, given)),))
    return lambda: resolve([bare], inputs)
