"""Event sources, state machines, pipelines, user pools, authorizers: what their services refuse, and what they take."""

from __future__ import annotations

import pytest
from judging import found

from stackflight.model.finding import Severity

HEAD = "Parameters: {Given: {Type: String}}"
SOURCES = """
Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60%s}}
Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: f, EventSourceArn: !GetAtt %s.Arn%s}}
"""


@pytest.mark.parametrize(
    ("queue", "source", "settings", "refused"),
    [
        ("", "Stream", "", True),
        ("", "Stream", ", StartingPosition: LATEST", False),
        ("", "Stream", ", StartingPosition: !Ref Given", False),
        ("", "Queue", "", False),
        ("", "Queue", ", BatchSize: 11", True),
        ("", "Queue", ", BatchSize: 10", False),
        ("", "Queue", ", BatchSize: 11, MaximumBatchingWindowInSeconds: 1", False),
        ("", "Queue", ", BatchSize: 11, MaximumBatchingWindowInSeconds: !Ref Given", False),
        (", FifoQueue: true", "Queue", ", BatchSize: 11, MaximumBatchingWindowInSeconds: 1", True),
        (", FifoQueue: true", "Queue", ", BatchSize: 10", False),
    ],
)
def test_an_event_source_mapping_has_what_its_source_demands(
    queue: str, source: str, settings: str, refused: bool
) -> None:
    assert bool(found(SOURCES % (queue, source, settings), "event-source-refused", HEAD)) is refused


TABLE = """
Items: {Type: AWS::DynamoDB::Table, Properties: {%s}}
User: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: %s}}
"""


@pytest.mark.parametrize(
    ("table", "value", "refused"),
    [
        ("", "!GetAtt Items.StreamArn", True),
        ("", "!Sub 'x ${Items.StreamArn}'", True),
        ("", "!GetAtt Items.Arn", False),
        ("StreamSpecification: {StreamViewType: KEYS_ONLY}", "!GetAtt Items.StreamArn", False),
        (
            "StreamSpecification: !If [Maybe, {StreamViewType: KEYS_ONLY}, !Ref AWS::NoValue]",
            "!GetAtt Items.StreamArn",
            False,
        ),
        ("", "!If [Maybe, !GetAtt Items.StreamArn, none]", False),
    ],
)
def test_the_stream_of_a_table_exists_where_it_was_asked_for(table: str, value: str, refused: bool) -> None:
    head = HEAD + "\nConditions: {Maybe: !Equals [!Ref Given, x]}"

    assert bool(found(TABLE % (table, value), "event-source-refused", head)) is refused


MACHINE = """
Machine:
  Type: AWS::StepFunctions::StateMachine
  Properties: {RoleArn: arn:aws:iam::111122223333:role/x, %s}
"""


@pytest.mark.parametrize(
    ("definition", "refused"),
    [
        ("Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}", False),
        ("Definition: {StartAt: B, States: {A: {Type: Pass, End: true}}}", True),
        ("Definition: {StartAt: !Ref Given, States: {A: {Type: Pass, End: true}}}", False),
        ("Definition: {StartAt: '${First}', States: {A: {Type: Pass, End: true}}}", False),
        ("Definition: {StartAt: A, States: {A: {Type: Pass}}}", True),
        ("Definition: {StartAt: A, States: {A: {Type: Pass, Next: !Ref Given}}}", False),
        ("Definition: {StartAt: A, States: {A: {Type: Choice, Choices: [{Next: B}]}, B: {Type: Fail}}}", False),
        ("Definition: {StartAt: A, States: {A: {Type: Choice, Default: B}, B: {Type: Fail}}}", True),
        ("Definition: {StartAt: A, States: {A: {Type: Task, End: true}}}", True),
        ("Definition: {StartAt: A, States: {A: {Type: Parallel, End: true}}}", True),
        ("Definition: {StartAt: A, States: {A: {Type: Task, Resource: !Ref Given, End: true}}}", False),
        ("Definition: {StartAt: A, States: {A: {Type: Task, Resource: x, Catch: [{Next: C}], End: true}}}", True),
        ("Definition: {StartAt: M, States: {M: {Type: Map, End: true, ItemProcessor: {StartAt: X, States: {Y: {Type: Succeed}}}}}}", True),
        ("Definition: {StartAt: P, States: {P: {Type: Parallel, End: true, Branches: [{StartAt: P, States: {Q: {Type: Succeed}}}]}}}", True),
        ("DefinitionString: '{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}'", False),
        ("DefinitionString: !Sub '{\"StartAt\": \"B\", \"States\": {\"A\": {\"Type\": \"Task\", \"Resource\": \"${Given}\", \"End\": true}}}'", True),
        ("DefinitionString: !Ref Given", False),
        ("DefinitionString: 'StartAt: B'", False),
        ("DefinitionS3Location: {Bucket: b, Key: k}", False),
    ],
)  # fmt: skip
def test_every_transition_of_a_state_machine_leads_to_a_state_of_its_own_scope(definition: str, refused: bool) -> None:
    assert bool(found(MACHINE % definition, "state-machine-refused", HEAD)) is refused


CALLER = """
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: 'sts:AssumeRole'}]}
    Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: %s, Resource: %s}]}}]
One: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: index.h, Role: x, Code: {ZipFile: "x = 1"}}}
Two: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: index.h, Role: x, Code: {ZipFile: "x = 1"}}}
Machine:
  Type: AWS::StepFunctions::StateMachine
  Properties:
    RoleArn: !GetAtt Role.Arn
    DefinitionSubstitutions: {Function: !GetAtt One.Arn}
    Definition: {StartAt: A, States: {A: {Type: Task, Resource: "${Function}", End: true}}}
"""


@pytest.mark.parametrize(
    ("action", "resource", "denied"),
    [
        ("lambda:InvokeFunction", "!GetAtt One.Arn", False),
        ("lambda:InvokeFunction", "[!GetAtt Two.Arn, !Sub '${One.Arn}:*']", False),
        ("lambda:InvokeFunction", "!GetAtt Two.Arn", True),
        ("lambda:InvokeFunction", "'*'", False),
        ("lambda:InvokeFunction", "!Sub 'arn:aws:lambda:eu-west-1:111122223333:function:${Given}'", False),
        ("'lambda:*'", "!Ref Given", False),
        ("lambda:GetFunction", "'*'", True),
    ],
)
def test_the_role_of_a_machine_may_call_the_functions_it_calls(action: str, resource: str, denied: bool) -> None:
    findings = found(CALLER % (action, resource), "state-machine-not-allowed", HEAD)

    assert [item.severity for item in findings] == [Severity.WARNING] * denied


PIPELINE = """
Pipeline:
  Type: AWS::CodePipeline::Pipeline
  Properties:
    RoleArn: arn:aws:iam::111122223333:role/x
    Stages:
      - {Name: Source, Actions: [{Name: Code, ActionTypeId: {Category: Source}, OutputArtifacts: [{Name: %s}]}]}
      - Name: Build
        Actions:
          - {Name: Make, ActionTypeId: {Category: %s}, InputArtifacts: [{Name: Code}], OutputArtifacts: [{Name: Made}]}
          - {Name: Ship, ActionTypeId: {Category: Deploy}, RunOrder: %s, InputArtifacts: [{Name: Made}]}
"""


@pytest.mark.parametrize(
    ("name", "category", "order", "refused"),
    [
        ("Code", "Build", "2", False),
        ("Code", "Build", "1", True),
        ("Source", "Build", "2", True),
        ("!Ref Given", "Build", "2", False),
        ("Code", "Source", "2", True),
    ],
)
def test_an_action_takes_artifacts_of_earlier_actions(name: str, category: str, order: str, refused: bool) -> None:
    assert bool(found(PIPELINE % (name, category, order), "pipeline-refused", HEAD)) is refused


CLIENT = """
Pool: {Type: AWS::Cognito::UserPool}
Maker: {Type: AWS::Cognito::UserPoolIdentityProvider, Properties: {UserPoolId: !Ref Pool, ProviderName: %s, ProviderType: OIDC}}
Client: {Type: AWS::Cognito::UserPoolClient, %sProperties: {UserPoolId: !Ref Pool, SupportedIdentityProviders: [COGNITO, %s]}}
"""


@pytest.mark.parametrize(
    ("made", "order", "asked", "severity"),
    [
        ("Login", "DependsOn: Maker, ", "Login", None),
        ("Login", "", "!Ref Maker", None),
        ("Login", "", "Login", Severity.WARNING),
        ("Login", "DependsOn: Maker, ", "Google", Severity.BLOCKING),
        ("!Ref Given", "DependsOn: Maker, ", "Google", None),
        ("Login", "", "!Ref Given", None),
    ],
)
def test_a_client_names_identity_providers_of_its_pool(
    made: str, order: str, asked: str, severity: Severity | None
) -> None:
    findings = found(CLIENT % (made, order, asked), "user-pool-refused", HEAD)

    assert [item.severity for item in findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("domain", "refused"),
    [
        ("Domain: shop-cognito", True),
        ("Domain: !Sub 'aws-${Given}'", True),
        ("Domain: !Sub 'a${Given}ws'", False),
        ("Domain: login.amazonia.example, CustomDomainConfig: {CertificateArn: x}", False),
    ],
)
def test_a_domain_prefix_has_no_reserved_word(domain: str, refused: bool) -> None:
    resource = "Domain: {Type: AWS::Cognito::UserPoolDomain, Properties: {UserPoolId: p, %s}}\n"

    assert bool(found(resource % domain, "user-pool-refused", HEAD)) is refused


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ("AuthorizationType: CUSTOM", True),
        ("AuthorizationType: CUSTOM, AuthorizerId: !Ref Given", False),
        ("AuthorizationType: AWS_IAM", False),
        ("AuthorizationType: !Ref Given", False),
    ],
)
def test_a_method_with_an_authorization_of_its_own_names_the_authorizer(settings: str, refused: bool) -> None:
    method = "Get: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: a, ResourceId: r, HttpMethod: GET, %s}}\n"

    assert bool(found(method % settings, "api-refused", HEAD)) is refused


def test_rules_of_a_listener_outside_the_template_share_no_priority() -> None:
    rule = "%s: {Type: AWS::ElasticLoadBalancingV2::ListenerRule, Properties: {ListenerArn: %s, Priority: 1, Actions: []}}\n"
    listener = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/x/1/%s"

    assert found(rule % ("A", listener % 1) + rule % ("B", listener % 1), "rule-priority-taken")
    assert not found(rule % ("A", listener % 1) + rule % ("B", listener % 2), "rule-priority-taken")
    assert not found(rule % ("A", "!Ref Given") + rule % ("B", "!Ref Given"), "rule-priority-taken", HEAD)


def test_a_rule_starts_tasks_and_machines_with_a_role() -> None:
    rule = (
        MACHINE % "DefinitionS3Location: {Bucket: b, Key: k}"
        + """
Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), Targets: [{Id: a, Arn: !Ref Machine%s}]}}
"""
    )

    [refused] = found(rule % "", "rule-target-without-role")
    assert refused.severity is Severity.BLOCKING
    assert not found(rule % ", RoleArn: !Ref Given", "rule-target-without-role", HEAD)


@pytest.mark.parametrize(
    ("states", "wrong"),
    [
        ('"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}', "never ends"),
        ('"A": {"Type": "Pass", "Next": "B", "End": true}, "B": {"Type": "Succeed"}', "has Next and End"),
        ('"A": {"Type": "Wait", "Seconds": 5, "Timestamp": "2026-01-01T00:00:00Z", "End": true}', "waits by Seconds"),
        ('"A": {"Type": "Wait", "End": true}', "does not say how long"),
        ('"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Fail", "End": true}', "is a Fail and goes on"),
        ('"A": {"Type": "Choice", "Choices": [{"Next": "A"}], "Default": "B"}, "B": {"Type": "Succeed"}', ""),
    ],
)
def test_a_machine_ends_somewhere_and_its_states_say_one_thing(states: str, wrong: str) -> None:
    definition = '{"StartAt": "A", "States": {' + states + "}}"
    machine = f"Machine: {{Type: AWS::StepFunctions::StateMachine, Properties: {{RoleArn: a, DefinitionString: '{definition}'}}}}"
    messages = [item.message for item in found(machine, "state-machine-refused")]

    assert (len(messages), wrong in "".join(messages)) == (1 if wrong else 0, True)
