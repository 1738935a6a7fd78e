"""A `Request` in, a `Config` out: choices become sum types, and impossible combinations are refused.

Every refusal says why and names the nearest combination that works.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from librechat_aws import config as c
from librechat_aws.belonging import BELONGS_TO, what_it_takes, written
from librechat_aws.request import Request
from librechat_aws.resolve_chat import resolve_chat
from librechat_aws.resolve_network import resolve_entry, resolve_network
from librechat_aws.resolve_people import resolve_admin_panel
from librechat_aws.resolve_serverless import resolve_web_function
from librechat_aws.resolve_stores import resolve_documents, resolve_rag

_ONLY_EXISTING_VPC: Final = ("vpc_zones", "public_subnet_ids", "app_subnet_ids", "data_subnet_ids")
_ONLY_NEW_VPC: Final = ("egress", "nat_gateways", "nat_instance_type", "zones")

# Fargate's legal memory per CPU units, in MiB (least, most, step).
FARGATE: Final = {
    256: (512, 2048, 512),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}


def resolve(request: Request) -> c.Config:
    """Decide every choice once; raises SettingsError for what cannot be deployed."""
    _refuse_keys_without_effect(request)
    _refuse_what_audits_object_to(request)
    s = request.settings
    network = resolve_network(request)
    compute = _compute(request)
    cache = _cache(request)
    return c.Config(
        name=s.name,
        preset=request.preset,
        compute=compute,
        entry=resolve_entry(request),
        network=network,
        documents=resolve_documents(request),
        rag=resolve_rag(request),
        cache=cache,
        search=c.Meilisearch(s.search_cpu, s.search_memory_mib) if s.search else None,
        chat=resolve_chat(request),
        durability=c.Durability(s.durability),
        operations=_operations(request),
        images_from_private_ecr=_private_images(request),
        ca_bundle=_ca_bundle(request),
        tags=_tags(request),
        rotation=s.rotation,
        hours=_hours(request),
        admin_panel=resolve_admin_panel(request),
    )


def _refuse_keys_without_effect(request: Request) -> None:
    s = request.settings
    for key in request.explicit:
        choice, values = BELONGS_TO.get(key, ("", ()))
        if choice and getattr(s, choice) not in values:
            chosen = f"{choice} = {written(getattr(s, choice))}"
            needed = [f"{name} = {written(value)}" for name, value in what_it_takes(choice, s)]
            needed.append(" or ".join(f"{choice} = {written(value)}" for value in values))
            raise request.refuse(
                (key,), f"{key} has no effect with {chosen}", f"Remove {key}, or choose {' and '.join(needed)}."
            )
    wrong = _ONLY_NEW_VPC if s.vpc_id else _ONLY_EXISTING_VPC
    for key in wrong:
        if key in request.explicit:
            state = "an existing VPC (vpc_id)" if s.vpc_id else "a new VPC"
            hint = "Remove it, or remove vpc_id." if s.vpc_id else "Remove it, or name the VPC with vpc_id."
            raise request.refuse((key,), f"{key} has no effect with {state}", hint)


def _refuse_what_audits_object_to(request: Request) -> None:
    s = request.settings
    if s.compliance != "strict":
        return
    wanted: dict[str, object] = {
        "durability": "protected",
        **dict.fromkeys(("customer_managed_key", "trail", "flow_logs", "access_logs", "alarms", "backup_plan"), True),
        "termination_protection": True,
    }
    for key, value in wanted.items():
        if getattr(s, key) != value and not (key == "flow_logs" and s.vpc_id):
            raise request.refuse(
                (key, "compliance"), f'compliance = "strict" needs {key}', f"Nearest legal: {key} = {written(value)}"
            )
    if s.entry == "trial-http":
        raise request.refuse(
            ("entry", "compliance"),
            'compliance = "strict" needs encrypted entry',
            'Nearest legal: entry = "cloudfront"',
        )
    for key, least in (("log_days", 365), ("backup_days", 7)):
        if getattr(s, key) < least:
            raise request.refuse(
                (key, "compliance"), f'compliance = "strict" keeps {key} of {least} or more', f"Set {key} = {least}."
            )


def _compute(request: Request) -> c.Compute:
    s = request.settings
    if s.mode == "ec2":
        if not re.match(r"^([a-z]+\d+g[a-z]*|t4g)\.[a-z0-9-]+$", s.instance_type):
            raise request.refuse(
                ("instance_type",),
                f"instance_type {s.instance_type!r} is not a Graviton type",
                'Nearest legal: instance_type = "t4g.large", or instance_type = "m7g.large"; the images and user data are for arm64.',
            )
        holds_data = s.documents == "mongodb" or (s.rag and s.postgres == "container")
        for key in ("data_volume_gib", "data_snapshot"):
            if holds_data or key not in request.explicit:
                continue
            raise request.refuse(
                (key,),
                f"{key} has no effect: no database runs on the instance",
                'Remove it, or choose documents = "mongodb" or postgres = "container".',
            )
        return c.Ec2(
            instance_type=s.instance_type,
            volume_gib=s.instance_volume_gib,
            data_volume_gib=s.data_volume_gib if holds_data else None,
            data_snapshot=s.data_snapshot,
            snapshot_days=s.backup_days,
            key_pair=s.key_pair,
        )
    if s.mode == "serverless":
        return resolve_web_function(request)
    for prefix in ("librechat", "rag", "search"):
        _check_fargate_size(request, prefix)
    if s.tasks_min > s.tasks_max:
        raise request.refuse(
            ("tasks_min", "tasks_max"),
            f"tasks_min {s.tasks_min} is above tasks_max {s.tasks_max}",
            f"Nearest legal: tasks_max = {s.tasks_min}",
        )
    return c.Ecs(s.librechat_cpu, s.librechat_memory_mib, s.tasks_min, s.tasks_max)


def _check_fargate_size(request: Request, prefix: str) -> None:
    cpu_key, memory_key = f"{prefix}_cpu", f"{prefix}_memory_mib"
    cpu, memory = getattr(request.settings, cpu_key), getattr(request.settings, memory_key)
    if cpu not in FARGATE:
        nearest = min(FARGATE, key=lambda units: abs(units - cpu))
        raise request.refuse(
            (cpu_key,), f"{cpu_key}: Fargate has no size of {cpu} CPU units", f"Nearest legal: {cpu_key} = {nearest}"
        )
    least, most, step = FARGATE[cpu]
    if not (least <= memory <= most and (memory - least) % step == 0):
        nearest = min(range(least, most + 1, step), key=lambda mib: abs(mib - memory))
        raise request.refuse(
            (memory_key, cpu_key),
            f"{memory_key}: Fargate has no {memory} MiB with {cpu} CPU units",
            f"Nearest legal: {memory_key} = {nearest} (from {least} to {most} in steps of {step})",
        )


def _cache(request: Request) -> c.Cache:
    s = request.settings
    if s.cache == "none":
        if s.mode == "ecs" and s.tasks_max > 1:
            raise request.refuse(
                ("cache", "tasks_max"),
                f"{s.tasks_max} LibreChat tasks share chats and logins through a cache, and there is none",
                f'Nearest legal: cache = "valkey", or {"tasks_min = 1 and " if s.tasks_min > 1 else ""}tasks_max = 1',
            )
        return c.NoCache()
    return c.Valkey(s.cache_node_type, s.cache_replicas)


def _operations(request: Request) -> c.Operations:
    s = request.settings
    if s.monthly_budget_usd and not s.alarm_email:
        raise request.refuse(
            ("monthly_budget_usd",),
            "monthly_budget_usd warns by mail, and alarm_email is not set",
            "Give alarm_email, or remove monthly_budget_usd.",
        )
    return c.Operations(
        dashboard=s.dashboard,
        alarms=s.alarms or s.alarm_email is not None,
        alarm_email=s.alarm_email,
        flow_logs=s.flow_logs,
        access_logs=s.access_logs,
        trail=s.trail,
        web_firewall=s.web_firewall,
        firewall_rate=s.firewall_rate,
        web_acl_arn=s.web_acl_arn,
        backup_plan=s.backup_plan,
        backup_days=s.backup_days,
        monthly_budget_usd=s.monthly_budget_usd,
        log_days=s.log_days,
        customer_managed_key=s.customer_managed_key,
        compliance=c.Compliance(s.compliance),
        termination_protection=s.termination_protection,
        shell=s.shell,
    )


def _private_images(request: Request) -> bool:
    s = request.settings
    closed = s.egress == "endpoints" and not s.vpc_id
    if closed and s.images == "public":
        raise request.refuse(
            ("images", "egress"),
            'public registries cannot be reached with egress = "endpoints"',
            'Nearest legal: images = "private-ecr" (copy them first: python -m librechat_aws images PRESET)',
        )
    return closed if s.images is None else s.images == "private-ecr"


def _hours(request: Request) -> c.Hours | None:
    s = request.settings
    for key in ("awake_days", "time_zone"):
        if key in request.explicit and s.awake is None:
            raise request.refuse(
                (key,), f"{key} has no effect without awake", f'Set awake = "07:00-20:00", or remove {key}.'
            )
    if s.awake is None:
        return None
    start, end = (tuple(map(int, time.split(":"))) for time in s.awake.split("-"))
    if start == end:
        raise request.refuse(("awake",), "awake begins and ends at the same time", 'For example: awake = "07:00-20:00"')
    return c.Hours((start[0], start[1]), (end[0], end[1]), s.awake_days, s.time_zone)


def _tags(request: Request) -> tuple[tuple[str, str], ...]:
    tags = sorted(request.settings.tags.items())
    for key, _ in tags:
        if key.lower().startswith("aws:"):
            raise request.refuse(
                ("tags",), f"tags: AWS keeps names like {key} for itself", f"Call it {key[4:] or 'Team'}."
            )
    return tuple(tags)


def _ca_bundle(request: Request) -> Path | None:
    if request.settings.ca_bundle is None:
        return None
    path = request.path(request.settings.ca_bundle)
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise request.refuse(("ca_bundle",), f"ca_bundle {path}: cannot be read", "Give a PEM file.") from error
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise request.refuse(("ca_bundle",), f"ca_bundle {path}: holds no certificate", "Give a PEM file.")
    return path
