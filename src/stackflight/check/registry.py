"""All checks, and the one function that runs them: World, Network, Needs and Reaches -> Verdicts."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from stackflight.check.access import (
    actions,
    calls,
    key_policies,
    log_delivery,
    policy_documents,
    policy_form,
    roles,
    trust,
    uploads,
)
from stackflight.check.account import names, once
from stackflight.check.case import Case, Check
from stackflight.check.containers import capacity, clusters, services, task_definitions
from stackflight.check.functions import callers, environment, event_sources, failure_destinations
from stackflight.check.law import contracts
from stackflight.check.law.law import FINDERS, law_checks
from stackflight.check.network import endpoints, gateways, layout, routes, subnets, zones
from stackflight.check.order import log_groups, paths, policies, prerequisites
from stackflight.check.reach import advice, unreachable
from stackflight.check.removal import removal
from stackflight.check.settings import alarms, machines, pipelines, user_pools, values, workflows
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
from stackflight.check.template import exports, structure, synthesis, types
from stackflight.check.time import deadlines, front_ends, signals
from stackflight.check.timetable import Pace, Timetable, even_pace
from stackflight.check.traffic import apis, balancers, certificates, dns_records, integrations, origins
from stackflight.check.update import changes
from stackflight.model.finding import Finding, Question, Severity
from stackflight.model.graph import Graph
from stackflight.model.need import Needs, Reach
from stackflight.model.network import Network
from stackflight.model.template import World
from stackflight.model.value import Address


@dataclass(frozen=True)
class Verdicts:
    """Everything that the checks say of a world."""

    findings: tuple[Finding, ...]
    questions: tuple[Question, ...]
    reaches: tuple[Reach, ...]
    case: Case


# The order decides which of two findings on one line is printed first.
CHECKS: tuple[Check, ...] = (
    *structure.CHECKS,
    *unreachable.CHECKS,
    *layout.CHECKS,
    *paths.CHECKS,
    *prerequisites.CHECKS,
    *policies.CHECKS,
    *deadlines.CHECKS,
    *signals.CHECKS,
    *front_ends.CHECKS,
    *environment.CHECKS,
    *subnets.CHECKS,
    *zones.CHECKS,
    *gateways.CHECKS,
    *routes.CHECKS,
    *endpoints.CHECKS,
    *once.CHECKS,
    *services.CHECKS,
    *task_definitions.CHECKS,
    *clusters.CHECKS,
    *capacity.CHECKS,
    *balancers.CHECKS,
    *certificates.CHECKS,
    *secrets.CHECKS,
    *passwords.CHECKS,
    *roles.CHECKS,
    *failure_destinations.CHECKS,
    *trust.CHECKS,
    *contracts.CHECKS,
    *calls.CHECKS,
    *event_sources.CHECKS,
    *workflows.CHECKS,
    *pipelines.CHECKS,
    *user_pools.CHECKS,
    *policy_form.CHECKS,
    *policy_documents.CHECKS,
    *actions.CHECKS,
    *log_delivery.CHECKS,
    *key_policies.CHECKS,
    *origins.CHECKS,
    *uploads.CHECKS,
    *callers.CHECKS,
    *integrations.CHECKS,
    *apis.CHECKS,
    *types.CHECKS,
    *tables.CHECKS,
    *values.CHECKS,
    *dns_records.CHECKS,
    *buckets.CHECKS,
    *notifications.CHECKS,
    *databases.CHECKS,
    *parameter_groups.CHECKS,
    *caches.CHECKS,
    *machines.CHECKS,
    *names.CHECKS,
    *exports.CHECKS,
    *removal.CHECKS,
    *log_groups.CHECKS,
    *alarms.CHECKS,
    *synthesis.CHECKS,
    *changes.CHECKS,
)


def every_check() -> tuple[Check, ...]:
    """The checks in code and those that are rows of data, for whoever lists them."""
    return (*CHECKS, *law_checks())


def family_of(check: Check) -> str:
    """What a check is about: the heading of the room in which it lives."""
    room = sys.modules.get(check.find.__module__.rpartition(".")[0])
    if room is None or not room.__name__.startswith("stackflight.check."):
        return "Ignores"
    return (room.__doc__ or "").strip().rstrip(".")


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
    finders = dict.fromkeys((*(check.find for check in CHECKS), *FINDERS))
    findings = [finding for find in finders for finding in find(case)]
    findings.sort(key=lambda finding: (order.index(finding.severity), finding.stack, finding.where.line or 0))
    questions = (*structure.find_open_parts(case), *advice.find_questions(case))
    return Verdicts(tuple(findings), questions, reaches, case)
