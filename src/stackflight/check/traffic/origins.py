"""World -> findings on origins that CloudFront does not get through to: buckets that it may not read, certificates that do not fit.

Source: Amazon CloudFront Developer Guide (restrict access to an Amazon S3 origin; HTTP 502).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import At, broken, handed_out
from stackflight.check.readers.policies import may_allow, policies_of
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Value, as_dict, as_list, known_text, references_in

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"

ORIGIN_NOT_READABLE = Check(
    "origin-not-readable",
    found_when="a distribution may not read the bucket that it serves",
    explains="With an origin access control CloudFront reads under its own name, which a policy of the bucket has to allow. Bucket and "
    "policies are in the templates.",
    may=(WARNING,),
    weighed="the deployment succeeds, and viewers get 403",
    sources=(
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
    ),
)


@finds(ORIGIN_NOT_READABLE)
def find_unreadable_origins(case: Case) -> Iterator[Finding]:
    """Buckets behind an origin access control that do not let CloudFront read."""
    for distribution in case.world.of_type("AWS::CloudFront::Distribution"):
        for index, item in enumerate(as_list(distribution.get("DistributionConfig", "Origins"))):
            origin = as_dict(item)
            bucket = _bucket(case, origin.get("DomainName"))
            if bucket is None or not origin.get("OriginAccessControlId") or handed_out(case, bucket.address):
                continue
            documents = policies_of(case, bucket.address)
            if documents is None or may_allow(documents, "cloudfront", "s3:GetObject", accounts=True):
                continue
            has = "no policy of it lets cloudfront.amazonaws.com read" if documents else "it has no bucket policy"
            yield broken(
                case, ORIGIN_NOT_READABLE, [distribution.address, bucket.address],
                f"{distribution.address} serves {bucket.address} through an origin access control, and {has}: viewers get 403",
                "add a bucket policy that allows cloudfront.amazonaws.com s3:GetObject on the bucket's objects, with the "
                "distribution as aws:SourceArn", ("DistributionConfig", "Origins", index),
            )  # fmt: skip


def _bucket(case: Case, domain: Value) -> Resource | None:
    """The bucket whose domain name (not its website) an origin is."""
    for reference in references_in(domain):
        found = case.resources.get(reference.address)
        if (
            found is not None
            and found.type == "AWS::S3::Bucket"
            and reference.attribute in {"DomainName", "RegionalDomainName", "Ref"}
        ):
            return found
    return None


ORIGIN_CERTIFICATE_ELSEWHERE = Check(
    "origin-certificate-elsewhere",
    found_when="CloudFront speaks TLS with a load balancer under the balancer's own name, which no certificate has",
    explains="CloudFront compares the origin's certificate with the name of the origin, or with the Host that it passes on. A load "
    "balancer's own name belongs to AWS, and nobody gets a certificate for it; so the viewer's Host has to be passed on in every "
    "behaviour, also where assets are cached, or the origin is called by a name that the certificate has. Only policies that "
    "AWS manages and settings within the behaviour are read: what a policy of one's own passes on is not judged.",
    may=(WARNING,),
    weighed="the deployment succeeds, and viewers get 502 for what the behaviour serves",
    sources=("https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-502-bad-gateway.html",),
)
# Policies of AWS with which the Host of the viewer does not reach the origin: CachingOptimized, CachingDisabled;
# AllViewerExceptHostHeader. Source: CloudFront developer guide, managed cache and origin request policies.
_CACHES_WITHOUT_HOST = ("658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
_PASSES_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@finds(ORIGIN_CERTIFICATE_ELSEWHERE)
def find_certificates_of_another_name(case: Case) -> Iterator[Finding]:
    """Behaviours that reach a load balancer over TLS under its own name, and do not pass the viewer's Host on."""
    for distribution in case.world.of_type("AWS::CloudFront::Distribution"):
        config = as_dict(distribution.get("DistributionConfig"))
        balancers = dict(_balancers_over_tls(case, config))
        for path, behaviour, at in _behaviours(config):
            target = known_text(behaviour.get("TargetOriginId"))
            balancer = balancers.get(target) if target is not None else None
            if balancer is not None and _keeps_host_back(behaviour):
                yield broken(
                    case, ORIGIN_CERTIFICATE_ELSEWHERE, [distribution.address, balancer],
                    f"{distribution.address} reaches {balancer} over TLS under the load balancer's own name and does not pass the "
                    f"viewer's Host on for {path}: no certificate fits, and viewers get 502",
                    "give the origin the DomainName that the certificate has (with a VPC origin it is not looked up), or pass Host on",
                    ("DistributionConfig", *at),
                )  # fmt: skip


def _balancers_over_tls(case: Case, config: dict[str, Value]) -> Iterator[tuple[str, Address]]:
    """Id of each origin that is a load balancer by its own name and always spoken to over TLS."""
    for item in as_list(config.get("Origins")):
        origin = as_dict(item)
        id, name = known_text(origin.get("Id")), origin.get("DomainName")
        if id is None or not isinstance(name, Reference) or name.attribute != "DNSName":
            continue
        balancer = case.resources.get(name.address)
        if balancer is not None and balancer.type == _BALANCER and _protocol(case, origin) == "https-only":
            yield id, balancer.address


def _protocol(case: Case, origin: dict[str, Value]) -> str | None:
    through = as_dict(origin.get("VpcOriginConfig")).get("VpcOriginId")
    if through is None:
        return known_text(as_dict(origin.get("CustomOriginConfig")).get("OriginProtocolPolicy"))
    entry = case.resources.get(through.address) if isinstance(through, Reference) else None
    return known_text(entry.get("VpcOriginEndpointConfig", "OriginProtocolPolicy")) if entry is not None else None


def _behaviours(config: dict[str, Value]) -> Iterator[tuple[str, dict[str, Value], At]]:
    """What it serves in words, the behaviour, and where it stands."""
    yield "everything else", as_dict(config.get("DefaultCacheBehavior")), ("DefaultCacheBehavior",)
    for index, item in enumerate(as_list(config.get("CacheBehaviors"))):
        behaviour = as_dict(item)
        yield known_text(behaviour.get("PathPattern")) or "a path", behaviour, ("CacheBehaviors", index)


def _keeps_host_back(behaviour: dict[str, Value]) -> bool:
    cache, passes = behaviour.get("CachePolicyId"), behaviour.get("OriginRequestPolicyId")
    if cache is None and passes is None:
        values = behaviour.get("ForwardedValues")
        headers = [known_text(header) for header in as_list(as_dict(values).get("Headers"))]
        return isinstance(values, dict) and not any(each is None or each.lower() in ("host", "*") for each in headers)
    return known_text(cache) in _CACHES_WITHOUT_HOST and (passes is None or known_text(passes) == _PASSES_ALL_BUT_HOST)
