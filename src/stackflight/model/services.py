"""AWS services as the network sees them."""

from __future__ import annotations

GATEWAY_SERVICES = frozenset({"s3", "dynamodb"})
"""Services with gateway endpoints. Source: Amazon VPC User Guide, gateway endpoints."""

INTERNET_ONLY = frozenset({"iam", "route53", "cloudfront", "organizations", "support", "ecr-public"})
"""Services that no VPC endpoint of the Region serves by default. Source: AWS PrivateLink guide."""
