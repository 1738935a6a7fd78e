"""URLs in the variables of containers: those of APIs are called, those for browsers and the stack's own are not."""

from __future__ import annotations

import pytest
from towns import ref, town

from stackflight.model.need import Placement, Workload
from stackflight.model.value import Address
from stackflight.read.needs.given_apis import given_api_needs

WEB = Workload(Address("stack", "Web"), "ECS service", Placement((), ()))


@pytest.mark.parametrize(
    ("variables", "called"),
    [
        ({"PAYMENTS_URL": "https://api.stripe.com/v1"}, ["api.stripe.com:443"]),
        ({"ORDERS_API_URL": "http://orders.partner.io:8080/v2"}, ["orders.partner.io:8080"]),
        ({"NEXT_PUBLIC_API_URL": "https://api.partner.io"}, []),
        ({"HOMEPAGE": "https://www.partner.io"}, []),
        ({"API_URL": "https://api.own-shop.io"}, []),
        ({"S3_ENDPOINT": "https://s3.us-east-1.amazonaws.com"}, []),
        ({"API_URL": "https://api.example.com"}, []),
        ({"API_URL": ref("Vpc")}, []),
        ({"API_URL": "https://api.partner.io", "HTTPS_PROXY": "http://10.0.0.9:3128"}, []),
        ({"API_URL": "https://api.partner.io", "HTTPS_PROXY": "http://p:1", "NO_PROXY": "partner.io"}, ["api.partner.io:443"]),
    ],
)  # fmt: skip
def test_a_url_of_an_api_is_called_by_the_program_that_is_given_it(
    variables: dict[str, object], called: list[str]
) -> None:
    world = town().add("Zone", "AWS::Route53::HostedZone", Name="own-shop.io.").judge().case.world
    found = given_api_needs(world, WEB, variables)  # type: ignore[arg-type]
    assert [f"{need.target.host}:{need.target.port}" for need in found] == called  # type: ignore[union-attr]
