"""`check --fix`: findings that say what would mend them -> a template in which they are mended, judged before it is written."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stackflight.cli.files import write_over
from stackflight.cli.inputs import Inputs
from stackflight.cli.judging import judge
from stackflight.cli.talk import say
from stackflight.cli.targets import Loaded
from stackflight.errors import StackflightError, WrongUsage
from stackflight.model.edit import Fix
from stackflight.model.finding import Finding, Severity
from stackflight.model.report import CheckReport
from stackflight.ports import Clock, StandardRules
from stackflight.read.document import parse_template
from stackflight.read.edits import CannotEdit, edit_text
from stackflight.records import dataclass
from stackflight.views.paper import count

_MOST = 60
_Key = tuple[str, ...]


@dataclass(frozen=True)
class Mended:
    """A target with what could be mended, and its report; `mended` are the findings that are gone."""

    loaded: Loaded
    report: CheckReport
    mended: tuple[Finding, ...]


@dataclass(frozen=True)
class Judge:
    """How a target is judged, again and again."""

    inputs: Inputs
    rules: StandardRules | None
    clock: Clock
    heed_ignores: bool = True

    def __call__(self, loaded: Loaded) -> CheckReport:
        """The report on a target."""
        return judge([loaded], self.inputs, self.rules, self.clock, heed_ignores=self.heed_ignores)


def mend_target(loaded: Loaded, decide: Judge) -> CheckReport:
    """Mend a target, show and write what changes, and give the report on what stands there then. Raises WrongUsage."""
    require_mendable(loaded)
    mended = mend(loaded, decide)
    write_mended(loaded, mended)
    return mended.report


def require_mendable(loaded: Loaded) -> None:
    """Raises WrongUsage for what is no template file of the user's own: standard input, an assembly, a preset."""
    if loaded.preset or loaded.title == "stdin" or any(source.named for source in loaded.sources):
        raise WrongUsage(
            f"--fix writes into template files, and {loaded.title} is none",
            hint="what an app makes is mended in the app: the findings say how, in CDK where a CDK app made it",
        )


def mend(loaded: Loaded, decide: Judge) -> Mended:
    """Try the fixes of all findings, one after the other; one that does not mend its finding, or makes another, is left."""
    report = decide(loaded)
    mended: list[Finding] = []
    tried: set[_Key] = set()
    for _ in range(_MOST):
        finding = next((one for one in report.findings if one.fixes and _key(one) not in tried), None)
        if finding is None:
            break
        tried.add(_key(finding))
        for fix in finding.fixes:
            better = _try(loaded, report, finding, fix, decide)
            if better is not None:
                loaded, report = better
                mended.append(finding)
                break
    return Mended(loaded, report, tuple(mended))


def _try(
    loaded: Loaded, report: CheckReport, finding: Finding, fix: Fix, decide: Judge
) -> tuple[Loaded, CheckReport] | None:
    """The target with a fix, where that mends the finding and brings nothing new."""
    [source] = loaded.sources
    if any(edit.stack != source.name for edit in fix):
        return None
    try:
        text = edit_text(source.template.text, fix)
        template = parse_template(text, source.template.file)
        candidate = replace(loaded, sources=(replace(source, template=template),))
        after = decide(candidate)
    except (CannotEdit, StackflightError):
        return None
    before, now = _counts(report), _counts(after)
    if now[_key(finding)] >= before[_key(finding)] or any(number > before[key] for key, number in now.items()):
        return None
    return candidate, after


def _counts(report: CheckReport) -> Counter[_Key]:
    """What stands in a report beside notes, the open questions too: a fix must not hide a fault behind one."""
    found = Counter(_key(one) for one in report.findings if one.severity is not Severity.NOTE)
    return found + Counter(("?", one.question) for one in report.questions)


def _key(finding: Finding) -> _Key:
    return (finding.check, finding.stack, finding.code, *finding.resources)


def write_mended(before: Loaded, mended: Mended) -> None:
    """Show what changes, then write it. Raises WrongUsage where the file has changed meanwhile or cannot be written."""
    [old], [new] = before.sources, mended.loaded.sources
    if mended.report.blocking:
        names = ", ".join(dict.fromkeys(finding.check for finding in mended.report.blocking))
        say(f"left to you, as no single change is proved to mend it: {names}")
    if not mended.mended:
        say(f"{before.title}: there is nothing that --fix can mend and prove")
        return
    for line in render_diff(before.title, old.template.text, new.template.text):
        say(line)
    write_over(Path(before.title), old.template.text, new.template.text)
    say(f"mended {count(len(mended.mended), 'finding')} in {before.title}")


def render_diff(name: str, before: str, after: str) -> Iterator[str]:
    """The change as a patch, as git writes it: for a file outside of the working folder too."""
    old, new = (name, name) if Path(name).is_absolute() else (f"a/{name}", f"b/{name}")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="", n=2)
    return (line.rstrip("\n") for line in lines)
