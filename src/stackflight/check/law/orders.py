"""The rows of facts/orders -> findings: resources that need the effect of another one, and do not wait for it.

A row says that a `user` needs a `provider` that is joined to it; its joins all have to hold:

    {"user": P, "provider": Q, "how": "same"}       both paths name the same resource, or the same text
    {"user": P, "provider": Q, "how": "mentions"}   the user's text contains the provider's name at Q as a word
    {"user": P, "provider": Q, "how": "names_role"} the user's ARN is that of the role named at Q
    {"user": P, "provider": Q, "how": "refers"}     the user's text refers to what Q names
    {"user": P, "provider": Q, "how": "within"}     the user's address block lies in the provider's
    {"user": P, "provider": Q, "how": "ends"}       the user's ARN ends with the provider's name at Q
    {"user": P, "provider": Q, "how": "scope_of"}   the user's text is the provider's name at Q, a slash and more
    {"user": P, "provider": Q, "how": "covered_by"} the user's name fits a pattern in the provider's policy of collections
    {"attribute": [T, A], "provider": Q}            the user reads attribute A of a resource of type T that Q names
    {"user": P}                                     P names the provider itself (by a literal, where Ref would be an order)

"apart": true says that neither may wait for the other. "enough": "any" (the default) means that one provider suffices, "all" that every one has to come first; "before": true asks
for one after the other in either order. It blocks only where the row is `sure` (the service refuses at once, and asks again never) and typical durations lose the
race by a minute; else it is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from stackflight.check.case import Case, listed
from stackflight.check.check import Check
from stackflight.check.outcome import doubtful
from stackflight.check.races import order_check, order_finding, unordered
from stackflight.check.rows.comparison import covers, names_role, same
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.check.rows.wording import worded
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Finding
from stackflight.model.identify import resource_named, to_block
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Unknown, Value, known_text, references_in, render
from stackflight.patterns import compile_later

TABLE = "orders"


_SUBSTITUTED = compile_later(r"\$\{(\w+)\.([\w.]+)\}")


def find_disorder(case: Case) -> Iterator[Finding]:
    """Users that the graph lets start before what they need."""
    for row in rows_for(TABLE, case.world.by_type):
        providers = [item for item in case.world.of_type(*_types(row["provider"])) if _may_provide(case, row, item)]
        if not providers:
            continue
        candidates = _candidates(case, row, providers)
        for user in case.world.of_type(*_types(row["user"])):
            scope = Scope.of(case, user)
            if "if" in row and holds(row["if"], scope) is not True:
                continue
            mine = [
                item for item in candidates(scope) if item.address != user.address and _joined(case, row, scope, item)
            ]
            yield from _finding(case, row, user, scope, mine)


def _may_provide(case: Case, row: Row, provider: Resource) -> bool:
    if provider.exists is not True:
        return False
    return "provider_if" not in row or holds(row["provider_if"], Scope.of(case, provider)) is True


def _candidates(case: Case, row: Row, providers: list[Resource]) -> Callable[[Scope], list[Resource]]:
    """User -> the providers that one join leaves over, looked up by what both name where the join lets that be."""
    join = next((join for join in row.get("join", ()) if "attribute" not in join and join.get("how") in _KEYS), None)
    if join is None:
        return lambda _: providers
    keys_of_user, keys_of_provider = _KEYS[join.get("how")]
    places: dict[object, list[int]] = {}
    for place, provider in enumerate(providers):
        values = Scope.of(case, provider).values(join["provider"]) if "provider" in join else None
        keys = (
            {provider.address} if values is None else {key for value in values for key in keys_of_provider(case, value)}
        )
        for key in keys:
            places.setdefault(key, []).append(place)

    def find(user: Scope) -> list[Resource]:
        keys = {key for value in (user.values(join["user"]) if places else ()) for key in keys_of_user(case, value)}
        return [providers[place] for place in sorted({place for key in keys for place in places.get(key, ())})]

    return find


def _names(case: Case, value: Value) -> Iterator[object]:
    """What a value may be the same as another one by: the resource that it names, and its text."""
    named = _named(case, value)
    if named is not None:
        yield named.address
    yield from _texts(case, value)


def _texts(_: Case, value: Value) -> Iterator[object]:
    text = known_text(value)
    if text is not None:
        yield text


def _role_name(_: Case, value: Value) -> Iterator[object]:
    yield render(value).rpartition(":role/")[2]


def _endings(_: Case, value: Value) -> Iterator[object]:
    text = render(value)
    yield from (text[found.end() :] for found in re.finditer("[:/]", text))


def _any(_: Case, __: Value) -> Iterator[object]:
    yield ""


def _any_known(_: Case, value: Value) -> Iterator[object]:
    if known_text(value):
        yield ""


_Keys: TypeAlias = Callable[[Case, Value], Iterator[object]]
_KEYS: dict[str | None, tuple[_Keys, _Keys]] = {
    None: (_names, _names),
    "same": (_names, _names),
    "names_role": (_role_name, _texts),
    "ends": (_endings, _texts),
    "mentions": (_any, _any_known),
}
"""How a join joins -> the keys of what the user and the provider have there, of which two that are joined share one."""


def _types(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _finding(case: Case, row: Row, user: Resource, scope: Scope, providers: list[Resource]) -> Iterator[Finding]:
    addresses = [item.address for item in providers]
    if row.get("apart"):
        yield from _apart(case, row, user, scope, addresses)
        return
    missing = unordered(case, user.address, addresses)
    if row.get("one_at_a_time"):
        missing = [item for item in missing if (item.stack, item.id) > user.address]
    elif row.get("enough", "any") == "any" and any(case.graph.waits_for(user.address, [item]) for item in addresses):
        return
    if not missing or user.exists is not True:
        return
    message = worded(row["message"], scope, provider=listed(missing, limit=3))
    yield order_finding(
        case, _check(row), user.address, missing[:3], message, sure=bool(row.get("sure"))
    )  # fmt: skip


def _apart(case: Case, row: Row, user: Resource, scope: Scope, others: list[Address]) -> Iterator[Finding]:
    """Two resources of which each needs the other: one that waits for the other never gets it."""
    awaited = [item for item in others if item in case.graph.ancestors(user.address)]
    if awaited and user.exists is True:
        yield doubtful(
            case, _check(row), [user.address, *awaited],
            worded(row["message"], scope, provider=listed(awaited, limit=3)),
            f"remove DependsOn: {listed(awaited)} from {user.address}; CloudFormation makes both at the same time",
        )  # fmt: skip


def _joined(case: Case, row: Row, user: Scope, provider: Resource) -> bool:
    """Whether a provider is the one that the user needs, proved by every join of the row."""
    if provider.address.stack != user.resource.address.stack:
        return False
    scope = Scope.of(case, provider)
    return all(_join(case, join, user, scope) for join in row.get("join", ()))


def _join(case: Case, join: Row, user: Scope, provider: Scope) -> bool:
    if "attribute" in join:
        kind, attribute = join["attribute"]
        owners = {found.address for value in provider.values(join["provider"]) if (found := _named(case, value))}
        read = (
            Address(user.resource.address.stack, id) for id, name in _read(case, user.resource) if name == attribute
        )
        return any(item in owners and case.resources[item].type == kind for item in read)
    mine = user.values(join["user"])
    if "provider" not in join:
        return any(_is(case, value, provider.resource.address) for value in mine)
    theirs = provider.values(join["provider"])
    if join.get("how") in _HOW:
        return any(_HOW[join["how"]](value, other) for value in mine for other in theirs)
    if join.get("how") == "refers":
        meant = {found.address for value in theirs if (found := _named(case, value))}
        return any(reference.address in meant for value in mine for reference in references_in(value))
    if join.get("how") == "mentions":
        names = [name for value in theirs if (name := known_text(value))]
        return any(_mentions(render(value), name) for value in mine for name in names)
    return any(_same(case, value, other) for value in mine for other in theirs)


def _read(case: Case, resource: Resource) -> Iterator[tuple[str, str]]:
    """The attributes that a resource reads, as written: logical id and name. Select of a list hides them once resolved."""
    template = case.world.stack(resource.address.stack).template
    todo = [template.section("Resources").get(resource.address.id)]
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo += item
        elif isinstance(item, dict):
            todo += item.values()
            given = item.get("Fn::GetAtt")
            if isinstance(given, list) and len(given) == 2:
                yield str(given[0]), str(given[1])
            elif isinstance(given, str):
                id, _, name = given.partition(".")
                yield id, name
        elif isinstance(item, str):
            yield from ((id, name) for id, name in _SUBSTITUTED.findall(item))


def _named(case: Case, value: Value) -> Resource | None:
    return resource_named(case.world, value)


def _is(case: Case, value: Value, address: Address) -> bool:
    found = _named(case, value)
    return found is not None and found.address == address


def _same(case: Case, value: Value, other: Value) -> bool:
    if isinstance(value, Reference) or isinstance(other, Reference):
        first, second = _named(case, value), _named(case, other)
        return first is not None and second is not None and first.address == second.address
    return same(value, other) is True


def _names_role(value: Value, name: Value) -> bool:
    return names_role(value, name) is True


def _within(value: Value, block: Value) -> bool:
    inner, outer = to_block(value), to_block(block)
    return not isinstance(inner, Unknown) and not isinstance(outer, Unknown) and inner.subnet_of(outer)


def _ends(value: Value, name: Value) -> bool:
    wanted, text = known_text(name), render(value)
    return (
        bool(wanted)
        and not isinstance(value, Unknown)
        and re.search(rf"[:/]{re.escape(str(wanted))}$", text) is not None
    )


def _scope_of(value: Value, name: Value) -> bool:
    wanted, text = known_text(name), known_text(value)
    return bool(wanted) and text is not None and text.startswith(f"{wanted}/")


def _covered_by(name: Value, policy: Value) -> bool:
    return covers(policy, name) is True


_HOW = {
    "names_role": _names_role,
    "within": _within,
    "ends": _ends,
    "scope_of": _scope_of,
    "covered_by": _covered_by,
}


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) is not None


def disorder_checks() -> tuple[Check, ...]:
    """One check for each row, for the reference, `checks` and ignores."""
    return tuple(_check(row) for row in all_rows(TABLE))


def _check(row: Row) -> Check:
    return order_check(
        row["id"],
        found_when=row["title"],
        says=row.get("text", ""),
        sources=(row["source"],),
        sure=bool(row.get("sure")),
    )
