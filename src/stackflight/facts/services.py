"""What SDKs call AWS services -> the prefix of their IAM actions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from stackflight.facts.load import read_table


@cache
def prefixes_of(kind: str) -> Mapping[str, str]:
    """Names of one kind -> prefix: "client" of boto3, "package" of the SDK for JavaScript v3, "classes" of its version 2."""
    found: dict[str, str] = {}
    for prefix, row in read_table("services")["services"].items():
        given = row.get(kind, [])
        found.update(dict.fromkeys([given] if isinstance(given, str) else given, prefix))
    return found


def endpoints_of_clients() -> Mapping[str, str]:
    """Client of boto3, package or class of the SDKs for JavaScript -> the name of its VPC endpoint, where that is another one."""
    found: Mapping[str, str] = read_table("clients")["endpoints"]
    return found
