"""World -> CheckReport: the network, the needs, their paths and the checks, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from stackflight.check.handover import hand_over
from stackflight.check.law.known_types import find_unruled
from stackflight.check.law.versions import version_ids
from stackflight.check.preflight import find_preflight
from stackflight.check.registry import Verdicts, run_checks
from stackflight.check.standard import LEFT_OUT, find_standard
from stackflight.check.template.synthesis import find_differences
from stackflight.model.finding import Finding, Severity
from stackflight.model.identify import ACCOUNT
from stackflight.model.report import CheckReport
from stackflight.model.value import Address
from stackflight.operate.defaults import weigh_defaults
from stackflight.operate.ignores import OTHERS, apply_ignores, read_ignores
from stackflight.read.needs import find_needs
from stackflight.read.network import build_network
from stackflight.rehearse.behaviour import Behaviour
from stackflight.trace.reachability import answer_needs

if TYPE_CHECKING:
    from stackflight.check.timetable import Pace
    from stackflight.model.account import Account
    from stackflight.model.ignore import Ignore
    from stackflight.model.template import Resource, World
    from stackflight.model.violation import Violation
    from stackflight.ports import Clock, StandardRules


def check_world(
    target: str,
    world: World,
    clock: Clock,
    started: float,
    rules: StandardRules | None = None,
    account: Account | None = None,
    again: World | None = None,
    current: World | None = None,
    ignores: Sequence[Ignore] | None = None,
    bare: Callable[[], World] | None = None,
) -> CheckReport:
    """Everything that can be said about a world without touching AWS.

    `started` is the clock's reading when the target began to be read, so that the report's seconds include that;
    they do not include the standard `rules`, which are somebody else's engine. `account` is what exists already,
    `again` a second synthesis of the same input, which should be no different, `current` what is deployed already.
    `bare` gives the world without the defaults that whoever deploys it may replace; what is proved by one of them does not
    block. `ignores` are the findings to leave out; those of the templates' authors unless given.
    """
    ignores = read_ignores(world) if ignores is None else ignores
    excused = frozenset((ignore.check, Address(ignore.stack, ignore.resource)) for ignore in ignores)
    verdicts = _judge(world, account, excused)
    reaches = verdicts.reaches
    findings = [finding for finding in verdicts.findings if finding.stack != ACCOUNT]
    if bare is not None and any(finding.severity is Severity.BLOCKING for finding in findings):
        findings = weigh_defaults(world, findings, _judge(bare(), account, excused).findings)
    seconds = clock.now() - started
    if rules is not None:
        findings.extend(_standard(world, rules, verdicts.findings))
    if again is not None:
        findings.extend(find_differences(world, again))
    if current is not None:
        from stackflight.operate.updates import judge_update

        asked_anew = version_ids(verdicts.case)
        findings = [finding for finding in findings if finding.check not in asked_anew]
        findings.extend(judge_update(verdicts.case, current))
    counted, ignored = apply_ignores(ignores, findings, _asked(rules))
    counted.sort(key=lambda finding: finding.rank)
    return CheckReport(
        target,
        world,
        tuple(counted),
        verdicts.questions,
        reaches,
        seconds,
        tuple(ignored),
        unruled=find_unruled(world),
        network=verdicts.case.network,
    )


def _judge(world: World, account: Account | None, excused: frozenset[tuple[str, Address]]) -> Verdicts:
    """What our own checks say of a world, in the network that exists already where that is known."""
    around = account.around(world) if account else world
    network = account.settle(build_network(around)) if account else build_network(around)
    needs = find_needs(around, network)
    return run_checks(world, network, needs, answer_needs(network, needs.needs), typical_pace(), excused)


def _asked(rules: StandardRules | None) -> tuple[str, ...]:
    return () if rules is None else OTHERS if rules.resolved else OTHERS[:1]


def _standard(world: World, rules: StandardRules, own: tuple[Finding, ...]) -> Iterator[Finding]:
    """What the rules of others add; a template that stacks share is judged once for each Region and set of values."""
    judged: dict[tuple[str, str | None, str], Sequence[Violation]] = {}
    for stack in world.stacks:
        handed = hand_over(stack, rules.resolved)
        text, region = stack.template.text, stack.environment.region
        key = (text, region, handed.resolved + handed.decided + repr(handed.parameters))
        if key not in judged:
            judged[key] = rules.judge(text, region, LEFT_OUT, handed)
        theirs = judged[key]
        added = tuple(find_preflight(stack, [one for one in theirs if one.of == "preflight"], own))
        yield from added
        yield from find_standard(stack, [one for one in theirs if one.of == "standard"], (*own, *added))


def typical_pace() -> Pace:
    """The median durations that the rehearsal uses, for judging races."""
    behaviour = Behaviour()

    def pace(resource: Resource) -> tuple[float, float]:
        act = behaviour.act(resource, "create")
        return act.seconds, act.released if act.released is not None else act.seconds

    return pace
