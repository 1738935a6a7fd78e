"""World -> findings on user pools: domains with reserved words, clients of identity providers that do not exist.

Source: Amazon Cognito Developer Guide (user pool domains, custom ones too; app clients and identity providers).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, handed_out, named, refused
from stackflight.check.races import unordered
from stackflight.facts.words import aws_says
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Text, Value, as_list, known_text

_POOL = "AWS::Cognito::UserPool"
_RESERVED = ("aws", "amazon", "cognito")


USER_POOL_REFUSED = Check(
    "user-pool-refused",
    found_when="a user pool's domain has a reserved word, or a client names an identity provider that its pool does not have",
    explains="Pool, clients and providers are in the templates.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where only the order is open",
    sources=(
        "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain.html",
        "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html",
    ),
)


@finds(USER_POOL_REFUSED)
def find_user_pool_defects(case: Case) -> Iterator[Finding]:
    """What Cognito refuses."""
    for domain in case.world.of_type("AWS::Cognito::UserPoolDomain"):
        word = next((item for item in _RESERVED if item in _literal(domain.get("Domain")).lower()), "")
        if word and domain.get("CustomDomainConfig") is None:
            yield refused(
                case, USER_POOL_REFUSED, [domain.address],
                f"{domain.address} is refused: the domain prefix must not contain the reserved word {word}",
                f"choose a prefix without {word}", ("Domain",),
            )  # fmt: skip
        yield from _parents(case, domain)
    for client in case.world.of_type("AWS::Cognito::UserPoolClient"):
        pool = named(case, client.get("UserPoolId"), _POOL)
        if pool is not None and not handed_out(case, pool.address):
            yield from _providers(case, client, pool)


def _parents(case: Case, domain: Resource) -> Iterator[Finding]:
    """A custom domain below a zone that the stack makes, in which the parent has no address yet."""
    name = (known_text(domain.get("Domain")) or "").rstrip(".").lower()
    parent = name.partition(".")[2]
    if domain.get("CustomDomainConfig") is None or not parent:
        return
    zones = [item for item in case.world.of_type("AWS::Route53::HostedZone") if _bears(item, parent)]
    records = [
        item
        for item in case.world.of_type("AWS::Route53::RecordSet")
        if known_text(item.get("Type")) in {"A", None}
        and (_bears(item, parent) or known_text(item.get("Name")) is None)
    ]
    if (zones or any(_bears(item, parent) for item in records)) and not case.world.by_type.get(
        "AWS::Route53::RecordSetGroup"
    ):
        missing = unordered(case, domain.address, [item.address for item in records])
        if records and not missing:
            return
        has = f"{domain.address} does not wait for {missing[0]}" if records else f"nothing gives {parent} an A record"
        yield doubtful(
            case, USER_POOL_REFUSED, [domain.address, *missing, *(item.address for item in zones)],
            f"Cognito resolves {parent} when it makes {domain.address}, and {has}: Custom domain is not a valid subdomain: Was not "
            "able to resolve the root domain, please ensure an A record exists for the root domain",
            f"add an A record for {parent} (any address will do) and let {domain.address} depend on it", ("Domain",),
            struck=domain.address, consequence=Consequence.FAILS,
        )  # fmt: skip


def _bears(resource: Resource, name: str) -> bool:
    return (known_text(resource.get("Name")) or "").rstrip(".").lower() == name


def _literal(value: Value) -> str:
    """The parts of a text that are known, kept apart."""
    if isinstance(value, Text):
        return "\n".join(part for part in value.parts if isinstance(part, str))
    return known_text(value) or ""


def _providers(case: Case, client: Resource, pool: Resource) -> Iterator[Finding]:
    makers = [
        item
        for item in case.world.of_type("AWS::Cognito::UserPoolIdentityProvider")
        if (own := named(case, item.get("UserPoolId"))) is None or own.address == pool.address
    ]
    names = [known_text(item.get("ProviderName")) for item in makers]
    for index, entry in enumerate(as_list(client.get("SupportedIdentityProviders"))):
        name = known_text(entry)
        if name is None or name == "COGNITO" or None in names:
            continue
        at = ("SupportedIdentityProviders", index)
        if name not in names:
            yield refused(
                case, USER_POOL_REFUSED, [client.address, pool.address],
                f"{client.address} is refused",
                f"add an AWS::Cognito::UserPoolIdentityProvider named {name}, and let the client depend on it", at,
                says=aws_says("user-pool-refused", name=name, pool=pool.address),
            )  # fmt: skip
            continue
        maker = makers[names.index(name)]
        if unordered(case, client.address, [maker.address]):
            yield doubtful(
                case, USER_POOL_REFUSED, [client.address, maker.address],
                f"{client.address} does not wait for {maker.address}: where it comes first, The provider {name} does not exist for "
                "User Pool", f"add DependsOn: {maker.address}, or Ref {maker.address} for the name", at, struck=client.address,
                consequence=Consequence.FAILS,
            )  # fmt: skip
