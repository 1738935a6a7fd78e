"""World -> findings on functions that do not let the service call them which is told to.

Sources: AWS Lambda Developer Guide (resource-based policies); Amazon S3 User Guide (event notifications); CloudWatch Logs
User Guide (subscription filters); Elastic Load Balancing User Guide (Lambda functions as targets); AWS Config Developer
Guide (custom Lambda rules).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, broken, function_of, handed_out, named, refused
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.facts.load import Row, rows_for
from stackflight.model.edit import Await, Fix, Make, get_att, written
from stackflight.model.finding import Finding
from stackflight.model.template import Raw, Resource
from stackflight.model.value import (
    Address,
    Reference,
    Unknown,
    Value,
    as_list,
    known_text,
    references_in,
    render,
)


class Caller(NamedTuple):
    """Who calls a function: the resource that says so, the function it names, the service, the resource in whose name.

    `answer` is what the service says when it tests the function at creation; empty where it calls later.
    """

    resource: Resource
    function: Value
    service: str
    source: Value
    at: At
    answer: str = ""


INVOKE_PERMISSION_MISSING = Check(
    "invoke-permission-missing",
    found_when="a rule, API, authorizer, user pool, topic, bucket, log group or rotation calls a function that does not let it",
    explains="The calling service needs a statement in the function's resource-based policy (or credentials of its own). Both are in the "
    "templates, and no permission names the service, or each names another resource as the source.",
    may=(BLOCKING, WARNING),
    weighed="warning: the deployment succeeds and every call is denied; blocking for buckets, log groups, rotations, target groups and Config rules, whose services test the function",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",),
)


@finds(INVOKE_PERMISSION_MISSING)
def find_missing_invoke_permissions(case: Case) -> Iterator[Finding]:
    """Services that are told to call a function which does not let them."""
    said = set()
    permissions = _read_permissions(case)
    for caller in _callers(case):
        function = function_of(case, caller.function)
        if function is None or (caller.resource.address, function.address) in said:
            continue
        others = _permitted_for(case, permissions, function, caller)
        if others is None:
            continue
        said.add((caller.resource.address, function.address))
        has = (
            f"the permissions of {caller.service}.amazonaws.com are for {listed(others)} only" if others
            else f"no AWS::Lambda::Permission lets {caller.service}.amazonaws.com invoke it"
        )  # fmt: skip
        finding = (refused if caller.answer else broken)(
            case, INVOKE_PERMISSION_MISSING, [caller.resource.address, function.address],
            f"{caller.resource.address} calls {function.address}, and {has}: {caller.answer or 'every call is denied'}",
            f"add an AWS::Lambda::Permission with Principal {caller.service}.amazonaws.com for {function.address}"
            + (f" and the SourceArn of {render(caller.source)}" if others else ""), caller.at,
        )  # fmt: skip
        yield replace(finding, fixes=tuple(_permissions_for(function.address, caller)))


def _permissions_for(function: Address, caller: Caller) -> Iterator[Fix]:
    """A permission for the caller alone; before it, where the caller tests the function when it is made.

    Source: AWS Lambda Developer Guide, permissions for services. A bucket is named by its account: its name is known only
    once it is there.
    """
    source = caller.source
    if not isinstance(source, Reference) or {source.address.stack, caller.resource.address.stack} != {function.stack}:
        return
    id = f"{function.id}For{caller.resource.address.id}"
    own: dict[str, Raw] = {
        "FunctionName": get_att(function, "Arn"),
        "Action": "lambda:InvokeFunction",
        "Principal": f"{caller.service}.amazonaws.com",
    }
    arn = written(source)
    if caller.service == "apigateway":
        path = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
        arn = {"Fn::Sub": f"{path}${{{source.address.id}}}/*"}
    yield (Make(function.stack, id, "AWS::Lambda::Permission", {**own, "SourceArn": arn}),)
    alone = Make(function.stack, id, "AWS::Lambda::Permission", {**own, "SourceAccount": {"Ref": "AWS::AccountId"}})
    yield (alone, Await(caller.resource.address, (id,)))


class _Permissions(NamedTuple):
    """The permissions by the function or alias that they refer to, and those that refer to none."""

    by_function: Mapping[Address, list[Resource]]
    others: list[Resource]


def _read_permissions(case: Case) -> _Permissions:
    by_function: dict[Address, list[Resource]] = {}
    others: list[Resource] = []
    for permission in case.world.of_type("AWS::Lambda::Permission"):
        named_ones = {reference.address for reference in references_in(permission.get("FunctionName"))}
        for address in named_ones:
            by_function.setdefault(address, []).append(permission)
        if not named_ones or isinstance(permission.get("FunctionName"), Unknown):
            others.append(permission)
    return _Permissions(by_function, others)


def _permitted_for(case: Case, permissions: _Permissions, function: Resource, caller: Caller) -> list[str] | None:
    """Whom a function's permissions for the service are for, instead of the caller; None where it may be permitted."""
    others: list[str] = []
    if handed_out(case, function.address):
        return None
    own = known_text(function.get("FunctionName"))
    for permission in (*permissions.by_function.get(function.address, ()), *permissions.others):
        name = permission.get("FunctionName")
        literal = known_text(name)
        if not references_in(name) and literal is not None and not (own and own in literal):
            continue
        principal = permission.get("Principal")
        if _never_holds(permission):
            others.append(f"callers with an event source token ({permission.address})")
            continue
        if isinstance(principal, Unknown) or caller.service in render(principal) or render(principal) == "*":
            strangers = _strangers(case, permission.get("SourceArn"), caller)
            if not strangers:
                return None
            others += strangers
    return others


def _never_holds(permission: Resource) -> bool:
    """Whether a permission is for another kind of call: by URL, or with the token that only Alexa skills send.

    Sources: AWS Lambda API Reference, AddPermission (EventSourceToken); Lambda Developer Guide, function URLs.
    """
    token = permission.get("EventSourceToken") is not None and "alexa" not in render(permission.get("Principal"))
    return token or known_text(permission.get("Action")) == "lambda:InvokeFunctionUrl"


def _strangers(case: Case, source: Value, caller: Caller) -> list[str]:
    """The resources that a SourceArn names, where they are of the caller's kind and not the caller's own."""
    own = named(case, caller.source)
    if own is None or isinstance(source, Unknown):
        return []
    found = [case.resources.get(reference.address) for reference in references_in(source)]
    if not found or any(item is None or item.type != own.type or item.address == own.address for item in found):
        return []
    return [item.address.id for item in found if item is not None]


def _callers(case: Case) -> Iterator[Caller]:
    """Who is told to call a function: the rows of facts/callers."""
    for row in rows_for("callers", case.world.by_type):
        for resource in case.world.of_type(row["type"]):
            scope = Scope.of(case, resource)
            if "if" in row and holds(row["if"], scope) is not True:
                continue
            in_name_of = row["in_name_of"]
            source: Value = (
                Reference(resource.address, "Arn") if in_name_of == "self" else resource.get(*in_name_of.split("."))
            )
            for value, at in _called(row, scope):
                yield Caller(resource, value, row["service"], source, at, row.get("answer", ""))


def _called(row: Row, scope: Scope) -> Iterator[tuple[Value, At]]:
    """The values that name functions, and where they stand; an item that has credentials of its own calls with them."""
    at: At = tuple(row["function"].split("."))
    if "item" not in row:
        if "unless" not in row or holds(row["unless"], scope) is False:
            yield scope.resource.get(*row["function"].split(".")), at
        return
    for index, item in enumerate(as_list(scope.resource.get(*row["function"].split(".")))):
        inside = replace(scope, value=item)
        if isinstance(item, Unknown) or ("unless" in row and holds(row["unless"], inside) is not False):
            continue
        for value in inside.values(row["item"]) if row["item"] else [item]:
            yield value, (*at, index)


FUNCTION_URL_NOT_PERMITTED = Check(
    "function-url-not-permitted",
    found_when="a function URL without authentication has a function that does not let everybody call it by URL",
    explains="A call by URL needs lambda:InvokeFunctionUrl and lambda:InvokeFunction in the function's resource-based policy. No "
    "permission of the templates gives both to everybody.",
    may=(WARNING,),
    weighed="the stack is created and every call is answered by 403",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",),
)


@finds(FUNCTION_URL_NOT_PERMITTED)
def find_closed_function_urls(case: Case) -> Iterator[Finding]:
    """Function URLs without authentication whose function lets nobody call it by URL, or by the URL alone."""
    permissions = _read_permissions(case)
    for url in case.world.of_type("AWS::Lambda::Url"):
        function = function_of(case, url.get("TargetFunctionArn"))
        if function is None or known_text(url.get("AuthType")) != "NONE" or handed_out(case, function.address):
            continue
        given = [*permissions.by_function.get(function.address, ()), *permissions.others]
        actions = [known_text(item.get("Action")) for item in given if _for_everybody(item)]
        if None in actions or "lambda:*" in actions or any(item is None for item in map(_principal, given)):
            continue
        lacking = [action for action in _URL_ACTIONS if action not in actions]
        if lacking:
            mine = [item.address for item in given if known_text(item.get("Action")) in _URL_ACTIONS]
            yield broken(
                case, FUNCTION_URL_NOT_PERMITTED, [url.address, *mine, function.address],
                f"{url.address} opens {function.address} to everybody, and no permission allows {listed(lacking)} to *: the "
                "URL answers 403 Forbidden",
                f"add an AWS::Lambda::Permission with Principal * for each of {listed(lacking)} (FunctionUrlAuthType: NONE; "
                "InvokedViaFunctionUrl: true)",
            )  # fmt: skip


_URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
"""Both are needed since October 2025. Source: AWS Lambda Developer Guide, access to function URLs (read 2026-11-27)."""


def _principal(permission: Resource) -> str | None:
    return known_text(permission.get("Principal")) if not isinstance(permission.get("Principal"), Unknown) else None


def _for_everybody(permission: Resource) -> bool:
    return _principal(permission) == "*"
