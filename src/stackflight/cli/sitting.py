"""The targets of `check` as they were asked for, of one stage or of none -> one report after the other."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stackflight.cli.folders import spread
from stackflight.cli.inputs import Inputs, open_inputs
from stackflight.cli.judging import judge_or_tell, load_targets, or_tell, read_known, read_rules
from stackflight.errors import StackflightError, WrongUsage
from stackflight.records import dataclass

if TYPE_CHECKING:
    from stackflight.cli.targets import Loaded, Targets
    from stackflight.model.report import CheckReport
    from stackflight.operate.baseline import Baseline
    from stackflight.ports import Clock
    from stackflight.read.manifest import Source


@dataclass(frozen=True)
class Sitting:
    """What targets are judged with. `asked` names them and says how; `errors` takes what was told of those that failed."""

    asked: Namespace
    inputs: Inputs
    baseline: Baseline | None
    clock: Clock
    errors: list[StackflightError]

    @property
    def inputs_by_name(self) -> tuple[Path, ...]:
        """The files that the command itself names, read or not: what nobody may write over."""
        named = (*self.asked.targets, self.asked.baseline, self.asked.again, self.asked.current)
        return (*(Path(name) for name in named if name and name != "-"), *self.inputs.opened)

    def reports(self, opener: Targets, declare: Callable[[Iterable[Source]], None]) -> Iterator[CheckReport]:
        """Judge every target; one that cannot be read does not keep the others from being judged.

        `declare` is given all sources where values are given to parameters. Raises what it raises.
        """
        asked, rules = self.asked, read_rules(self.asked)
        loaded: Iterable[Loaded] = load_targets(asked.targets, opener, self.errors)
        if asked.together or self.inputs.typed or self.inputs.filed:
            loaded = list(loaded)
            declare(source for target in loaded for source in target.sources)
        again = list(load_targets([asked.again], opener, self.errors)) if asked.again else []
        current = list(load_targets([asked.current], opener, self.errors)) if asked.current else []
        for group in [list(loaded)] if asked.together else ([target] for target in loaded):
            if asked.fix:
                from stackflight.cli.mending import Judge, mend_target

                decide = Judge(self.inputs, rules, self.clock, not asked.no_ignores)
                report = or_tell(partial(mend_target, group[0], decide), self.errors)
            else:
                heed = not asked.no_ignores
                report = judge_or_tell(group, self.inputs, rules, self.clock, self.errors, again, current, heed)
            if report is not None:
                yield self._without_known(report)

    def _without_known(self, report: CheckReport) -> CheckReport:
        from stackflight.operate.baseline import leave_known

        return leave_known(report, self.baseline) if self.baseline else report


def open_sitting(asked: Namespace, clock: Clock, errors: list[StackflightError]) -> Sitting:
    """What a command asks for. Raises WrongUsage where its options exclude one another, UnreadableInput."""
    inputs = open_inputs(asked)
    asked.targets = spread(asked.targets)
    for option in ("again", "current"):
        if getattr(asked, option) and len(asked.targets) > 1 and not asked.together:
            raise WrongUsage(f"--{option} goes with one target", hint="check the targets one by one, or add --together")
    baseline = read_known(asked.baseline)
    if asked.fix and (asked.together or asked.again or asked.current):
        raise WrongUsage("--fix mends targets one by one", hint="leave out --together, --again and --current")
    return Sitting(asked, inputs, baseline, clock, errors)
