"""A statement of a policy and a request -> whether the one speaks of the other, perhaps or surely."""

from __future__ import annotations

import re
from math import inf

from stackflight.model.identity import Statement
from stackflight.model.request import Request
from stackflight.model.value import Address, Reference, Text, Value, references_in, render
from stackflight.model.wildcards import matches, meet
from stackflight.patterns import compile_later


def may_speak_of(statement: Statement, request: Request) -> bool:
    """Whether a statement may be about a request: nothing that is known keeps it from that."""
    if not statement.names(request.action) or (request.of_aws and statement.allow and statement.misses_aws):
        return False
    if statement.spares_home and not request.of_aws:
        return False
    wanted = _ANY.sub("*", _plain(request.resource))
    if statement.inverted or not statement.resources:
        return True
    return any(_may_be(item, request, wanted) for item in statement.resources)


def _may_be(resource: Value, request: Request, wanted: str) -> bool:
    """A resource of the template is never one of AWS, and only itself where the request is for one of the template."""
    owners = _owners(resource)
    if owners and (request.of_aws or request.outside):
        return False
    if owners and request.own is not None:
        behind = _behind(resource, request.own)
        return behind is not None and meet(_ANY.sub("*", behind), _ANY.sub("*", request.path))
    pattern = _ANY.sub("*", _plain(render(resource)))
    return (
        _meet_arns(pattern, wanted)
        and _may_be_made(pattern, _plain(request.resource))
        and _may_have_dashes(_plain(render(resource)), _plain(request.resource))
    )


def _meet_arns(one: str, other: str) -> bool:
    """Whether two patterns have an ARN in common: service, Region and account apart, because no colon is in them."""
    parts, others = one.split(":", 3), other.split(":", 3)
    if len(parts) < 4 or len(others) < 4:
        return meet(one, other)
    return all(meet(left, right) for left, right in zip(parts, others, strict=True))


def _owners(resource: Value) -> set[Address]:
    return {reference.address for reference in references_in(resource) if reference.attribute in {"Ref", "Arn"}}


def _may_be_made(pattern: str, wanted: str) -> bool:
    """Whether a pattern may hold a name that CloudFormation makes, of several parts and without a slash."""
    made = _MADE.search(wanted)
    named = pattern.split("/")[: wanted[: made.start()].count("/") + 1] if made else []
    if made is None or "*" in "/".join(named):
        return True
    return meet(_ANY.sub("*", wanted[: made.end()]) + "*", "/".join(named))


def _may_have_dashes(pattern: str, wanted: str) -> bool:
    """Whether a pattern may hold a name in which an unknown Region stands: with its two dashes or more, or without any."""
    (least, most), (fewest, known) = _dashes(pattern), _dashes(wanted)
    return least <= known and fewest <= most


def _dashes(text: str) -> tuple[float, float]:
    """How many dashes stand before the first slash, at least and at most; a wildcard may hold the slash as well."""
    head = text.replace("${AWS::Region without dashes}", "").replace("${AWS::Region}", "-~-").split("/")[0]
    known = re.split(r"[*?]|\$\{", head, maxsplit=1)[0]
    return known.count("-"), known.count("-") if known == head and "~" not in head else inf


def _behind(resource: Value, own: Address) -> str | None:
    """What a policy writes behind the ARN of a resource; None where it writes of others."""
    parts = resource.parts if isinstance(resource, Text) else (resource,)
    for index in range(len(parts) - 1, -1, -1):
        part = parts[index]
        if isinstance(part, Reference) and part.address == own and part.attribute in {"Ref", "Arn"}:
            return "".join(render(item) for item in parts[index + 1 :])
    return "*" if own in _owners(resource) else None


def surely_speaks_of(statement: Statement, request: Request) -> bool:
    """Every object of the request: a wildcard covers an unknown part, and so does the same unknown part."""
    at_home = statement.holds_at_home and not request.of_aws
    whom = statement.anyone or (statement.ours and not request.of_aws)
    if (statement.conditions and not at_home) or statement.inverted or not whom:
        return False
    behind = [_behind(item, request.own) for item in statement.resources if request.own is not None]
    if any(tail is not None and matches(request.path, tail) for tail in behind):
        return True
    wanted = _plain(request.resource).replace("/*", "/any/object")
    return any(matches(wanted, _plain(render(item))) for item in statement.resources)


_MADE = compile_later(r"(?:\$\{stack\}-)?\$\{id\}-\$\{random\}")
_ANY = compile_later(r"\$\{[^}]*\}")


def _plain(arn: str) -> str:
    """Without the partition, which all resources of a template share."""
    return re.sub(r"^arn:(?:aws[a-z-]*|\$\{[^}]*\}):", "", arn)
