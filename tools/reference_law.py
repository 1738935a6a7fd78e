"""The rows of facts/ -> the pages of docs/reference/law: what each service refuses, demands and calls."""

from __future__ import annotations

from stackflight.check.case import listed
from stackflight.facts.load import Row, all_rows, known_kinds

TABLES = {
    "refusals": "Refused",
    "orders": "Order",
    "role_uses": "What the role has to allow",
    "senders": "What the receiver has to allow",
    "updates": "Refused in updates",
    "versions": "Versions",
}


def render_law() -> dict[str, str]:
    """Every page by its name below docs/reference."""
    services: dict[str, dict[str, list[Row]]] = {}
    for table in TABLES:
        for row in all_rows(table):
            services.setdefault(_service(row), {}).setdefault(table, []).append(row)
    pages = {f"law/{name.lower()}.md": _page(name, services[name]) for name in services}
    return {
        "law/index.md": _index(services),
        "law/references.md": _references(),
        "law/placement.md": _placement(),
        **pages,
    }


def _service(row: Row) -> str:
    kind = row.get("type") or row["user"]
    return str(kind if isinstance(kind, str) else kind[0]).split("::")[1]


def _index(services: dict[str, dict[str, list[Row]]]) -> str:
    count = sum(len(rows) for tables in services.values() for rows in tables.values())
    lines = [
        "# What AWS refuses and needs, row by row",
        f"{count} facts of {len(services)} services, each with its source. They are findings like those of the "
        "[checks](../checks/index.md), under the ids given here; the rehearsal lets the resource fail with AWS's words. What "
        "properties take along a reference stands on a [page of its own](references.md).",
        "| service | facts |\n|---|---|",
    ]
    rows = (f"| [{name}]({name.lower()}.md) | {sum(map(len, services[name].values()))} |" for name in sorted(services))
    return "\n\n".join(lines) + "\n" + "\n".join(rows) + "\n"


def _page(name: str, tables: dict[str, list[Row]]) -> str:
    blocks = [f"# {name}"]
    for table, title in TABLES.items():
        if table in tables:
            blocks += [f"## {title}", *(_entry(row) for row in tables[table])]
    return "\n\n".join(blocks) + "\n"


def _references() -> str:
    """What each property takes along a reference."""
    rows = [row for row in all_rows("contracts") if "takes" in row]
    count = sum(len(row["takes"]) for row in rows)
    lines = [
        "# What properties take along a reference",
        f"{count} properties of {len(rows)} resource types, read {rows[0]['date']} from CloudFormation's "
        f"[resource reference]({rows[0]['source']}) and the schemas of its registry. A reference that gives something else is "
        "found as [name-instead-of-arn](../checks/name-instead-of-arn.md) or "
        "[reference-of-wrong-type](../checks/reference-of-wrong-type.md). Where a service looks only later, it is a warning.",
        "[Where resources may lie](placement.md) is told apart.",
        "| type | property | takes |\n|---|---|---|",
    ]
    entries = (
        f"| {row['type']} | `{path}` | {known_kinds()[kind.lstrip('?')]['what']} |"
        for row in rows
        for path, kind in row["takes"].items()
    )
    return "\n\n".join(lines) + "\n" + "\n".join(entries) + "\n"


def _placement() -> str:
    """Which subnets each type takes."""
    rows = all_rows("placement")
    lines = [
        "# Where resources may lie",
        f"{len(rows)} rows, read {rows[0]['date']}. What breaks one is found as "
        "[too-few-zones](../checks/too-few-zones.md), [two-subnets-in-one-zone](../checks/two-subnets-in-one-zone.md), "
        "[subnet-count](../checks/subnet-count.md), [subnet-not-private](../checks/subnet-not-private.md) or "
        "[group-outside-default-vpc](../checks/group-outside-default-vpc.md).",
        "| type | property | takes | source |\n|---|---|---|---|",
    ]
    entries = (
        f"| {row['type']} | `{row.get('subnets', row.get('group'))}` | {_taken(row)} | [AWS]({row['source']}) |"
        for row in rows
    )
    return "\n\n".join(lines) + "\n" + "\n".join(entries) + "\n"


def _taken(row: Row) -> str:
    if "group" in row:
        return "lies in the default VPC without it"
    told = [
        f"{row['zones']} zones at least" if "zones" in row else "",
        "one subnet of each zone" if row.get("one_each") else "",
        f"{row['least']} subnets at least" if "least" in row else "",
        f"{row['most']} at most" if "most" in row else "",
        "private ones alone" if row.get("private") else "",
        "those with an IPv6 block alone" if row.get("six") else "",
    ]
    return ", ".join(filter(None, told)) + (" (under a condition)" if "if" in row else "")


def _entry(row: Row) -> str:
    lines = [f"### {row['id']}", f"Found when {row['title']}."]
    if row.get("actions"):
        lines.append(f"Needed: {listed((f'`{action}`' for action in row['actions']), limit=20)}.")
    if row.get("text"):
        lines.append(f"AWS says: “{row['text'].replace('{value}', 'VERSION')}”")
    if row.get("offered"):
        lines.append(f"Offered: {', '.join(f'`{version}`' for version in row['offered'])}.")
    if row.get("fix"):
        lines.append(f"Fix: {_plain(row['fix'])}.")
    lines.append(f"[Source]({row['source']}), read {row['date']}.")
    return "\n\n".join(lines)


def _plain(sentence: str) -> str:
    return (
        sentence.replace("{subject}", "the resource")
        .replace("{culprits}", "what it names")
        .replace("{", "`")
        .replace("}", "`")
    )
