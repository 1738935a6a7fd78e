"""Names that people and code use for AWS services -> the endpoint name that DNS and VPC endpoints use.

Source: AWS PrivateLink guide, "AWS services that integrate"; botocore's endpoint prefixes.
"""

from __future__ import annotations

from stackflight.facts.load import read_table
from stackflight.facts.services import endpoints_of_clients
from stackflight.patterns import compile_later


def endpoint_of_client(name: str) -> str:
    """The endpoint service of a client of boto3 ("stepfunctions"), or a package or class of the SDKs for JavaScript."""
    name = name.strip().lower()
    return endpoints_of_clients().get(name, name)


_BUCKET_HOST = compile_later(
    r"(?:.+\.)?s3(?:[.-]dualstack)?(?:[.-](?P<region>[a-z]+(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?"
)
_SERVICE_HOST = compile_later(
    r"(?:.+\.)?(?P<service>[a-z0-9-]+)\.(?P<region>[a-z]+(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)


_OF_AWS = compile_later(r"(.+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws|awsapprunner\.com)")
_REGION = compile_later(r"[a-z]+(?:-[a-z]+)+-\d")


def names_resource(host: str) -> bool:
    """Whether a host is the name of somebody's resource at AWS, of which nobody can say whether its addresses are private.

    Source: the guides of the services (endpoints of load balancers, domains, clusters, brokers, file systems).
    """
    found = _OF_AWS.fullmatch(host)
    labels = [label for label in found.group(1).split(".") if not _REGION.fullmatch(label)] if found else []
    return host.endswith(".awsapprunner.com") or (
        len(labels) > 1 and not set(labels[1:]).isdisjoint(read_table("endpoints")["of_resources"])
    )


def service_of_host(host: str) -> tuple[str, str] | None:
    """The endpoint service and the Region, empty where the name has none, of a host name of AWS."""
    bucket = _BUCKET_HOST.fullmatch(host)
    if bucket:
        return "s3", bucket["region"] or ""
    named = _SERVICE_HOST.fullmatch(host)
    return (endpoint_of_client(named["service"]), named["region"]) if named else None


def endpoint_of_action(action: str) -> str | None:
    """The endpoint service that an IAM action implies; None where it implies no call from the workload."""
    prefix, _, verb = action.partition(":")
    prefix = prefix.lower()
    known = read_table("endpoints")
    if not verb or prefix in known["silent"] or prefix == "*":
        return None
    if prefix == "bedrock":
        return "bedrock-runtime" if verb.lower().startswith(("invokemodel", "converse")) or verb == "*" else None
    if (planes := known["planes"].get(prefix)) is not None:
        data = verb.lower().startswith(tuple(planes["data"]))
        return None if verb == "*" else str(planes["at" if data else "else"])
    if prefix == "sts":
        return "sts" if verb.lower().startswith("assumerole") else None
    return endpoint_of_client(prefix)
