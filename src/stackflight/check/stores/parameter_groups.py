"""World -> findings on parameter groups of another engine or version than the database or cache that uses them.

Sources: Amazon RDS, Aurora, DocumentDB, Neptune, ElastiCache and MemoryDB user guides (parameter group families).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import named, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.value import Unknown, known_text

# Type that uses a parameter group -> (property, type of the group, property with the family, engine of the family).
_GROUPS = (
    ("AWS::DocDB::DBCluster", "DBClusterParameterGroupName", "AWS::DocDB::DBClusterParameterGroup", "Family"),
    ("AWS::Neptune::DBCluster", "DBClusterParameterGroupName", "AWS::Neptune::DBClusterParameterGroup", "Family"),
    ("AWS::RDS::DBCluster", "DBClusterParameterGroupName", "AWS::RDS::DBClusterParameterGroup", "Family"),
    ("AWS::RDS::DBInstance", "DBParameterGroupName", "AWS::RDS::DBParameterGroup", "Family"),
    ("AWS::ElastiCache::CacheCluster", "CacheParameterGroupName", "AWS::ElastiCache::ParameterGroup", "CacheParameterGroupFamily"),
    ("AWS::ElastiCache::ReplicationGroup", "CacheParameterGroupName", "AWS::ElastiCache::ParameterGroup", "CacheParameterGroupFamily"),
    ("AWS::MemoryDB::Cluster", "ParameterGroupName", "AWS::MemoryDB::ParameterGroup", "Family"),
)  # fmt: skip


PARAMETER_GROUP_FAMILY = Check(
    "parameter-group-family",
    found_when="a parameter group is of another family than the engine version that uses it",
    explains="The service refuses the database. Only values that the templates determine are compared.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html",),
    example="eng-docdb-parameter-family",
)


@finds(PARAMETER_GROUP_FAMILY)
def find_parameter_families(case: Case) -> Iterator[Finding]:
    """Parameter groups of another engine or version than what uses them."""
    for kind, key, group_kind, family_key in _GROUPS:
        for user in case.world.of_type(kind):
            group = named(case, user.get(key), group_kind)
            family = known_text(group.get(family_key)) if group is not None else None
            engine = known_text(user.get("Engine")) or _ENGINE_OF.get(kind)
            version = known_text(user.get("EngineVersion"))
            if group is None or family is None or engine is None or isinstance(user.get("EngineVersion"), Unknown):
                continue
            if version is None and user.get("DBClusterIdentifier") is not None:
                continue
            wanted = family_of(engine, version)
            if wanted is None or re.fullmatch(wanted, family.removeprefix("memorydb_"), re.IGNORECASE):
                continue
            shown = f"{engine} {version}" if version else engine
            yield refused(
                case, PARAMETER_GROUP_FAMILY, [group.address, user.address],
                f"{group.address} is of the family {family}, and {user.address} runs {shown}",
                f"use the family of the engine version for {group.address}", (family_key,), struck=user.address,
                says=aws_says("parameter-group-family", family=family),
            )  # fmt: skip


_ENGINE_OF = {"AWS::DocDB::DBCluster": "docdb", "AWS::Neptune::DBCluster": "neptune"}


def family_of(engine: str, version: str | None) -> str | None:
    """A pattern that the family of an engine version matches; None where we cannot tell."""
    if version is None:
        return (
            rf"{re.escape(engine)}[\d._a-z-]*"
            if engine in {"mysql", "mariadb", "postgres", "docdb", "neptune"}
            else None
        )
    parts = version.split(".")
    major, minor = parts[0], parts[1] if len(parts) > 1 else ""
    match engine:
        case "postgres" | "aurora-postgresql":
            return rf"{engine}{major}" if int_of(major, 0) >= 10 else rf"{engine}{major}\.{minor}"
        case "mysql" | "mariadb":
            return rf"{engine}{major}\.{minor}" if minor else None
        case "aurora-mysql":
            return rf"aurora-mysql{major}\.{minor}" if minor else None
        case "docdb":
            return rf"docdb{major}\.\d+"
        case "neptune":
            return "neptune1" if version.startswith(("1.0", "1.1")) else rf"neptune{major}\.{minor}"
        case "redis":
            return {"7": "redis7", "6": r"redis6\.x"}.get(major, rf"redis{major}\.{minor or '0'}")
        case "valkey":
            return rf"valkey{major}"
        case "memcached":
            return rf"memcached{major}\.{minor}" if minor else None
        case _:
            return None


def int_of(text: str, default: int) -> int:
    """The whole number in a text, or the default."""
    return int(text) if text.isdigit() else default
