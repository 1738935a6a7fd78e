"""How people reach LibreChat, as a sum type; `config` hands it out with all other choices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrialHttp:
    """A public load balancer on port 80 without a certificate; for a trial only."""

    allowed_cidrs: tuple[str, ...]
    allowed_countries: tuple[str, ...]


@dataclass(frozen=True)
class HostedZone:
    """A Route 53 zone in which the app writes its address record."""

    zone_id: str
    zone_name: str


@dataclass(frozen=True)
class PublicHttps:
    """A public load balancer on port 443 with a certificate of the stack's Region; None: made, and proved in `zone`."""

    domain: str
    certificate_arn: str | None
    zone: HostedZone | None
    allowed_cidrs: tuple[str, ...]
    allowed_countries: tuple[str, ...]


@dataclass(frozen=True)
class CloudFrontDomain:
    """An own name of the distribution; the certificate lives in us-east-1, where one is made that is proved in `zone`
    unless it is given.

    The load balancer behind it needs one of the stacks' own Region: `origin_certificate_arn`, or one that is made where
    there is a `zone` to prove the name in. With neither it is reached without encryption.
    """

    domain: str
    certificate_arn: str | None
    zone: HostedZone | None
    origin_certificate_arn: str | None


@dataclass(frozen=True)
class CloudFront:
    """CloudFront in front of an internal load balancer, reached through a VPC origin; no ranges: the whole world."""

    domain: CloudFrontDomain | None
    allowed_cidrs: tuple[str, ...]
    allowed_countries: tuple[str, ...]

    @property
    def own_address(self) -> str:
        """The URL under the own name; "" where only CloudFront knows the name that it gives."""
        return f"https://{self.domain.domain}" if self.domain else ""

    @property
    def encrypted_origin(self) -> bool:
        """Whether CloudFront speaks TLS with the load balancer."""
        return self.domain is not None and bool(self.domain.origin_certificate_arn or self.domain.zone)


Entry = TrialHttp | PublicHttps | CloudFront
