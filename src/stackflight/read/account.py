"""A snapshot of describe calls -> Account. docs/guides/account.md says how to take one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stackflight.errors import UnreadableInput
from stackflight.model.account import Account
from stackflight.model.identify import ACCOUNT
from stackflight.model.template import Path, Position, Resource, Stack, Template, Twice
from stackflight.model.value import Address, Value
from stackflight.read import existing, existing_rules
from stackflight.read.existing import Piece, Pieces
from stackflight.read.snapshot import HINT, Entry, read_sections, region_of
from stackflight.records import dataclass

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

_SHAPES: Mapping[str, Callable[[Pieces, Iterable[Entry]], Iterator[Piece]]] = {
    **existing.SHAPES,
    **existing_rules.SHAPES,
}


def read_account(text: str, file: str) -> Account:
    """Read a snapshot. Raises UnreadableInput where it is none, or where something is missing from it."""
    sections = read_sections(text, file)
    missing = [f"aws ec2 {command}" for name, command in REQUIRED.items() if name not in sections]
    if missing:
        what = "no snapshot of an account" if len(missing) == len(REQUIRED) else "an incomplete snapshot"
        raise UnreadableInput(f"this is {what}: the output of {', '.join(missing)} is missing", file=file, hint=HINT)
    pieces = [piece for name in _SHAPES for piece in _read_section(name, sections, file)]
    return Account(
        stack=_stack(pieces, file),
        main_tables=_by_vpc(sections["RouteTables"], "RouteTableId", _is_main),
        default_acls=_by_vpc(sections["NetworkAcls"], "NetworkAclId", lambda entry: entry.get("IsDefault") is True),
        default_groups=_by_vpc(
            sections["SecurityGroups"], "GroupId", lambda entry: entry.get("GroupName") == "default"
        ),
        exports=dict(_exports(sections.get("Exports", []))),
        region=region_of(sections),
    )


def _read_section(name: str, sections: Mapping[str, list[Entry]], file: str) -> list[Piece]:
    try:
        return list(_SHAPES[name](Pieces(sections), sections.get(name, [])))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise UnreadableInput(f"an entry of {name} is not as AWS describes it: {error}", file=file, hint=HINT) from None


def _is_main(entry: Entry) -> bool:
    return any(link.get("Main") is True for link in entry.get("Associations") or [])


def _by_vpc(entries: Iterable[Entry], key: str, wanted: Callable[[Entry], Any]) -> dict[Address, Address]:
    return {
        Address(ACCOUNT, str(entry.get("VpcId"))): Address(ACCOUNT, str(entry.get(key)))
        for entry in entries
        if wanted(entry)
    }


def _exports(entries: Iterable[Entry]) -> Iterator[tuple[str, Value]]:
    for entry in entries:
        if isinstance(entry.get("Name"), str) and isinstance(entry.get("Value"), str):
            yield entry["Name"], entry["Value"]


@dataclass(frozen=True)
class _Nowhere:
    """Positions in a snapshot: its first line."""

    def find(self, path: Path) -> Position:  # noqa: ARG002 -- the protocol of positions
        return Position(1, 1)

    def find_twice(self) -> Iterator[Twice]:
        """Nobody looks."""
        return iter(())


def _stack(pieces: Iterable[Piece], file: str) -> Stack:
    resources = {
        piece.id: Resource(Address(ACCOUNT, piece.id), piece.type, dict(piece.properties), exists=piece.exists)
        for piece in pieces
    }
    return Stack(ACCOUNT, Template(file, {}, _Nowhere()), resources)
