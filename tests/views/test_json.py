"""The JSON contract: fields may be added, never renamed."""

from __future__ import annotations

import json

from sample_report import make_quiet_report, make_report

from stackflight.views.json import render_check, render_review


def test_a_check_is_one_line_with_the_fields_of_the_contract() -> None:
    text = render_check(make_report())
    found = json.loads(text)

    assert "\n" not in text
    assert found["schema"] == "stackflight.check/1"
    assert found["target"] == "shop.yaml"
    assert found["stats"] == {"resources": 4, "needs": 6, "seconds": 0.012}
    assert found["findings"][0] == {
        "check": "workload-cannot-reach-service",
        "severity": "blocking",
        "certainty": "proved",
        "stack": "Shop",
        "resources": ["PrivateRoutes", "Service"],
        "workloads": [],
        "workload_stacks": [],
        "where": {"file": "shop.yaml", "line": 4, "construct": None, "source": None},
        "message": "Service cannot reach ecr.api (pull its image): PrivateRoutes has no route to public addresses",
        "evidence": [],
        "path": [
            {
                "at": "security group of Service",
                "verdict": "passes",
                "why": "TaskGroup allows tcp 443 to 0.0.0.0/0",
                "code": "",
            },
            {
                "at": "route table of PrivateSubnet1",
                "verdict": "blocks",
                "why": "PrivateRoutes has no route to public addresses",
                "code": "NO_ROUTE_TO_DESTINATION",
            },
        ],
        "code": "NO_ROUTE_TO_DESTINATION",
        "says": "",
        "phase": "create",
        "remedy": "add a route 0.0.0.0/0 to a NAT gateway in PrivateRoutes",
        "remedy_in_cdk": "",
        "remedy_in_settings": "",
    }
    assert found["unknowns"][0] == {
        "question": "can Worker reach sqs?",
        "stack": "Shop",
        "resources": ["Worker"],
        "decided_by": ["parameter SubnetIds"],
        "hint": "",
    }


def test_a_quiet_check_has_every_field() -> None:
    found = json.loads(render_check(make_quiet_report()))

    assert (found["findings"], found["unknowns"]) == ([], [])


def test_a_review_holds_the_check_and_every_need_with_its_answer() -> None:
    found = json.loads(render_review(make_report()))

    assert found["schema"] == "stackflight.review/1"
    assert found["check"] == json.loads(render_check(make_report()))
    assert found["stacks"] == [
        {"name": "Shop", "file": "shop.yaml", "account": None, "region": "eu-central-1", "resources": 4}
    ]
    assert [reach["verdict"] for reach in found["reaches"]] == ["no", "no", "yes", "yes", "intermittent", "unknown"]
    assert found["reaches"][2]["target"] == "Database:5432"
    assert found["reaches"][3]["via"] == "gateway endpoint S3Endpoint"
