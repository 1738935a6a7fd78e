"""Findings -> groups that are shown as one: what one change mends, or what is said of several resources alike."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.model.finding import Finding, Severity
from stackflight.records import dataclass
from stackflight.views.names import Rename

_ORDER = list(Severity)


@dataclass(frozen=True)
class Cause:
    """`alike` say the same as `first` of other resources; `others` are mended by the same change."""

    first: Finding
    alike: tuple[Finding, ...]
    others: tuple[Finding, ...]

    def named(self, rename: Rename) -> list[str]:
        """The resources of which the same is said as of the first: each by what tells it from there, and its line."""
        return list(dict.fromkeys(self._name(other, rename) for other in self.alike))

    def _name(self, other: Finding, rename: Rename) -> str:
        own = [id for id in other.resources if id not in self.first.resources]
        if own and own[0] != other.resources[0]:
            return rename(own[0])  # the place is that of what they share
        where = other.where
        same = where.file == self.first.where.file and where.line
        spot = f"line {where.line}" if same else f"{where.file}:{where.line or 1}"
        return f"{rename(other.resources[0])} ({spot})" if other.resources else spot


def shorten(names: Sequence[str], most: int = 12) -> str:
    """So many names and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def group_findings(findings: Sequence[Finding], rename: Rename) -> list[Cause]:
    """The causes, blocking ones first, each where its first finding stands."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: _ORDER.index(finding.severity)):
        same = (finding.severity, finding.stack, finding.check)
        spoken = (
            *same,
            _without_names(finding.message, finding, rename),
            _without_names(finding.remedy, finding, rename),
        )
        mended = (*same, finding.resources[:1], finding.remedy)
        group = groups.get(spoken) or groups.get(mended) or []
        group.append(finding)
        groups.setdefault(spoken, group)
        if finding.remedy:
            groups.setdefault(mended, group)
    distinct = {id(group): group for group in groups.values()}
    return [_cause(group, rename) for group in distinct.values()]


def _cause(group: list[Finding], rename: Rename) -> Cause:
    first, *rest = group
    spoken = _without_names(first.message, first, rename)
    alike = tuple(finding for finding in rest if _without_names(finding.message, finding, rename) == spoken)
    return Cause(first, alike, tuple(finding for finding in rest if finding not in alike))


def _without_names(text: str, finding: Finding, rename: Rename) -> str:
    """The text with the finding's resources replaced by their numbers, the longest names first."""
    names = {name: f"{{{number}}}" for number, id in enumerate(finding.resources) for name in (id, rename(id))}
    if finding.where.construct:
        names.setdefault(finding.where.construct, "{0}")
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, names[name])
    return text
