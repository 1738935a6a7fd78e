"""The checks of the registry -> the pages of docs/reference/checks: what each finds, its proof, an example, the fix."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from stackflight.check.check import Check
from stackflight.check.preflight import read_record
from stackflight.check.registry import CHECKS, family_of
from stackflight.check.standard import BLOCKS
from stackflight.facts.load import read_table
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding
from stackflight.model.report import CheckReport
from stackflight.operate.ignores import ABOUT_IGNORES
from stackflight.operate.limits import ABOUT_LIMITS
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.views.names import read_names
from stackflight.views.paper import Paper
from stackflight.views.terminal import render_findings
from worlds import WorldCase, read_worlds

_CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
_LIMITS = _CORPUS.parent / "golden" / "cli" / "price-above-limit.txt"
_PAPER = Paper(width=96)


def render_pages() -> dict[str, str]:
    """Every page by its name below docs/reference."""
    checks = (*CHECKS, *ABOUT_IGNORES, *ABOUT_LIMITS)
    pages = {f"checks/{check.id}.md": _page(check) for check in checks}
    return {"checks/index.md": _index(checks), "checks/standard.md": _standard(), **pages}


def _index(checks: Sequence[Check]) -> str:
    families: dict[str, list[Check]] = {}
    for check in checks:
        families.setdefault(family_of(check), []).append(check)
    blocks = [
        "# Checks",
        f"{len(checks)} checks of our own. A finding bears the id of its check; the rules of cloudformation-validate "
        "stand beside them as `standard/RULE` ([what becomes of them](standard.md)). Settings and orders that single services "
        "refuse are [facts, row by row](../law/index.md). [What is left out, and why](../left-out.md).",
        "A finding is **blocking** only where it is proved; **warnings** may come true, **notes** are worth knowing. "
        "To leave one out, write `# stackflight: ignore CHECK because REASON` on the line before the resource or "
        "property, or `Metadata: {stackflight: {ignore: [{check: CHECK, because: REASON}]}}` on the resource.",
    ]
    for family, members in families.items():
        rows = "\n".join(f"| [{check.id}]({check.id}.md) | {check.found_when} |" for check in members)
        blocks.append(f"## {family}\n\n| check | found when |\n|---|---|\n{rows}")
    return "\n\n".join(blocks) + "\n"


def _page(check: Check) -> str:
    blocks = [f"# {check.id}", f"Found when {check.found_when}.", check.explains]
    blocks += [f"AWS says: *{text}*" for text in check.words]
    blocks.append(f"**Severity:** {check.severity}.")
    if check.sources:
        blocks.append("\n".join(["Sources:", "", *(f"* <{source}>" for source in check.sources)]))
    if check.replaces:
        rules = ", ".join(f"`standard/{rule}`" for rule in check.replaces)
        blocks.append(
            f"Where it speaks, {rules} of cloudformation-validate {'is' if len(check.replaces) == 1 else 'are'} left out."
        )
    several = next((case for case in read_worlds() if case.check == check.id), None)
    blocks += _example_of_several(several) if several else _example_of_limit(check) or _example(check)
    return "\n\n".join(dict.fromkeys(blocks)) + "\n"


def _example(check: Check) -> Iterator[str]:
    folder = _CORPUS / (check.example or check.id)
    if not folder.is_dir():
        folder = _CORPUS / _cases().get(check.id, "none")
    bad, fixed = folder / "bad.yaml", folder / "fixed.yaml"
    if not bad.is_file():
        return
    yield "## Example"
    found = [finding for finding in _judge(bad).findings if finding.check == check.id]
    if found:
        yield f"What it says of [bad.yaml]({_link(bad)}):\n\n```text\n{_screen(found, bad)}\n```"
    if fixed.is_file():
        lines = _difference(bad, fixed)
        yield f"## How to fix it\n\n[fixed.yaml]({_link(fixed)}) differs in this:\n\n```diff\n{chr(10).join(lines)}\n```"


def _example_of_several(case: WorldCase) -> Iterator[str]:
    """The example of a check that needs several templates: each of them, what is said, what the fixed ones change."""
    bad, fixed = case.folder / "bad", case.folder / "fixed"
    yield "## Example"
    names = sorted(file.relative_to(bad) for file in bad.rglob("*") if file.is_file())
    for file in (bad / name for name in names):
        yield f"`{file.relative_to(bad)}`:\n\n```{file.suffix[1:]}\n{file.read_text(encoding='utf-8').rstrip()}\n```"
    report = case.judge("bad")
    found = tuple(finding for finding in report.findings if finding.check == case.check)
    screen = "\n\n".join("\n".join(block) for block in render_findings(found, read_names(report.world), _PAPER))
    yield f"```text\n$ stackflight check {' '.join(case.arguments)}\n{screen}\n```"
    lines = [line for name in names for line in _difference(bad / name, fixed / name)]
    yield f"## How to fix it\n\n```diff\n{chr(10).join(lines)}\n```"


def _example_of_limit(check: Check) -> list[str]:
    """What is asked for by an option shows on the screen of the tests that was made with it."""
    if check not in ABOUT_LIMITS:
        return []
    command, _, screen = _LIMITS.read_text(encoding="utf-8").partition("\n")
    [said] = [block for block in screen.split("\n\n") if f"  check   {check.id} " in block]
    return ["## Example", f"```text\n{command.replace('../shops/', '')}\n{said.replace('../shops/', '').rstrip()}\n```"]


def _difference(bad: Path, fixed: Path) -> Iterator[str]:
    return difflib.unified_diff(
        bad.read_text(encoding="utf-8").splitlines(),
        fixed.read_text(encoding="utf-8").splitlines(),
        bad.name,
        fixed.name,
        lineterm="",
    )


@cache
def _cases() -> dict[str, str]:
    """The first case of the corpus for each check."""
    files = sorted(_CORPUS.glob("*/case.json"), reverse=True)
    return {json.loads(file.read_text(encoding="utf-8"))["check"]: file.parent.name for file in files}


@cache
def _judge(file: Path) -> CheckReport:
    template = parse_template(file.read_text(encoding="utf-8"), file.name)
    world = join_stacks([Source("example", template)], {}, LocalFolder(file.parent))
    return check_world(file.name, world, SystemClock(), 0.0)


def _screen(findings: list[Finding], file: Path) -> str:
    rename = read_names(_judge(file).world)
    return "\n\n".join("\n".join(block) for block in render_findings(tuple(findings), rename, _PAPER))


def _link(file: Path) -> str:
    return f"../../../tests/corpus/{file.parent.name}/{file.name}"


def _standard() -> str:
    return (
        "\n\n".join(
            [
                "# Standard rules",
                "`check` and `review` also ask the rules of "
                "[cloudformation-validate](https://github.com/aws-cloudformation/cloudformation-validate), which AWS keeps: "
                "schemas of resource types, limits, versions, the form of intrinsics. Their findings bear the id "
                "`standard/RULE`. `--rules own` leaves them out; that saves the second process that they load in and its 250 MB.",
                "* **Blocking** are the rules by which CloudFormation refuses the template while it reads it, and only where "
                "no macro changes the template first:\n  " + _listed(BLOCKS) + ".",
                "* All other fatal findings and errors are **warnings**, because schemas and versions age faster than "
                "releases: a property may be newer than the data, a version may be offered again.\n"
                "* Warnings and hints of the rules are **notes**.\n"
                "* A finding on a value that an input decides is a **note**; one on a value that the template, once it is "
                "resolved, does not give, or on a resource whose condition is false, is dropped.\n"
                "* Where one of our own checks says the same of the same resource and property, ours stands alone.",
                "* Left out are:\n"
                + "\n".join(
                    f"  * {_listed(row['rules'])}: {row['because']}." for row in read_table("standard")["left_out"]
                ),
                *_preflight(),
            ]
        )
        + "\n"
    )


def _preflight() -> Iterator[str]:
    record = read_record()
    yield "## The rules of cdk-preflight"
    yield (
        "With the extra `preflight` (`pip install 'stackflight[preflight]'`) `check` and `review` also ask the rules of "
        "[cdk-preflight](https://github.com/badmintoncryer/cdk-preflight) (Apache-2.0), which says of each that AWS was seen "
        "to refuse its example. Their findings bear the id `preflight/RULE`; the words are theirs. They are read from the "
        "installed package, which is not imported, and kept in the cache of the user by version; only rules for the resource "
        "types at hand are loaded. `--rules standard` leaves them out."
    )
    yield (
        "They get the stack with parameters bound and conditions decided, so that they judge what will be there. "
        f"{record['source']} ({record['package']}, {record['date']})"
    )
    yield (
        f"* **Blocking** are {len(record['clean'])} rules that were silent on at least two templates that hold what they judge, and "
        "only where every value stands in the template; the other errors are **warnings**.\n"
        "* What fails only once it is used, and what hangs on a parameter's default, is a **warning**; what hangs on an open "
        "input or on an empty default is a **note**.\n"
        "* Where one of our own checks says the same, ours stands alone.\n"
        "* Left out:\n" + _reasons(record["left_out"]) + "\n"
        "* Left out where they say it in this form:\n"
        + _reasons({rule: wrong["because"] for rule, wrong in record["left_out_where"].items()})
        + "\n* Warnings at most:\n"
        + _reasons(record["weakened"])
    )


def _reasons(rules: Mapping[str, str]) -> str:
    return "\n".join(f"  * `{rule}`: {because}" for rule, because in rules.items())


def _listed(rules: Iterable[str]) -> str:
    return ", ".join(sorted(rules))
