"""World -> findings on certificates: their Region, and whether anybody validates them.

Sources: AWS Certificate Manager User Guide (DNS validation); CloudFront, API Gateway and Cognito documentation (custom
domain names need certificates of us-east-1).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, doubtful, named, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, as_list, dig, known_int, known_text, render, unknowns_in
from stackflight.patterns import compile_later

_CERTIFICATE = "AWS::CertificateManager::Certificate"
_REGION = compile_later(r"arn:[a-z-]+:acm:([a-z0-9-]+):")
_GLOBAL = "us-east-1"

# Type -> where the certificate is, and whether it must lie in us-east-1 (None: in the stack's own Region).
_USES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "AWS::CloudFront::Distribution": (("DistributionConfig", "ViewerCertificate", "AcmCertificateArn"), _GLOBAL),
    "AWS::Cognito::UserPoolDomain": (("CustomDomainConfig", "CertificateArn"), _GLOBAL),
    "AWS::AppSync::DomainName": (("CertificateArn",), _GLOBAL),
    "AWS::ApiGateway::DomainName": (("CertificateArn",), _GLOBAL),
}


CERTIFICATE_OF_ANOTHER_REGION = Check(
    "certificate-of-another-region",
    found_when="a distribution or domain takes a certificate of a Region that the service does not read",
    explains="CloudFront, Cognito and edge-optimised API Gateway domains read certificates of us-east-1. The Region is taken from "
    "the ARN or from the stack of the certificate.",
    may=(BLOCKING, WARNING),
    weighed="blocking where both Regions are known, else silent",
    sources=("https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",),
    example="par-cloudfront-certificate-region",
)


@finds(CERTIFICATE_OF_ANOTHER_REGION)
def find_certificate_regions(case: Case) -> Iterator[Finding]:
    """Certificates of another Region than the one that the service reads."""
    for stack in case.world.stacks:
        home = stack.environment.region
        for resource in stack.resources.values():
            for path, demanded in _certificates_at(resource):
                wanted = demanded or home
                value = resource.get(*path)
                found = named(case, value, _CERTIFICATE)
                lies = _region_of(case, value, found)
                if wanted is None or lies is None or lies == wanted:
                    continue
                yield refused(
                    case, CERTIFICATE_OF_ANOTHER_REGION, [resource.address, *([found.address] if found else [])],
                    f"{resource.address} takes a certificate of {lies}, and it must be of {wanted}",
                    f"create or import the certificate in {wanted} and use its ARN", path,
                    says=aws_says("certificate-of-another-region", wanted=wanted),
                )  # fmt: skip


def _certificates_at(resource: Resource) -> Iterator[tuple[tuple[str, ...], str | None]]:
    if resource.type in _USES:
        yield _USES[resource.type]
    if resource.type == "AWS::ApiGateway::DomainName":
        yield ("RegionalCertificateArn",), None


def _region_of(case: Case, value: Value, certificate: Resource | None) -> str | None:
    if certificate is not None:
        return case.world.stack(certificate.address.stack).environment.region
    match = _REGION.match(render(value)) if not isinstance(value, Unknown) else None
    return match.group(1) if match else None


CERTIFICATE_NOT_VALIDATED = Check(
    "certificate-not-validated",
    found_when="a certificate with DNS validation has no hosted zone to write its record to",
    explains="CloudFormation writes the record itself only where DomainValidationOptions give a HostedZoneId for the name.",
    may=(WARNING,),
    weighed="somebody may add the record while it waits",
    sources=("https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",),
    example="wire-acm-dns-no-zone",
)
CERTIFICATE_VALIDATION_DOMAIN = Check(
    "certificate-validation-domain",
    found_when="validation options name a domain that the certificate does not have",
    explains="ACM refuses the request.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/acm/latest/APIReference/API_DomainValidationOption.html",),
)
CERTIFICATE_ZONE = Check(
    "certificate-zone",
    found_when="a certificate's validation record goes to a private zone or to the zone of another domain",
    explains="ACM never sees the record, and the certificate stays pending.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",),
)


@finds(CERTIFICATE_NOT_VALIDATED, CERTIFICATE_VALIDATION_DOMAIN, CERTIFICATE_ZONE)
def find_unvalidated_certificates(case: Case) -> Iterator[Finding]:
    """Certificates whose DNS records nobody in the templates writes."""
    for certificate in case.world.of_type(_CERTIFICATE):
        domains = [certificate.get("DomainName"), *as_list(certificate.get("SubjectAlternativeNames"))]
        options = certificate.get("DomainValidationOptions")
        if isinstance(options, Unknown) or unknowns_in(
            [as_dict(item).get("HostedZoneId") for item in as_list(options)]
        ):
            yield from _foreign_options(case, certificate, domains, options)
            continue
        yield from _foreign_options(case, certificate, domains, options)
        if known_text(certificate.get("ValidationMethod")) != "DNS":
            continue
        covered = {
            render(as_dict(item).get("DomainName"))
            for item in as_list(options)
            if as_dict(item).get("HostedZoneId") is not None
        }
        # ACM gives a name and its wildcard the same record.
        bare = {name.removeprefix("*.") for name in covered}
        missing = [render(name) for name in domains if render(name).removeprefix("*.") not in bare]
        if missing and not _written_elsewhere(case, certificate):
            yield doubtful(
                case, CERTIFICATE_NOT_VALIDATED, [certificate.address],
                f"{certificate.address} is validated by DNS, and nothing in the templates writes the record for "
                f"{listed(missing)}: it stays in CREATE_IN_PROGRESS until somebody adds the record or the time-out ends it",
                "add DomainValidationOptions with DomainName and HostedZoneId for every name, or be ready to add the records "
                "by hand while it waits", ("DomainValidationOptions",) if options else (), struck=certificate.address,
                consequence=Consequence.TIMES_OUT,
            )  # fmt: skip
        yield from _private_zones(case, certificate, options)


def _written_elsewhere(case: Case, certificate: Resource) -> bool:
    """A custom resource that is given the certificate or its domain may write the record."""
    return any(
        item.type.startswith("Custom::")
        and "ertificate" in str(item.properties)
        and item.address != certificate.address
        for item in case.resources.values()
    )


def _foreign_options(case: Case, certificate: Resource, domains: list[Value], options: Value) -> Iterator[Finding]:
    if any(known_text(name) is None for name in domains):
        return
    for index, item in enumerate(as_list(options)):
        name = known_text(as_dict(item).get("DomainName"))
        if name is not None and name not in {known_text(domain) for domain in domains}:
            yield refused(
                case, CERTIFICATE_VALIDATION_DOMAIN, [certificate.address],
                f"the domain specified in ValidationOptions, {name}, is not the PrimaryDomain or part of "
                f"SubjectAlternativeNames of {certificate.address}",
                "name a domain of the certificate", ("DomainValidationOptions", index, "DomainName"),
            )  # fmt: skip
        parent = known_text(as_dict(item).get("ValidationDomain"))
        if name is not None and parent is not None and not f".{name.lower()}".endswith(f".{parent.lower()}"):
            yield refused(
                case, CERTIFICATE_VALIDATION_DOMAIN, [certificate.address],
                f"{certificate.address} validates {name} by mail to {parent}, which is neither {name} nor a domain above it",
                "name the domain itself or one above it", ("DomainValidationOptions", index, "ValidationDomain"),
            )  # fmt: skip


def _private_zones(case: Case, certificate: Resource, options: Value) -> Iterator[Finding]:
    for index, item in enumerate(as_list(options)):
        zone = named(case, as_dict(item).get("HostedZoneId"), "AWS::Route53::HostedZone")
        if zone is None:
            continue
        name = known_text(as_dict(item).get("DomainName"))
        suffix = known_text(zone.get("Name"))
        why = ""
        if zone.get("VPCs") not in (None, []) and not isinstance(zone.get("VPCs"), Unknown):
            why = f"{zone.address} is a private zone, whose records ACM cannot see"
        elif name and suffix and not f".{name}.".endswith(f".{suffix.rstrip('.')}."):
            why = f"{name} does not belong to the zone {suffix.rstrip('.')}"
        if why:
            yield refused(
                case, CERTIFICATE_ZONE, [certificate.address, zone.address],
                f"{certificate.address} writes its validation record where it has no effect: {why}",
                "use the public hosted zone of the domain", ("DomainValidationOptions", index, "HostedZoneId"),
                consequence=Consequence.TIMES_OUT,
            )  # fmt: skip


ALIAS_WITHOUT_CERTIFICATE = Check(
    "alias-without-certificate",
    found_when="a distribution has alternate domain names and no certificate",
    explains="CloudFront refuses it.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html",),
)
ORIGIN_NOT_DECLARED = Check(
    "origin-not-declared",
    found_when="a cache behaviour goes to an origin that the distribution does not have",
    explains="CloudFront refuses it.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DefaultCacheBehavior.html",),
    replaces=("E3057",),
)


@finds(ALIAS_WITHOUT_CERTIFICATE, ORIGIN_NOT_DECLARED)
def find_aliases_without_certificate(case: Case) -> Iterator[Finding]:
    """Distributions with own names and the default certificate, or with behaviours that name no origin."""
    for distribution in case.world.of_type("AWS::CloudFront::Distribution"):
        config = distribution.get("DistributionConfig")
        certificate = dig(config, "ViewerCertificate")
        aliases = dig(config, "Aliases")
        default = certificate is None or known_text(dig(certificate, "CloudFrontDefaultCertificate")) == "true"
        if isinstance(aliases, list) and aliases and not unknowns_in(aliases) and default:
            yield refused(
                case, ALIAS_WITHOUT_CERTIFICATE, [distribution.address],
                f"{distribution.address} has the alias {listed(render(item) for item in aliases)} and no "
                "certificate",
                "set ViewerCertificate.AcmCertificateArn to a certificate of us-east-1 for these names",
                ("DistributionConfig", "Aliases"), says=aws_says("alias-without-certificate"),
            )  # fmt: skip
        yield from _unknown_origins(case, distribution, config)


def _unknown_origins(case: Case, distribution: Resource, config: Value) -> Iterator[Finding]:
    entries = [*as_list(dig(config, "Origins")), *as_list(dig(config, "OriginGroups", "Items"))]
    origins = [known_text(as_dict(item).get("Id")) for item in entries]
    behaviours = [dig(config, "DefaultCacheBehavior"), *as_list(dig(config, "CacheBehaviors"))]
    if None in origins or not origins:
        return
    for behaviour in behaviours:
        target = known_text(dig(behaviour, "TargetOriginId"))
        if target is not None and target not in origins:
            yield refused(
                case, ORIGIN_NOT_DECLARED, [distribution.address],
                f"a cache behaviour of {distribution.address} goes to the origin {target}, and there are "
                f"{listed(origins)}", "write the Id of one of the origins", ("DistributionConfig",),
                says=aws_says("origin-not-declared"),
            )  # fmt: skip


ERROR_PAGE_HIDES_ERRORS = Check(
    "error-page-hides-errors",
    found_when="error pages of a distribution replace the errors of an API behind it",
    explains="Custom error responses hold for the whole distribution, every cache behaviour included.",
    may=(WARNING,),
    weighed="the deployment succeeds",
    sources=("https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GeneratingCustomErrorResponses.html",),
)


@finds(ERROR_PAGE_HIDES_ERRORS)
def find_hidden_errors(case: Case) -> Iterator[Finding]:
    """Error pages for a single-page application that also replace the errors of an API."""
    for distribution in case.world.of_type("AWS::CloudFront::Distribution"):
        config = distribution.get("DistributionConfig")
        pages = [
            str(known_int(as_dict(item).get("ErrorCode")))
            for item in as_list(dig(config, "CustomErrorResponses"))
            if known_int(as_dict(item).get("ResponseCode")) == 200
        ]
        custom = {
            known_text(as_dict(item).get("Id"))
            for item in as_list(dig(config, "Origins"))
            if as_dict(item).get("CustomOriginConfig") is not None
        }
        apis = [
            str(known_text(dig(item, "PathPattern")))
            for item in as_list(dig(config, "CacheBehaviors"))
            if known_text(dig(item, "TargetOriginId")) in custom
        ]
        default = known_text(dig(config, "DefaultCacheBehavior", "TargetOriginId"))
        if pages and apis and default not in custom:
            yield broken(
                case, ERROR_PAGE_HIDES_ERRORS, [distribution.address],
                f"{distribution.address} answers {listed(pages)} with a page and status 200, and that holds for {listed(apis)} as well: "
                "errors of the API look like success", "rewrite paths of the application in a CloudFront function instead",
                ("DistributionConfig", "CustomErrorResponses"),
            )  # fmt: skip
