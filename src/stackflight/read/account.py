"""A snapshot of describe calls -> Account. docs/guides/account.md says how to take one.

The file holds what the AWS CLI prints, one JSON object after the other; sections that occur twice are joined.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from stackflight.errors import UnreadableInput
from stackflight.model.account import Account
from stackflight.model.identify import ACCOUNT
from stackflight.model.template import Path, Position, Resource, Stack, Template
from stackflight.model.value import Address, Value
from stackflight.read.existing import SHAPES, Piece, Pieces

REQUIRED = {
    "Vpcs": "describe-vpcs",
    "Subnets": "describe-subnets",
    "RouteTables": "describe-route-tables",
    "InternetGateways": "describe-internet-gateways",
    "NatGateways": "describe-nat-gateways",
    "VpcEndpoints": "describe-vpc-endpoints",
    "SecurityGroups": "describe-security-groups",
    "NetworkAcls": "describe-network-acls",
}
"""A section that is not there would read as "there is none", so each of these has to be, if only empty."""

_HINT = "docs/guides/account.md shows the commands that write it"


def read_account(text: str, file: str) -> Account:
    """Read a snapshot. Raises UnreadableInput where it is none, or where a section is missing."""
    sections = _join(_documents(text, file))
    missing = [f"aws ec2 {command}" for name, command in REQUIRED.items() if name not in sections]
    if missing:
        what = "no snapshot of an account" if len(missing) == len(REQUIRED) else "an incomplete snapshot"
        raise UnreadableInput(f"this is {what}: the output of {', '.join(missing)} is missing", file=file, hint=_HINT)
    try:
        pieces = [piece for name, shape in SHAPES.items() for piece in shape(Pieces(sections), sections.get(name, []))]
        stack = _stack(pieces, file)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableInput(f"an entry of the snapshot lacks or misuses {error}", file=file, hint=_HINT) from None
    return Account(
        stack=stack,
        main_tables=_by_vpc(sections["RouteTables"], "RouteTableId", _is_main),
        default_acls=_by_vpc(sections["NetworkAcls"], "NetworkAclId", lambda entry: entry.get("IsDefault") is True),
        default_groups=_by_vpc(
            sections["SecurityGroups"], "GroupId", lambda entry: entry.get("GroupName") == "default"
        ),
        exports=dict(_exports(sections.get("Exports", []))),
    )


def _documents(text: str, file: str) -> Iterator[dict[str, Any]]:
    decoder, offset = json.JSONDecoder(), 0
    while offset < len(text) and text[offset:].strip():
        offset += len(text[offset:]) - len(text[offset:].lstrip())
        try:
            document, offset = decoder.raw_decode(text, offset)
        except (json.JSONDecodeError, RecursionError) as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else None
            raise UnreadableInput("not valid JSON", file=file, line=line, hint=_HINT) from None
        if not isinstance(document, dict):
            line = text.count("\n", 0, offset) + 1
            raise UnreadableInput("this is no output of a describe call", file=file, line=line, hint=_HINT)
        yield document


def _join(documents: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Lists of all documents by section; attributes of VPCs are collected under "Attributes"."""
    sections: dict[str, list[Any]] = {}
    for document in documents:
        if "VpcId" in document:
            sections.setdefault("Attributes", []).append(document)
        for name, entries in document.items():
            if isinstance(entries, list):
                sections.setdefault(name, []).extend(entry for entry in entries if isinstance(entry, dict))
    return sections


def _is_main(entry: dict[str, Any]) -> bool:
    return any(link.get("Main") is True for link in entry.get("Associations") or [])


def _by_vpc(entries: Iterable[dict[str, Any]], key: str, wanted: Any) -> dict[Address, Address]:
    return {
        Address(ACCOUNT, str(entry.get("VpcId"))): Address(ACCOUNT, str(entry.get(key)))
        for entry in entries
        if wanted(entry)
    }


def _exports(entries: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Value]]:
    for entry in entries:
        if isinstance(entry.get("Name"), str) and isinstance(entry.get("Value"), str):
            yield entry["Name"], entry["Value"]


@dataclass(frozen=True)
class _Nowhere:
    """Positions in a snapshot: its first line."""

    def find(self, path: Path) -> Position:  # noqa: ARG002 -- the protocol of positions
        return Position(1, 1)


def _stack(pieces: Iterable[Piece], file: str) -> Stack:
    resources = {piece.id: Resource(Address(ACCOUNT, piece.id), piece.type, dict(piece.properties)) for piece in pieces}
    return Stack(ACCOUNT, Template(file, {}, _Nowhere()), resources)
