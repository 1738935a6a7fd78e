"""The families of checks on what services demand of single resources and of resources that name each other."""

from __future__ import annotations

from stackflight.check import (
    accounts,
    alarms,
    balancers,
    buckets,
    certificates,
    clusters,
    databases,
    delivery,
    endpoints,
    gateways,
    integrations,
    machines,
    names,
    permissions,
    placement,
    policies,
    removal,
    routes,
    secrets,
    tasks,
    types,
    zones,
)
from stackflight.check.case import Check

CHECKS: tuple[Check, ...] = (
    *placement.CHECKS,
    *zones.CHECKS,
    *gateways.CHECKS,
    *routes.CHECKS,
    *endpoints.CHECKS,
    *accounts.CHECKS,
    *tasks.CHECKS,
    *clusters.CHECKS,
    *balancers.CHECKS,
    *certificates.CHECKS,
    *secrets.CHECKS,
    *permissions.CHECKS,
    *policies.CHECKS,
    *delivery.CHECKS,
    *integrations.CHECKS,
    *types.CHECKS,
    *buckets.CHECKS,
    *databases.CHECKS,
    *machines.CHECKS,
    *names.CHECKS,
    *removal.CHECKS,
    *alarms.CHECKS,
)
