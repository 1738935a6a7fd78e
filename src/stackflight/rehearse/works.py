"""World -> what the functions behind custom resources start, by their code and, where that is not at hand, their roles.

Rules: docs/concepts/durations.md, "Custom resources". The calls are in `facts/custom_work.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, lru_cache

from stackflight.facts.load import Row, read_table
from stackflight.model.identify import to_address
from stackflight.model.identity import Role, read_roles
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, known_text
from stackflight.patterns import compile_later
from stackflight.records import dataclass
from stackflight.rehearse.durations import DurationTable
from stackflight.rehearse.failures import is_provider, serving

_WAITS = compile_later(
    r"get_?waiter|wait_?until|wait_?for|\bsleep\s*\(|setTimeout|is_?complete|poll(_|er|ing|\b)|waitFor|describe_?\w*status",
    re.IGNORECASE,
)
_DRIVER = compile_later(
    r"(?:import|from|require\()\s*[\"']?(psycopg2?|pg8000|asyncpg|pymysql|mysql\.connector|MySQLdb|mariadb|pymongo|sqlalchemy|"
    r"alembic|pg|mysql2?|mongodb|mongoose|flyway|knex|prisma)\b"
)
_LISTED_BUCKET = compile_later(
    r"aws s3 (sync|cp)|upload_?file|put_?object\b|PutObjectCommand|copy_?object\b|sync_?bucket", re.IGNORECASE
)
_OTHER_LONG = compile_later(
    r"create_?(domain|cluster|distribution|db_?(instance|cluster)|environment|nodegroup|stack|replication_?group)\b|"
    r"restore_?db|get_?waiter|wait_?until|start_?(execution|build|replication_?task|pipeline_?execution)|run_?task\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Work:
    """What a custom resource does. `row` names the durations that it takes the time of, empty for the usual ones;
    `known` is False where it may take longer than that."""

    row: str = ""
    known: bool = False


@dataclass(frozen=True)
class _Code:
    """What is known of the functions behind one custom resource."""

    world: World
    functions: tuple[Resource, ...]
    user: tuple[Resource, ...]

    @cached_property
    def texts(self) -> tuple[str | None, ...]:
        """The code of each; None where it is not at hand."""
        return tuple(_text(self.world, function) for function in self.user)

    @cached_property
    def text(self) -> str:
        """All code that is at hand."""
        return "\n".join(text for text in self.texts if text)

    @property
    def is_whole(self) -> bool:
        """Whether all code is at hand."""
        return bool(self.texts) and all(text is not None for text in self.texts)

    @property
    def waits(self) -> bool:
        """Whether it looks at what it has started until that is done, itself or by the CDK's framework."""
        names = ("Environment", "Variables", "USER_IS_COMPLETE_FUNCTION_ARN")
        asked = any(function.get(*names) is not None for function in self.functions)
        return asked or bool(_WAITS.search(self.text))


def find_works(world: World, table: DurationTable) -> Mapping[Address, Work]:
    """What each custom resource does whose type is not known by itself, by its address."""
    customs = [
        resource
        for resource in world.resources.values()
        if resource.is_custom and (resource.type, "create") not in table.rows.keys() | table.learnt.keys()
    ]
    roles = read_roles(world) if customs else {}
    return {resource.address: _work(world, resource, roles, table) for resource in customs}


def _work(world: World, resource: Resource, roles: Mapping[Address, Role], table: DurationTable) -> Work:
    functions = tuple(serving(world, resource))
    user = tuple(function for function in functions if not is_provider(function))
    code = _Code(world, functions, user)
    rows = list(_called(code.text)) if code.is_whole else list(_allowed(world, user, roles))
    longest = _longest(rows, table)
    if not code.is_whole:
        return Work(longest["as"] if longest is not None else "")
    if longest is not None and longest.get("open"):
        return Work(longest["as"])
    if longest is not None:
        return Work(longest["as"], known=True) if code.waits else Work(known=True)
    if _OTHER_LONG.search(code.text):
        return Work()
    if _DRIVER.search(code.text):
        return Work("Work::Migration", known=True)
    return Work("Work::Files" if _LISTED_BUCKET.search(code.text) else "", known=True)


def _text(world: World, function: Resource) -> str | None:
    """What a function's code says; None where it is not at hand."""
    inline = known_text(function.get("Code", "ZipFile"))
    if inline is not None:
        return inline
    texts = world.code.get(function.address)
    return "\n".join(texts) if texts else None


@cache
def _rows() -> tuple[tuple[Row, re.Pattern[str], re.Pattern[str]], ...]:
    """Each row with the patterns of its calls and of the names of its clients."""
    return tuple((row, _calls(row), _clients(row)) for row in read_table("custom_work")["rows"])


def _calls(row: Row) -> re.Pattern[str]:
    """`eks:CreateCluster` as create_cluster(, createCluster( and CreateClusterCommand."""
    names = [action.partition(":")[2] for action in row["calls"]]
    snakes = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower() for name in names]
    words = [*(rf"\.{name}\s*\(" for name in snakes), *(rf"\.{name[0].lower()}{name[1:]}\s*\(" for name in names)]
    return re.compile("|".join([*words, *(rf"\b{name}Command\b" for name in names)]))


def _clients(row: Row) -> re.Pattern[str]:
    names = {*(action.partition(":")[0] for action in row["calls"]), *row.get("clients", ())}
    either = "|".join(sorted(map(re.escape, names)))
    return re.compile(
        rf"[\"'`](?:@aws-sdk/client-|aws-sdk/clients/)?(?:{either})[\"'`]|\bAWS\.(?:{either})\b", re.IGNORECASE
    )


@lru_cache(maxsize=256)
def _called(text: str) -> tuple[Row, ...]:
    """The rows that code starts; many custom resources share their code."""
    return tuple(row for row, calls, clients in _rows() if calls.search(text) and clients.search(text))


def _allowed(world: World, functions: tuple[Resource, ...], roles: Mapping[Address, Role]) -> Iterator[Row]:
    """The rows that a role allows by name, or by a pattern that begins with the verb: `es:Create*`, not `es:*`."""
    patterns: set[str] = set()
    for function in functions:
        address = to_address(world, function.get("Role"))
        role = roles.get(address) if isinstance(address, Address) else None
        for statement in role.statements if role is not None else ():
            patterns.update(action.lower() for action in statement.actions if statement.allow)
    for row, _, _ in _rows():
        wanted = [action.lower() for action in row["calls"]]
        if any(action in patterns or _stem(action) in patterns for action in wanted):
            yield row


def _stem(action: str) -> str:
    service, _, name = action.partition(":")
    verb = next((verb for verb in ("create", "start", "restore", "run") if name.startswith(verb)), name)
    return f"{service}:{verb}*"


def _longest(rows: list[Row], table: DurationTable) -> Row | None:
    """The row that counts: one that may take any time before those of AWS, else the one that takes longest."""
    return max(rows, key=lambda row: (bool(row.get("open")), table.named(row["as"], "create").median), default=None)
