"""A `Request` in, the entry and the network out: how people come in, and how workloads get out."""

from __future__ import annotations

import ipaddress

from librechat_aws import config as c
from librechat_aws.request import Request

EVERYBODY = "0.0.0.0/0"


def resolve_entry(request: Request) -> c.Entry:
    """How people reach LibreChat; raises SettingsError where domain, certificate and zone do not fit."""
    s = request.settings
    for cidr in s.allowed_cidrs:
        _parse_range(request, "allowed_cidrs", cidr)
    cidrs, countries = tuple(s.allowed_cidrs), tuple(s.allowed_countries)
    zone = _zone(request)
    _refuse_limits_that_nothing_keeps(request)
    _refuse_names_without_certificate(request)
    if s.entry == "trial-http":
        _refuse_strangers_without_encryption(request)
        return c.TrialHttp(cidrs, countries)
    if s.domain:
        if s.entry == "https":
            return c.PublicHttps(s.domain, s.certificate_arn, zone, cidrs, countries)
        if s.certificate_arn:
            _refuse_other_region(request, s.certificate_arn)
        domain = c.CloudFrontDomain(s.domain, s.certificate_arn, zone, s.origin_certificate_arn)
        return c.CloudFront(domain, _limited(cidrs), countries)
    if s.entry == "https":
        raise request.refuse(
            ("entry",),
            'entry = "https" needs a domain',
            'Nearest legal without one: entry = "cloudfront"',
        )
    if s.origin_certificate_arn:
        raise request.refuse(
            ("origin_certificate_arn",),
            "origin_certificate_arn has no effect without a domain",
            "Remove origin_certificate_arn, or give domain and certificate_arn.",
        )
    return c.CloudFront(None, _limited(cidrs), countries)


def _refuse_names_without_certificate(request: Request) -> None:
    s = request.settings
    if s.domain and not s.certificate_arn and not s.hosted_zone_id:
        raise request.refuse(
            ("domain",),
            f"{s.domain} needs a certificate",
            "Give hosted_zone_id and hosted_zone_name, and one is made; or certificate_arn.",
        )
    if s.certificate_arn and not s.domain:
        raise request.refuse(
            ("certificate_arn",),
            "certificate_arn has no effect without a domain",
            "Remove certificate_arn, or give domain.",
        )


def _limited(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    return () if EVERYBODY in cidrs else cidrs


def _refuse_strangers_without_encryption(request: Request) -> None:
    """The first account is the administrator's, and models cost money: not for whoever finds the address first."""
    s = request.settings
    if s.registration and EVERYBODY in s.allowed_cidrs:
        raise request.refuse(
            ("registration", "allowed_cidrs"),
            "without encryption the whole world may not register: the first who does becomes administrator",
            'Name your addresses, e.g. allowed_cidrs = ["203.0.113.7/32"]; or set registration = false and make accounts '
            "with the command in the output FirstUser.",
        )


def _refuse_limits_that_nothing_keeps(request: Request) -> None:
    s = request.settings
    behind = s.entry == "cloudfront"
    needs_firewall = {
        "allowed_cidrs": behind and EVERYBODY not in s.allowed_cidrs,
        "allowed_countries": not behind and bool(s.allowed_countries),
    }
    # A distribution has one web ACL, and a web function has no load balancer for a second one.
    own = s.mode == "serverless" and s.web_acl_arn is not None
    for key, needed in needs_firewall.items():
        if needed and not s.web_firewall:
            raise request.refuse(
                (key, "web_firewall"),
                f'{key} with entry = "{s.entry}" is kept by the web firewall, and there is none',
                f"Remove {key} and let the web ACL of web_acl_arn keep it."
                if own
                else "Nearest legal: web_firewall = true",
            )
    if own and s.web_firewall:
        raise request.refuse(
            ("web_firewall", "web_acl_arn"),
            'mode = "serverless": CloudFront has one web ACL, and here are two',
            "Remove web_acl_arn, or set web_firewall = false.",
        )


def _zone(request: Request) -> c.HostedZone | None:
    s = request.settings
    if not s.hosted_zone_id and not s.hosted_zone_name:
        return None
    if not (s.hosted_zone_id and s.hosted_zone_name):
        given, missing = sorted(("hosted_zone_id", "hosted_zone_name"), key=lambda key: not getattr(s, key))
        raise request.refuse(
            (given,),
            "hosted_zone_id and hosted_zone_name belong together",
            f"Give {missing}; or remove {given} and write the address record yourself.",
        )
    name = s.hosted_zone_name
    if s.domain != name and not (s.domain or "").endswith(f".{name}"):
        raise request.refuse(
            ("hosted_zone_name", "domain"),
            f"domain {s.domain!r} does not lie in the zone {name!r}",
            f'Nearest legal: domain = "chat.{name}"',
        )
    return c.HostedZone(s.hosted_zone_id, name)


def _refuse_other_region(request: Request, certificate_arn: str) -> None:
    region = certificate_arn.split(":")[3]
    if region != "us-east-1":
        raise request.refuse(
            ("certificate_arn",),
            f"CloudFront takes certificates of us-east-1, not of {region}",
            "Remove certificate_arn and give hosted_zone_id and hosted_zone_name, and one is made there; or choose "
            'entry = "https".',
        )


def resolve_network(request: Request) -> c.Network:
    """A new VPC with its way out, or the ids of an existing one; raises SettingsError."""
    s = request.settings
    if s.vpc_id:
        counts = {len(s.vpc_zones), len(s.public_subnet_ids), len(s.app_subnet_ids), len(s.data_subnet_ids)}
        if len(counts) != 1 or min(counts) < 2:
            raise request.refuse(
                ("vpc_id",),
                "an existing VPC needs as many public, app and data subnets as zones, at least two",
                "Give vpc_zones, public_subnet_ids, app_subnet_ids and data_subnet_ids of equal length.",
            )
        _refuse_repetitions(request)
        _parse_range(request, "vpc_cidr", s.vpc_cidr)
        lists = (s.vpc_zones, s.public_subnet_ids, s.app_subnet_ids, s.data_subnet_ids)
        zones, public, app, data = (tuple(values) for values in lists)
        return c.ExistingVpc(s.vpc_id, s.vpc_cidr, zones, public, app, data)
    address = _parse_range(request, "vpc_cidr", s.vpc_cidr)
    if not 16 <= address.prefixlen <= 20:
        raise request.refuse(
            ("vpc_cidr",),
            f"vpc_cidr {s.vpc_cidr} is not between /16 and /20",
            'Nearest legal: vpc_cidr = "10.0.0.0/16"',
        )
    return c.NewVpc(s.vpc_cidr, s.zones, _egress(request))


def _refuse_repetitions(request: Request) -> None:
    for key in ("vpc_zones", "public_subnet_ids", "app_subnet_ids", "data_subnet_ids"):
        values = getattr(request.settings, key)
        if len(set(values)) < len(values):
            raise request.refuse(
                (key,), f"{key} names one of its values twice", "Give one subnet of each layer in each zone."
            )


def _egress(request: Request) -> c.Egress:
    s = request.settings
    if s.egress == "nat-instance":
        return c.NatInstance(s.nat_instance_type)
    if s.egress == "endpoints":
        return c.EndpointsOnly()
    if s.egress == "none":
        return c.NoEgress()
    if s.nat_gateways > s.zones:
        raise request.refuse(
            ("nat_gateways", "zones"),
            f"{s.nat_gateways} NAT gateways in {s.zones} zones",
            f"Nearest legal: nat_gateways = {s.zones}",
        )
    return c.NatGateways(s.nat_gateways)


def _parse_range(request: Request, key: str, text: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError as error:
        raise request.refuse((key,), f"{key}: {error}", "For example: 10.0.0.0/16") from error
