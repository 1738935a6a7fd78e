"""Whatever a tool prints, the one resource that failed first and its cause are named."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from stackflight.diagnose.verdict import Question, diagnose
from stackflight.read.events.reading import read_history
from stackflight.views.diagnosis_text import render_diagnosis
from stackflight.views.paper import Paper

PASTED = Path(__file__).parent / "pasted"
EXPECTED = json.loads((PASTED / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_root_and_its_cause_are_named_whatever_the_layout(name: str) -> None:
    found = diagnose(Question(read_history((PASTED / name).read_text(encoding="utf-8")), name))
    root, cause = found.root, found.cause
    seen = {
        "outcome": found.outcome.value,
        "resource": root.resource if root else None,
        "type": root.type if root else None,
        "cause": cause.id if cause else None,
        "family": cause.family if cause else None,
    }
    assert seen | EXPECTED[name] == seen


def test_every_pasted_text_has_an_expectation() -> None:
    assert {file.name for file in PASTED.iterdir()} - {"expected.json"} == EXPECTED.keys()


def test_records_without_a_status_are_read_as_service_catalog_writes_them() -> None:
    text = (
        "Errors from CloudFormation: [{LogicalResourceId : SC-1-pp-2, ResourceType : AWS::CloudFormation::Stack, StatusReason : "
        "The following resource(s) failed to create: [Domain]. Rollback requested by user.}, {LogicalResourceId : Domain, ResourceType : "
        "AWS::SageMaker::Domain, StatusReason : Resource of type 'AWS::SageMaker::Domain' with identifier 'd' did not stabilize.}, "
        "{LogicalResourceId : Domain, ResourceType : AWS::SageMaker::Domain, StatusReason : Resource creation Initiated}, "
        "{LogicalResourceId : Key, ResourceType : AWS::KMS::Alias, StatusReason : Resource creation Initiated}]"
    )
    found = diagnose(Question(read_history(text)))
    assert found.root is not None and found.cause is not None
    assert (found.root.resource, found.cause.family) == ("Domain", "timeout")


def test_the_summary_of_the_stack_is_no_part_of_a_reason() -> None:
    text = (
        "CREATE_FAILED AWS::Lambda::EventSourceMapping  Mapping\n\n"
        "    Resource of type 'AWS::Lambda::EventSourceMapping' with identifier 'a-b' did not stabilize\n"
        "    The following resource(s) failed to create: [Mapping]. . Rollback requested by user.\n"
    )
    found = diagnose(Question(read_history(text)))
    assert found.root is not None and found.root.resource == "Mapping"
    assert found.cause is not None and found.cause.family == "timeout"


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_answer_fits_the_smallest_screen_with_its_cause_and_what_to_do(name: str) -> None:
    found = diagnose(Question(read_history((PASTED / name).read_text(encoding="utf-8")), name))
    text = render_diagnosis(found, Paper(width=80), rows=24)
    assert text.count("\n") + 1 < 24
    assert not found.remedies or "fix " in text
    assert not found.explanation or "because" in text or "so  " in text


def test_long_names_and_much_that_failed_fit_the_smallest_screen_too() -> None:
    name = "FrontendDistributionOrigin1S3OriginAccessControl96CDF506"
    reason = f"Resource of type 'AWS::CloudFront::OriginAccessControl' with identifier '{name * 3}' already exists. "
    lines = [
        f"10:00:0{number} | CREATE_FAILED | AWS::CloudFront::OriginAccessControl | {name}{number} | {reason * 2}"
        for number in range(6)
    ]
    lines += ["10:00:09 | ROLLBACK_IN_PROGRESS | AWS::CloudFormation::Stack | shop", f"10:00:30 | DELETE_FAILED | AWS::S3::Bucket | {name} | {reason}",
              f"10:00:31 | ROLLBACK_FAILED | AWS::CloudFormation::Stack | shop | The following resource(s) failed to delete: [{name}]."]  # fmt: skip
    found = diagnose(Question(read_history("\n".join(lines))))
    text = render_diagnosis(found, Paper(width=80), rows=24)
    assert text.count("\n") + 1 < 24
    assert "fix " in text and "because" in text and "also " in text


@pytest.mark.parametrize("between", [" | ", "\t", "  ", " ", " - "])
def test_the_order_of_columns_does_not_matter(between: str) -> None:
    """What is a status, a type, a time or prose shows by itself, and the name of a stack by its own events."""
    rows = [("app-prod", "app-prod", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", "User Initiated"),
            ("app-prod", "NatAddress", "AWS::EC2::EIP", "CREATE_FAILED", "The maximum number of addresses has been reached. (Service: Ec2)"),
            ("app-prod", "TaskRole", "AWS::IAM::Role", "CREATE_FAILED", "Resource creation cancelled"),
            ("app-prod", "app-prod", "AWS::CloudFormation::Stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [NatAddress].")]  # fmt: skip
    for order in permutations(range(4)):
        lines = [
            between.join((f"2026-01-02T10:00:0{n}Z", *(row[place] for place in order), row[4]))
            for n, row in enumerate(rows)
        ]
        found = diagnose(Question(read_history("\n".join(lines))))
        assert found.root is not None and found.root.resource == "NatAddress", lines[1]


LAYOUTS = {
    row["layout"]: row
    for row in json.loads((Path(__file__).parent / "layouts.json").read_text(encoding="utf-8"))["rows"]
}


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_the_resource_that_failed_first_is_named_in_every_layout(layout: str) -> None:
    found = diagnose(Question(read_history(LAYOUTS[layout]["text"]), layout))
    named = found.root.resource if found.root else ""
    assert named == (LAYOUTS[layout]["resource"] or "")
    assert found.cause is not None


def test_a_stack_described_alone_is_a_stack_and_no_resource() -> None:
    text = (
        "StackName: 'shop',\nStackStatus: 'ROLLBACK_IN_PROGRESS',\n"
        "StackStatusReason: 'The following resource(s) failed to create: [Role, Group]. . Rollback requested by user.',\n"
    )
    found = diagnose(Question(read_history(text)))
    assert (found.root, found.stack) == (None, "shop")
    assert "Role, Group" in found.explanation


def test_what_is_invalid_in_a_deletion_holds_it_up() -> None:
    text = (
        "DELETE_FAILED AWS::ApiGateway::Deployment Deploy Active stages pointing to this deployment must be moved or deleted "
        "(Error Code: ValidationException)"
    )
    found = diagnose(Question(read_history(text)))
    assert found.cause is not None and found.cause.family == "delete-blocked"


def test_a_table_of_names_and_sentences_is_no_list_of_resources() -> None:
    text = "| Feature | What it does |\n|---|---|\n| Retries | The limit is exceeded after three that failed |\n| Export | Cannot be undone |\n"
    assert read_history(text).events == ()


def test_words_that_every_type_gets_to_hear_are_no_rule_of_one_type() -> None:
    text = "Model validation failed (#/EventSourceArn: failed validation constraint for keyword [pattern])"
    found = diagnose(Question(read_history(text)))
    assert found.cause is not None and found.cause.id == "schema-violated"


@pytest.mark.parametrize("row", ["{when}\tJobs\tCREATE_FAILED\t{said}", "{when} | Jobs | CREATE_FAILED | {said}", "Jobs CREATE_FAILED {said}"])  # fmt: skip
def test_a_type_that_a_reason_speaks_of_is_no_column(row: str) -> None:
    said = "Resource of type 'AWS::SQS::Queue' with identifier 'jobs-live' already exists. (HandlerErrorCode: AlreadyExists)"
    found = diagnose(Question(read_history(row.format(when="2026-01-02 10:00:00 UTC+0200", said=said))))
    assert found.root is not None
    assert (found.root.resource, found.root.type, found.root.reason) == ("Jobs", "AWS::SQS::Queue", said)
    said = "Unable to retrieve Arn attribute for AWS::SQS::Queue"
    found = diagnose(Question(read_history(row.format(when="10:00:00", said=said))))
    assert found.root is not None and (found.root.type, found.root.reason) == ("", said)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('[i] waiting for CloudFormation stack "web-nodes"\n[i] waiting for CloudFormation stack "web-nodes"', "in_progress"),
        ("- Update the service web   [update in progress]  [9.1s]\n  Rollout  Running  Failed\n  [in progress]  1  0", "in_progress"),
        ("Waiting for stack create/update to complete\nSuccessfully created/updated stack - web", "healthy"),
        ("web: creating CloudFormation changeset...\n ✅  web\n\n✨  Deployment time: 4s", "healthy"),
        ("web: creating CloudFormation changeset...\nError: no widget of that kind", "cannot_tell"),
    ],
)  # fmt: skip
def test_without_an_event_the_words_of_the_tool_say_how_far_it_is(text: str, outcome: str) -> None:
    assert diagnose(Question(read_history(text))).outcome.value == outcome


@pytest.mark.parametrize(
    "text",
    [
        "Failed to create/update the stack. Run the following command\naws cloudformation describe-stack-events --stack-name web-live",
        "Error: Failed to create/update the stack: web-live, Waiter StackCreateComplete failed",
        " ❌  web-live failed: Error: The stack named web-live failed creation, it may need to be manually deleted from the AWS console",
        'unexpected status "ROLLBACK_IN_PROGRESS" while waiting for CloudFormation stack "web-live"',
    ],
)
def test_where_the_cause_can_still_be_read_is_said_with_the_name_of_the_stack(text: str) -> None:
    found = diagnose(Question(read_history(text)))
    assert found.missing[0] == "aws cloudformation describe-stack-events --stack-name web-live"


def test_of_capabilities_exactly_what_was_asked_for_is_given() -> None:
    for asked, passed in (("CAPABILITY_AUTO_EXPAND", "CAPABILITY_AUTO_EXPAND,"), ("CAPABILITY_IAM, CAPABILITY_NAMED_IAM", "CAPABILITY_IAM CAPABILITY_NAMED_IAM,")):  # fmt: skip
        found = diagnose(Question(read_history(f"An error occurred: Requires capabilities : [{asked}]")))
        assert found.remedies[0].startswith(f"Pass --capabilities {passed}")


def test_a_refusal_names_no_resource_that_is_the_end_of_another_word() -> None:
    text = (
        "execution resource retrieval failed: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/Exec/1 is not authorized "
        "to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/db"
    )
    found = diagnose(Question(read_history(text)))
    assert found.denial is not None and found.denial.resource.startswith("arn:aws:ssm:")


def test_events_that_a_log_ran_together_are_told_apart() -> None:
    text = (
        "WebRule (AWS::ElasticLoadBalancingV2::ListenerRule) CREATE_IN_PROGRESS Resource creation Initiated ERROR  shop: "
        "ApiRule (AWS::ElasticLoadBalancingV2::ListenerRule) CREATE_FAILED Priority '26' is currently in use (Error Code: PriorityInUse)"
    )
    found = diagnose(Question(read_history(text)))
    assert found.root is not None and found.root.resource == "ApiRule"
    assert found.cause is not None and found.cause.family == "name-taken"


@pytest.mark.parametrize(
    "words", ["null", "", "Invalid request provided: AWS::ServiceCatalog::CloudFormationProvisionedProduct"]
)
def test_a_handler_that_says_nothing_makes_nothing_certain(words: str) -> None:
    text = f'CREATE_FAILED AWS::ServiceCatalog::CloudFormationProvisionedProduct Web Resource handler returned message: "{words}" (RequestToken: 1, HandlerErrorCode: InvalidRequest)'
    found = diagnose(Question(read_history(text)))
    assert found.root is not None and found.root.resource == "Web"
    assert found.confidence.value == "low"


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("10:00:00 | CREATE_FAILED | Custom::AWSCDK-EKS-KubernetesResource | agentDeployment/Resource/Default\nReceived response status [FAILED] from custom resource. Message returned: socket hang up", "agentDeployment"),
        ("✖  Errors\n   web\n      siteFunction/AssetReplacer: Received response status [FAILED] from custom resource. Message returned: socket hang up", "AssetReplacer"),
        ('failed: [localhost] => {"events": ["StackEvent AWS::CloudFormation::Stack web CREATE_FAILED", "StackEvent AWS::IAM::Role RootRole CREATE_FAILED"], "failed": true}', "RootRole"),
    ],
)  # fmt: skip
def test_a_path_is_called_by_its_last_name_and_what_is_left_of_json_is_no_reason(text: str, resource: str) -> None:
    found = diagnose(Question(read_history(text)))
    assert found.root is not None and found.root.resource == resource
    assert found.cause is None or found.cause.family == "network"


# What runners put before each line, and how loggers pack them.
MARGINS = (
    lambda lines: [f"2026-01-02T10:00:{at % 60:02d}.123456Z 01O {line}" for at, line in enumerate(lines)],
    lambda lines: [f"{at:5d}\t{line}" for at, line in enumerate(lines, 1)],
    lambda lines: [f"web:release: {line}" for line in lines],
    lambda lines: [f"- {line}" for line in lines if line.strip()],
    lambda lines: [json.dumps({"level": "info", "msg": line}) for line in lines if line.strip()],
    lambda lines: ["npm run release", "", *lines, "npm ERR! code ELIFECYCLE", "npm ERR! errno 1"],
)


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if name.endswith(".txt")))
def test_what_a_runner_puts_around_the_lines_changes_nothing(name: str) -> None:
    text = (PASTED / name).read_text(encoding="utf-8")
    wrap = MARGINS[sorted(EXPECTED).index(name) % len(MARGINS)]
    plain, wrapped = (diagnose(Question(read_history(one))) for one in (text, "\n".join(wrap(text.split("\n")))))
    assert (wrapped.root and wrapped.root.resource) == (plain.root and plain.root.resource)
    assert wrapped.cause == plain.cause


def test_lines_that_a_terminal_broke_and_a_page_spaced_out_are_read_as_they_were() -> None:
    log = (
        "20:57:31\tINFO\t[deploy]\tdeploying stack orders-api\n"
        "20:58:04\tERROR\t[deploy]\tstack orders-api: AWS::AppSync::Resolver ListRulesResolver CREATE_FAILED: No field named rules found on type Query\n"
        "20:58:05\tERROR\t[deploy]\tstack orders-api: AWS::CloudFormation::Stack orders-api ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: "
        "[ListRulesResolver]. Rollback requested by user.\nError: failed to deploy stack orders-api\nexit status 1\n"
    )
    broken = "\n".join(line[at : at + 80] for line in log.split("\n") for at in range(0, len(line), 80))
    for text in (log, broken, log.replace("\n", "\n\n"), "\n".join(f"[10:0{at} AM] {line}" for at, line in enumerate(log.split("\n")))):  # fmt: skip
        found = diagnose(Question(read_history(text)))
        assert found.root is not None and found.root.resource == "ListRulesResolver", text
        assert found.cause is not None and found.cause.id == "graphql-schema-invalid"
