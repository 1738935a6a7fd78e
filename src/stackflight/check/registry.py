"""All checks, and the one function that runs them: World, Network, Needs and Reaches -> Verdicts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from stackflight.check.access import (
    actions,
    attachments,
    calls,
    conditions,
    execution_roles,
    key_kinds,
    key_policies,
    log_delivery,
    policy_documents,
    policy_form,
    policy_scope,
    principals,
    roles,
    trust,
    uploads,
)
from stackflight.check.account import forms, names, once, places
from stackflight.check.case import Case
from stackflight.check.check import Check, Finder, finders_of
from stackflight.check.containers import capacity, clusters, services, sizes, task_definitions
from stackflight.check.functions import callers, environment, event_sources, failure_destinations, handlers
from stackflight.check.law import contracts
from stackflight.check.law.law import FINDERS as LAW
from stackflight.check.law.law import law_checks, law_finders
from stackflight.check.law.updates import find_refused_updates
from stackflight.check.law.versions import find_dead_versions_in_update, find_version_questions
from stackflight.check.network import (
    addresses,
    client_vpn,
    dual_stack,
    endpoints,
    gateways,
    group_rules,
    layout,
    placement,
    routes,
    service_zones,
    subnets,
    zones,
)
from stackflight.check.order import log_groups, paths, policies, prerequisites
from stackflight.check.pair import UpdateCase
from stackflight.check.reach import advice, unreachable
from stackflight.check.removal import removal
from stackflight.check.settings import (
    alarms,
    event_patterns,
    firewall_rules,
    graphql,
    pipelines,
    user_data,
    user_pools,
    values,
    workflows,
)
from stackflight.check.stores import (
    buckets,
    caches,
    databases,
    notifications,
    parameter_groups,
    passwords,
    secrets,
    tables,
)
from stackflight.check.template import attributes, exports, parameters, structure, synthesis, types
from stackflight.check.time import deadlines, front_ends, signals
from stackflight.check.timetable import Pace, Timetable, even_pace
from stackflight.check.traffic import (
    apis,
    balancers,
    certificates,
    dns_records,
    hidden_names,
    integrations,
    listeners,
    origins,
)
from stackflight.check.update import changes, held_names
from stackflight.check.update import exports as taken_exports
from stackflight.check.update.changes import find_changes_that_hurt
from stackflight.check.update.exports import find_exports_still_imported
from stackflight.check.update.held_names import find_held_names
from stackflight.model.finding import Finding, Question, Severity
from stackflight.model.graph import Graph
from stackflight.model.need import Needs, Reach
from stackflight.model.network import Network
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.records import dataclass


@dataclass(frozen=True)
class Verdicts:
    """Everything that the checks say of a world."""

    findings: tuple[Finding, ...]
    questions: tuple[Question, ...]
    reaches: tuple[Reach, ...]
    case: Case


# The order decides which of two findings on one line is printed first.
_MODULES: tuple[ModuleType, ...] = (
    structure,
    attributes,
    parameters,
    unreachable,
    layout,
    group_rules,
    paths,
    prerequisites,
    policies,
    deadlines,
    signals,
    front_ends,
    environment,
    subnets,
    dual_stack,
    placement,
    zones,
    gateways,
    routes,
    addresses,
    endpoints,
    service_zones,
    client_vpn,
    once,
    services,
    task_definitions,
    clusters,
    capacity,
    balancers,
    listeners,
    certificates,
    secrets,
    passwords,
    roles,
    execution_roles,
    failure_destinations,
    trust,
    contracts,
    calls,
    event_sources,
    workflows,
    pipelines,
    user_pools,
    policy_form,
    policy_scope,
    principals,
    policy_documents,
    conditions,
    attachments,
    actions,
    log_delivery,
    key_policies,
    key_kinds,
    origins,
    uploads,
    callers,
    integrations,
    apis,
    types,
    tables,
    values,
    event_patterns,
    firewall_rules,
    graphql,
    dns_records,
    hidden_names,
    buckets,
    notifications,
    databases,
    parameter_groups,
    caches,
    sizes,
    user_data,
    handlers,
    names,
    forms,
    places,
    exports,
    removal,
    log_groups,
    alarms,
    synthesis,
    held_names,
    changes,
    taken_exports,
)
FINDERS: tuple[Finder, ...] = tuple(finder for module in _MODULES for finder in finders_of(module.__name__))
CHECKS: tuple[Check, ...] = tuple(dict.fromkeys(check for finder in FINDERS for check in finder.checks))
"""The checks in code."""


def every_check() -> tuple[Check, ...]:
    """The checks in code and those that are rows of data, for whoever lists them."""
    return (*CHECKS, *law_checks())


def family_of(check: Check) -> str:
    """What a check is about: the heading of the room in which it lives."""
    room = sys.modules.get(_rooms().get(check.id, ""))
    return (room.__doc__ or "").strip().rstrip(".") if room else "Ignores"


@cache
def _rooms() -> dict[str, str]:
    """The package of each check, by its id."""
    found: dict[str, str] = {}
    for finder in (*FINDERS, *law_finders()):
        for check in finder.checks:
            found.setdefault(check.id, finder.find.__module__.rpartition(".")[0])
    return found


def run_checks(
    world: World,
    network: Network,
    needs: Needs,
    reaches: tuple[Reach, ...],
    pace: Pace = even_pace,
    excused: frozenset[tuple[str, Address]] = frozenset(),
) -> Verdicts:
    """Run every check; findings come blocking first, then in template order.

    `pace` gives typical durations, `excused` the checks that are ignored and at which resource.
    """
    graph = Graph.of(world)
    case = Case(world, network, needs, reaches, graph, Timetable(world, graph, pace), excused)
    order = list(Severity)
    finders = (*(finder.find for finder in FINDERS if finder.asked), *LAW)
    findings = [finding for find in finders for finding in find(case)]
    findings.sort(key=lambda finding: (order.index(finding.severity), finding.stack, finding.where.line or 0))
    questions = (*structure.find_open_parts(case), *advice.find_questions(case), *find_version_questions(case))
    return Verdicts(tuple(findings), questions, reaches, case)


def find_update_defects(given: UpdateCase) -> Iterator[Finding]:
    """Everything that is wrong about an update."""
    yield from find_refused_updates(given)
    yield from find_dead_versions_in_update(given)
    yield from find_held_names(given)
    yield from find_changes_that_hurt(given)
    yield from find_exports_still_imported(given)
