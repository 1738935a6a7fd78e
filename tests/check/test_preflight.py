"""What becomes of the findings of cdk-preflight."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from stackflight.check.handover import hand_over
from stackflight.check.preflight import find_preflight, read_record
from stackflight.check.registry import every_check
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.local.preflight_rules import all_types, find_archive, load_rules
from stackflight.local.standard_rules import load_with_preflight
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.template import Stack, World
from stackflight.model.value import Value
from stackflight.model.violation import Violation
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template


def world_of(text: str, **parameters: Value) -> World:
    template = parse_template(textwrap.dedent(text), "template.yaml")
    return join_stacks([Source("app", template)], parameters, LocalFolder(Path("nowhere")))


def judge(text: str, **parameters: Value) -> list[Finding]:
    """The findings of every rule set over one template."""
    rules = load_with_preflight()
    return list(check_world("template.yaml", world_of(text, **parameters), SystemClock(), 0.0, rules).findings)


def theirs(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.check.startswith("preflight/")]


FILES = """
    Parameters:
      Mode: {Type: String, Default: provisioned}
      Other: {Type: String}
    Resources:
      Files:
        Type: AWS::EFS::FileSystem
        Properties: {ThroughputMode: provisioned}
"""


def test_a_rule_of_cdk_preflight_speaks_in_its_own_words_under_its_own_id() -> None:
    rules, stack = load_with_preflight(), world_of(FILES).stack("app")
    said = rules.judge(stack.template.text, None, (), hand_over(stack, rules.resolved))
    [finding] = find_preflight(stack, [one for one in said if one.of == "preflight"], ())
    assert finding.check == "preflight/pf-efs-throughput-mode"
    assert finding.code == "pf-efs-throughput-mode"
    assert finding.resources == ("Files",)
    assert finding.where.line == 8
    assert "ProvisionedThroughputInMibps" in finding.message
    assert finding.remedy


def test_our_finding_wins_over_theirs_where_it_names_the_same_property() -> None:
    findings = judge(FILES)
    assert [finding.check for finding in findings] == ["file-system-without-throughput"]
    assert "ProvisionedThroughputInMibps" in findings[0].message


def test_one_fault_is_told_once_also_where_all_stands_on_one_line() -> None:
    """Newer audit, row 11: a name, a throughput, a policy and an origin, each told by ours and by a rule of others."""
    findings = judge("""
    Resources:
      Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: x.fifo}}
      Files: {Type: AWS::S3::Bucket, Properties: {BucketName: My_Bucket}}
      Table: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: id, KeyType: HASH}], AttributeDefinitions: [{AttributeName: id, AttributeType: S}]}}
      Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "kms:Decrypt", Resource: "*"}]}}}
      Site: {Type: AWS::CloudFront::Distribution, Properties: {DistributionConfig: {Enabled: true, Origins: [{Id: web, DomainName: example.com, CustomOriginConfig: {OriginProtocolPolicy: https-only}}], DefaultCacheBehavior: {TargetOriginId: site, ViewerProtocolPolicy: https-only, CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6}}}}
    """)  # fmt: skip
    blocking = [(finding.resources[0], finding.check) for finding in findings if finding.severity is Severity.BLOCKING]
    assert sorted(blocking) == [
        ("Files", "bucket-name-invalid"),
        ("Key", "key-policy-locks-out"),
        ("Site", "origin-not-declared"),
        ("Table", "table-contradiction"),
        ("Topic", "name-form"),
    ]
    assert not [finding for finding in findings if "/" in finding.check]


def violation(rule: str, message: str, *names: str, level: str = "error", of: str = "Table") -> Violation:
    path = ("Properties", names[0]) if names else ("Properties",)
    return Violation(rule, level, message, of, path, None, "", "preflight", ("AWS::DynamoDB::Table",), names)


TABLE = """
    Parameters:
      Name: {Type: String, Default: given}
      Empty: {Type: String, Default: ""}
      Open: {Type: String}
      Wanted: {Type: String}
    Conditions: {Sometimes: !Equals [!Ref Wanted, "yes"]}
    Resources:
      Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: NAME}}
"""
CLEAN = min(read_record()["clean"])


def weighed(name: str, rule: str = CLEAN, text: str = TABLE, message: str = "refused", level: str = "error") -> Finding:
    stack: Stack = world_of(text.replace("NAME", name)).stack("app")
    [finding] = find_preflight(stack, [violation(rule, message, "TableName", level=level)], ())
    return finding


def test_a_rule_with_a_clean_record_blocks_where_the_value_stands_there() -> None:
    finding = weighed("literal")
    assert finding.severity is Severity.BLOCKING
    assert finding.certainty is Certainty.PROVED
    assert finding.consequence is Consequence.FAILS
    assert [address.id for address in finding.struck] == ["Table"]


@pytest.mark.parametrize("given", ["!Ref Name", '!Sub "${Name}-x"', "!If [Sometimes, a, b]"])
def test_it_does_not_block_on_what_an_input_may_change(given: str) -> None:
    assert weighed(given).severity is not Severity.BLOCKING


def test_a_rule_that_no_deployed_template_has_tested_warns() -> None:
    assert weighed("literal", rule="pf-unheard-of").severity is Severity.WARNING


def test_a_rule_whose_knowledge_ages_warns() -> None:
    weakened = min(read_record()["weakened"])
    assert weighed("literal", rule=weakened).severity is Severity.WARNING


@pytest.mark.parametrize("given", ["!Ref Open", "!Ref Empty"])
def test_an_open_value_and_an_empty_default_are_a_note(given: str) -> None:
    assert weighed(given).severity is Severity.NOTE


def test_a_resource_that_an_input_decides_is_a_note() -> None:
    text = TABLE.replace("{Type: AWS::DynamoDB::Table,", "{Type: AWS::DynamoDB::Table, Condition: Sometimes,")
    assert weighed("literal", text=text).severity is Severity.NOTE


def test_what_the_rules_only_warn_of_is_a_note() -> None:
    assert weighed("literal", level="warn").severity is Severity.NOTE


def test_a_macro_may_mend_what_would_block() -> None:
    assert weighed("literal", text="    Transform: [Expand]" + TABLE).severity is Severity.WARNING


def test_what_fails_only_when_it_is_used_is_of_the_run_and_warns() -> None:
    finding = weighed("literal", message="no such module; every invocation fails with Runtime.ImportModuleError")
    assert finding.phase is Phase.RUN
    assert finding.severity is Severity.WARNING


def test_a_rule_that_is_wrong_on_what_deployed_says_nothing() -> None:
    stack = world_of(TABLE.replace("NAME", "literal")).stack("app")
    wrong = [violation(rule, "refused") for rule in read_record()["left_out"]]
    assert list(find_preflight(stack, wrong, ())) == []


def test_a_rule_that_is_wrong_in_one_saying_says_the_others() -> None:
    stack = world_of(TABLE.replace("NAME", "literal")).stack("app")
    rule = "pf-ecs-container-memory-reservation"
    assert not list(find_preflight(stack, [violation(rule, "sets MemoryReservation 5 above Memory 0; fails")], ()))
    assert list(find_preflight(stack, [violation(rule, "sets MemoryReservation 5 above Memory 4; fails")], ()))


def test_our_finding_wins_over_theirs_where_it_quotes_the_same_text_of_aws() -> None:
    findings = judge(
        """
        Resources:
          Groups: {Type: AWS::ElastiCache::SubnetGroup, Properties: {Description: d, SubnetIds: [subnet-1, subnet-2]}}
          Cache:
            Type: AWS::ElastiCache::ReplicationGroup
            Properties:
              ReplicationGroupDescription: sessions
              Engine: redis
              CacheNodeType: cache.t4g.small
              CacheSubnetGroupName: !Ref Groups
              AutomaticFailoverEnabled: false
              NumCacheClusters: 1
              TransitEncryptionEnabled: false
              AuthToken: a-long-enough-token-of-letters
        """
    )
    said = [finding.check for finding in findings if "AUTH token" in finding.message]
    assert said == ["cache-contradiction"]


def test_only_the_branch_that_is_taken_is_judged() -> None:
    findings = judge(
        """
        Parameters: {Name: {Type: String, Default: ""}}
        Conditions: {Named: !Not [!Equals [!Ref Name, ""]]}
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              TableName: !If [Named, !Ref Name, !Ref AWS::NoValue]
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
              KeySchema: [{AttributeName: id, KeyType: HASH}]
        """
    )
    assert theirs(findings) == []


def test_the_record_names_rules_and_checks_that_exist() -> None:
    archive = find_archive()
    assert archive is not None
    record = read_record()
    named = {
        rule for part in ("left_out", "left_out_where", "weakened", "known", "ours", "clean") for rule in record[part]
    }
    assert named <= {rule.id for rule in load_rules(archive, all_types(archive)).rules}
    assert {check for checks in record["ours"].values() for check in checks} <= {check.id for check in every_check()}
    assert not set(record["clean"]) & (set(record["left_out"]) | set(record["weakened"]))
