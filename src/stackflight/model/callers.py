"""A statement of a policy, who calls and over which endpoint -> whether the statement is for that caller.

Sources: IAM User Guide, global condition context keys (aws:PrincipalArn is the ARN of the role, also for its sessions;
aws:SourceIp is not there for what comes over a VPC endpoint), condition operators (a missing key fails what compares, and
meets what negates); AWS PrivateLink guide, endpoint policies (of gateway endpoints principals are told by conditions).
"""

from __future__ import annotations

import re
from dataclasses import replace

from stackflight.model.identity import Caller, Statement
from stackflight.model.network import Endpoint
from stackflight.model.value import Address, Reference, Unknown, Value, as_dict, as_list, references_in, render
from stackflight.model.wildcards import matches, meet
from stackflight.patterns import compile_later

_COMPARES = {"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"}
_NEGATES = {"stringnotequals", "stringnotlike", "stringnotequalsignorecase", "arnnotequals", "arnnotlike"}
_EXACT = {"stringequals", "stringequalsignorecase", "stringnotequals", "stringnotequalsignorecase"}

# Keys that no request of a role has which comes over an endpoint. Source: IAM User Guide, global condition context keys.
_ABSENT = {"aws:sourceip", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:username"}

# Keys that only requests over an endpoint have. Source: as above.
_BY_ENDPOINT = {
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
}


def fitted(statement: Statement, caller: Caller | None, endpoint: Endpoint | None) -> Statement | None:
    """The statement without what surely holds for the caller; None where it is not for it.

    `endpoint` is what the request comes over, None where it is none.
    """
    by_name = endpoint is None or endpoint.interface is True
    named = _is_named(statement, caller) if by_name and not statement.anyone else None
    answers = [
        _holds(operator.lower(), key.lower(), as_list(values), caller, endpoint)
        for operator, keys in as_dict(statement.when).items()
        for key, values in as_dict(keys).items()
    ]
    if named is False or any(answer is False for answer in answers):
        return None
    conditions = statement.conditions and not (answers and all(answer is True for answer in answers))
    return replace(statement, conditions=conditions, anyone=statement.anyone or named is True)


def _is_named(statement: Statement, caller: Caller | None) -> bool | None:
    """Whether one of its principals is the role; the own account as a whole is told elsewhere."""
    if statement.ours or not statement.principals or caller is None:
        return None
    answers = [_is_role(principal, caller, exact=True) for principal in statement.principals]
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def _holds(
    operator: str, key: str, values: list[Value], caller: Caller | None, endpoint: Endpoint | None
) -> bool | None:
    """Whether one condition holds; None where nobody can say."""
    plain = operator.removesuffix("ifexists")
    absent = key in _BY_ENDPOINT if endpoint is None else key in _ABSENT and caller is not None
    if absent and ":" not in operator and plain != "null":
        return plain != operator or "not" in plain
    if plain not in _COMPARES | _NEGATES:
        return None
    answers = [_is(key, value, plain in _EXACT, caller, endpoint) for value in values]
    if any(answer is True for answer in answers):
        return plain in _COMPARES
    return None if not answers or any(answer is None for answer in answers) else plain in _NEGATES


def _is(key: str, value: Value, exact: bool, caller: Caller | None, endpoint: Endpoint | None) -> bool | None:
    """Whether a key of the request has a value."""
    if key == "aws:principalarn" and caller is not None:
        return _is_role(value, caller, exact)
    if key == "aws:principalaccount" and caller is not None:
        given, own = render(value), caller.arn.partition(":iam::")[2].rpartition(":role/")[0]
        return True if given == own else False if (given + own).isdigit() else None
    place = (
        {"aws:sourcevpc": endpoint.vpc, "aws:sourcevpce": endpoint.address}.get(key) if endpoint is not None else None
    )
    if isinstance(place, Address) and isinstance(value, Reference) and value.attribute in {"Ref", "VpcId", "Id"}:
        return value.address == place
    return None


def _is_role(value: Value, caller: Caller, exact: bool) -> bool | None:
    """Whether a value, a pattern unless it is to be exact, is the ARN of the caller's role; its name alone never is."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Reference) and value.attribute in {"Arn", "Ref"}:
        return None if caller.role is None else value.attribute == "Arn" and value.address == caller.role
    others = {item.address for item in references_in(value)} - {caller.role}
    pattern, arn = _plain(render(value)), _plain(caller.arn)
    if caller.role is not None:
        pattern = pattern.replace(f"${{{caller.role.id}}}", arn.rpartition("/")[2])
    if pattern == arn or (not exact and matches(arn, pattern)):
        return True
    wild = exact and re.search(r"[*?]", pattern) is not None
    return False if wild or (others and caller.role is not None) or not _meet(pattern, arn) else None


def _meet(pattern: str, arn: str) -> bool:
    """Whether a pattern may be the ARN, part by part where it has them all, because no colon is in any."""
    parts, others = (_OPEN.sub("*", text).split(":") for text in (pattern, arn))
    if len(parts) != len(others):
        return "*" in pattern and meet(":".join(parts), ":".join(others))
    return all(meet(left, right) for left, right in zip(parts, others, strict=True))


_OPEN = compile_later(r"\$\{[^}]*\}")


def _plain(arn: str) -> str:
    """Without the partition, which all roles of a template share."""
    return re.sub(r"^arn:(?:aws[a-z-]*|\$\{[^}]*\}):", "arn:", arn)
