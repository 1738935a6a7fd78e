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
    if bool(s.domain) != bool(s.certificate_arn):
        raise request.refuse(
            ("domain", "certificate_arn"),
            "domain and certificate_arn belong together",
            'Give both; or neither with entry = "cloudfront", which brings its own name and certificate.',
        )
    if s.entry == "trial-http":
        _refuse_strangers_without_encryption(request)
        return c.TrialHttp(cidrs, countries)
    if s.domain and s.certificate_arn:
        if s.entry == "https":
            return c.PublicHttps(s.domain, s.certificate_arn, zone, cidrs, countries)
        _refuse_other_region(request, s.certificate_arn)
        domain = c.CloudFrontDomain(s.domain, s.certificate_arn, zone, s.origin_certificate_arn)
        return c.CloudFront(domain, _limited(cidrs), countries)
    if s.entry == "https":
        raise request.refuse(
            ("entry",),
            'entry = "https" needs domain and certificate_arn',
            'Nearest legal without a certificate: entry = "cloudfront"',
        )
    if s.origin_certificate_arn:
        raise request.refuse(
            ("origin_certificate_arn",),
            "origin_certificate_arn has no effect without domain and certificate_arn",
            "Remove it, or give all three.",
        )
    return c.CloudFront(None, _limited(cidrs), countries)


def _limited(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    return () if EVERYBODY in cidrs else cidrs


def _refuse_strangers_without_encryption(request: Request) -> None:
    """The first account is the administrator's, and models cost money: not for whoever finds the address first."""
    s = request.settings
    if s.registration and EVERYBODY in s.allowed_cidrs:
        raise request.refuse(
            ("registration", "allowed_cidrs"),
            "without encryption the whole world may not register: the first who does becomes administrator",
            'Name your addresses, e.g. allowed_cidrs = ["203.0.113.7/32"]; or leave registration off and make accounts '
            "with the command in the output FirstUser.",
        )


def _refuse_limits_that_nothing_keeps(request: Request) -> None:
    s = request.settings
    behind = s.entry == "cloudfront"
    needs_firewall = {
        "allowed_cidrs": behind and EVERYBODY not in s.allowed_cidrs,
        "allowed_countries": not behind and bool(s.allowed_countries),
    }
    for key, needed in needs_firewall.items():
        if needed and not s.web_firewall:
            raise request.refuse(
                (key, "web_firewall"),
                f'{key} with entry = "{s.entry}" is kept by the web firewall, and there is none',
                "Nearest legal: web_firewall = true",
            )


def _zone(request: Request) -> c.HostedZone | None:
    s = request.settings
    if not s.hosted_zone_id and not s.hosted_zone_name:
        return None
    if not (s.hosted_zone_id and s.hosted_zone_name):
        raise request.refuse(
            ("hosted_zone_id", "hosted_zone_name"),
            "hosted_zone_id and hosted_zone_name belong together",
            "Give both, or neither and write the address record yourself.",
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
            'Request the certificate once more in us-east-1, or choose entry = "https".',
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
            ("vpc_cidr",), f"vpc_cidr {s.vpc_cidr} is not between /16 and /20", "Nearest legal: 10.0.0.0/16"
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
