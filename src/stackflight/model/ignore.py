"""What a template's author says about findings: which one to leave out, where, and why."""

from __future__ import annotations

from datetime import date

from stackflight.model.finding import Finding
from stackflight.model.template import Where
from stackflight.model.value import Address
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Ignore:
    """One check left out at one place. `because` is empty where no reason is given.

    `resource` is the logical id that it belongs to, empty outside of resources; `lines` are the first and the last
    line that it covers, None where it covers the whole resource, which begins at `resource_line`. `construct` is where it
    stands in a CDK app, if not at the resource itself; `quiet` says that nobody minds if it meets nothing. One that has
    `ended` on a date covers nothing any more.
    """

    check: str
    because: str
    stack: str
    where: Where
    resource: str = ""
    resource_line: int | None = None
    lines: tuple[int, int] | None = None
    construct: str = ""
    quiet: bool = False
    ended: date | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks of this finding: the same check, on its resource, on its lines.

        A finding belongs to the resource to change first, and to the one that it strikes where that is only one. One
        about several workloads belongs to none of them, but to the cause that they share.
        """
        if self.ended or self.check != finding.check or self.stack != finding.stack:
            return False
        if finding.workloads and self.resource:
            return self._covers_shared(finding)
        line = finding.where.line
        here = self.lines is not None and line is not None and self.lines[0] <= line <= self.lines[1]
        if not self.resource or not finding.resources:
            return here
        if [address.id for address in finding.struck] == [self.resource] != [finding.resources[0]]:
            return True
        return finding.resources[0] == self.resource and (here or self.lines is None or line == self.resource_line)

    def _covers_shared(self, finding: Finding) -> bool:
        here = Address(self.stack, self.resource)
        if here in finding.workloads:
            return {here} == set(finding.workloads)
        struck_alone = [address.id for address in finding.struck] == [self.resource]
        return struck_alone or finding.resources[0] == self.resource or {here} == set(finding.causes)


@dataclass(frozen=True, slots=True)
class Excuse:
    """One check left out at one resource, said outside of any template: in the project's own file, at `where`.

    `resource` is a logical id, `STACK/ID` or the path of a construct, for all that is made by it. After the day `until` it
    covers nothing any more.
    """

    check: str
    resource: str
    because: str
    until: date | None
    where: Where


@dataclass(frozen=True, slots=True)
class IgnoredFinding:
    """A finding that does not count, and why."""

    finding: Finding
    because: str
