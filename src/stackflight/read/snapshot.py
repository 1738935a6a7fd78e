"""What the AWS CLI printed, one JSON object after the other -> lists of entries by section.

A snapshot that holds less than it seems to would read as "there is none", so everything that hints at that is refused:
text that breaks off or that an error message interrupts, pages that were not fetched, two snapshots in one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from stackflight.errors import UnreadableInput
from stackflight.patterns import compile_later

Entry: TypeAlias = dict[str, Any]

HINT = "'stackflight explain account' shows the commands that write it"
IDS = {
    "Vpcs": "VpcId",
    "Subnets": "SubnetId",
    "RouteTables": "RouteTableId",
    "InternetGateways": "InternetGatewayId",
    "NatGateways": "NatGatewayId",
    "VpcEndpoints": "VpcEndpointId",
    "SecurityGroups": "GroupId",
    "NetworkAcls": "NetworkAclId",
    "DhcpOptions": "DhcpOptionsId",
    "VpcPeeringConnections": "VpcPeeringConnectionId",
    "Exports": "Name",
}
"""The sections that are read, and what tells their entries apart."""

_FAILED = compile_later(r"An error occurred \((?P<code>[\w.]+)\)(?: when calling the (?P<call>\w+) operation)?")
_CONTENT = compile_later(r"\S")
_ZONE = compile_later(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)(?:-[a-z]+-\d+)?[a-z]")


def read_sections(text: str, file: str) -> dict[str, list[Entry]]:
    """Entries by section, attributes of VPCs under "Attributes". Raises UnreadableInput where it is no whole snapshot."""
    sections: dict[str, list[Entry]] = {}
    for document, line in _documents(text, file):
        if document.get("NextToken"):
            names = " and ".join(name for name in document if name != "NextToken") or "a call"
            raise UnreadableInput(
                f"the output of {names} breaks off: it holds a NextToken, and the pages behind it are missing",
                file=file, line=line, hint="take the snapshot without --no-paginate, --max-items and --starting-token",
            )  # fmt: skip
        if "VpcId" in document:
            sections.setdefault("Attributes", []).append(document)
        for name, entries in document.items():
            if isinstance(entries, list):
                if name in IDS and not all(isinstance(entry, dict) for entry in entries):
                    raise UnreadableInput(
                        f"{name} holds no entries of a describe call: take it without --query",
                        file=file, line=line, hint=HINT,
                    )  # fmt: skip
                sections.setdefault(name, []).extend(entries)
    for name, key in IDS.items():
        if name in sections:
            sections[name] = list(_once(sections[name], name, key, file))
    _require_one_place(sections, file)
    return sections


def region_of(sections: Mapping[str, Iterable[Entry]]) -> str | None:
    """The Region that a snapshot is of, where an entry names it."""
    return next(iter(_regions(sections)), None)


def _documents(text: str, file: str) -> Iterator[tuple[Entry, int]]:
    decoder, offset, line, counted = json.JSONDecoder(), 0, 1, 0
    while (match := _CONTENT.search(text, offset)) is not None:
        offset = match.start()
        line, counted = line + text.count("\n", counted, offset), offset
        try:
            document, offset = decoder.raw_decode(text, offset)
        except json.JSONDecodeError as error:
            raise _broken(text, text[offset:], error, file) from None
        except (RecursionError, ValueError):
            raise UnreadableInput("not valid JSON", file=file, line=line, hint=HINT) from None
        if not isinstance(document, dict):
            raise UnreadableInput("this is no output of a describe call", file=file, line=line, hint=HINT)
        yield document, line


def _broken(text: str, rest: str, error: json.JSONDecodeError, file: str) -> UnreadableInput:
    """What stands where JSON should: a message of the AWS CLI, nothing any more, or something else."""
    around = text[text.rfind("\n", 0, error.pos) + 1 :]
    if failed := _FAILED.search(rest) or _FAILED.search(around):
        call = f" when calling {failed['call']}" if failed["call"] else ""
        return UnreadableInput(
            f"the AWS CLI failed here with {failed['code']}{call}, so the snapshot is incomplete",
            file=file, line=error.lineno, hint="it takes ec2:Describe* and cloudformation:ListExports; then write it anew",
        )  # fmt: skip
    if not text[error.pos :].strip() or error.msg.startswith("Unterminated"):
        return UnreadableInput(
            "the snapshot breaks off: not valid JSON to its end", file=file, line=error.lineno, hint="write it anew"
        )
    first = rest.splitlines()[0].strip()
    said = "" if first[:1] in "{[" else f": '{first[:80]}' is not what the AWS CLI prints with --output json"
    return UnreadableInput(f"not valid JSON{said}", file=file, line=error.lineno, hint=HINT)


def _once(entries: Iterable[Entry], section: str, key: str, file: str) -> Iterator[Entry]:
    seen: dict[str, Entry] = {}
    for entry in entries:
        name = entry.get(key)
        if not isinstance(name, str):
            given = ", ".join(map(str, list(entry)[:4])) or "nothing"
            what = "misuses" if name is not None else "lacks"
            raise UnreadableInput(f"an entry of {section} {what} {key} (it holds {given})", file=file, hint=HINT)
        if name not in seen:
            seen[name] = entry
            yield entry
        elif seen[name] != entry:
            raise UnreadableInput(
                f"two snapshots in one: {section} says two different things of {name}", file=file, hint="write it anew"
            )


def _require_one_place(sections: Mapping[str, Iterable[Entry]], file: str) -> None:
    for what, found in (("Regions", _regions(sections)), ("accounts", _accounts(sections))):
        if len(found) > 1:
            raise UnreadableInput(
                f"two snapshots in one: it holds the {what} {' and '.join(found)}",
                file=file, hint="take one snapshot for each account and Region",
            )  # fmt: skip


def _regions(sections: Mapping[str, Iterable[Entry]]) -> dict[str, None]:
    """In the order in which they are named: by zones of subnets and by the stacks that export."""
    zones = (_ZONE.fullmatch(str(entry.get("AvailabilityZone"))) for entry in sections.get("Subnets", ()))
    return dict.fromkeys([*(zone["region"] for zone in zones if zone), *(arn[3] for arn in _exporters(sections))])


def _accounts(sections: Mapping[str, Iterable[Entry]]) -> dict[str, None]:
    """By the stacks that export; the owner of a VPC may be another account, which shares its subnets."""
    return dict.fromkeys(arn[4] for arn in _exporters(sections))


def _exporters(sections: Mapping[str, Iterable[Entry]]) -> Iterator[list[str]]:
    for entry in sections.get("Exports", ()):
        arn = str(entry.get("ExportingStackId")).split(":")
        if len(arn) > 5:
            yield arn
