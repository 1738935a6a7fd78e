"""World -> findings on resolvers of AWS AppSync for types and fields that the schema of their API does not have.

Sources: AWS AppSync Developer Guide (resolvers); the GraphQL specification (type system: object types and extensions).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import named, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.near import closest
from stackflight.model.template import Resource
from stackflight.model.value import Address, known_text
from stackflight.patterns import compile_later

_NOISE = compile_later(r'"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*')
_TYPE = compile_later(r"(?:extend\s+)?\b(?:type|interface)\s+(\w+)[^{}]*\{([^{}]*)\}")
_ARGUMENTS = compile_later(r"\([^()]*\)")
_FIELD = compile_later(r"(\w+)\s*:")

RESOLVER_WITHOUT_FIELD = Check(
    "resolver-without-field",
    found_when="a resolver is for a type or field that the schema of its API does not have",
    explains="AppSync refuses the resolver. Only schemas that stand in the template as a whole are read.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateResolver.html",
        "https://docs.aws.amazon.com/appsync/latest/devguide/resolver-components.html",
    ),
)


@finds(RESOLVER_WITHOUT_FIELD)
def find_resolvers_without_fields(case: Case) -> Iterator[Finding]:
    """Resolvers that hang on nothing."""
    schemas = _schemas(case)
    for resolver in case.world.of_type("AWS::AppSync::Resolver"):
        api = named(case, resolver.get("ApiId"))
        schema = schemas.get(api.address) if api is not None else None
        kind, field = known_text(resolver.get("TypeName")), known_text(resolver.get("FieldName"))
        if schema is None or kind is None or field is None:
            continue
        owner, types = schema
        if kind not in types:
            near = f": did you mean {one}?" if (one := closest(kind, types)) else ""
            message = f"{resolver.address} is for the type {kind}, which the schema {owner} does not have{near}"
            key, says = "TypeName", aws_says("resolver-without-field.type", kind=kind)
        elif field not in types[kind]:
            message = f"{resolver.address} is for {kind}.{field}; in the schema {owner}, {kind} has {listed(sorted(types[kind]))}"
            key, says = "FieldName", aws_says("resolver-without-field.field", field=field, kind=kind)
        else:
            continue
        remedy = f"name a field of {owner}, or add this one to its Definition"
        yield refused(
            case, RESOLVER_WITHOUT_FIELD, [resolver.address, owner], message, remedy, (key,), says=says
        )  # fmt: skip


def _schemas(case: Case) -> dict[Address, tuple[Address, dict[str, set[str]]]]:
    """API -> its schema with the fields of each type, where one schema of it stands in the template as a whole."""
    found: dict[Address, list[Resource]] = {}
    for schema in case.world.of_type("AWS::AppSync::GraphQLSchema"):
        api = named(case, schema.get("ApiId"))
        if api is None:
            return {}
        found.setdefault(api.address, []).append(schema)
    read = {}
    for address, schemas in found.items():
        text = known_text(schemas[0].get("Definition"))
        if len(schemas) == 1 and text is not None and schemas[0].exists is True and "{{" not in text:
            read[address] = (schemas[0].address, fields_of(text))
    return read


def fields_of(definition: str) -> dict[str, set[str]]:
    """A schema in the language of GraphQL -> the fields of each of its object and interface types."""
    text, before = _NOISE.sub(" ", definition), ""
    while text != before:
        text, before = _ARGUMENTS.sub(" ", text), text
    types: dict[str, set[str]] = {}
    for match in _TYPE.finditer(text):
        types.setdefault(match[1], set()).update(_FIELD.findall(match[2]))
    return types
