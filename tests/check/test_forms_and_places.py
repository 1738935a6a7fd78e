"""Names that fit no pattern, prefixes that a policy leaves out, policies for another collection, subnets that parameters give."""

from __future__ import annotations

import json

import pytest
from judging import found

from stackflight.facts.load import read_table
from stackflight.model.finding import Severity

FORMS = read_table("name_forms")["types"]
HEAD = "Parameters: {Given: {Type: String}}"


def test_a_name_that_fits_no_pattern_is_refused_for_every_type_and_an_open_one_is_not() -> None:
    wrong = {
        f"R{number}": {"Type": kind, "Properties": {row["property"]: "~ any; :*@{}\\t~"}}
        for number, (kind, row) in enumerate(FORMS.items())
    }
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Ref": "Given"}}}
    struck = found(json.dumps(wrong | {"Open": role}), "name-form", HEAD)

    assert {item.resources for item in struck} == {(id,) for id in wrong}
    assert all(item.severity is Severity.BLOCKING and "failed to satisfy" in item.says for item in struck)


@pytest.mark.parametrize(
    ("name", "struck"), [("${Given} worker", True), ("${Given}@a+b=c,d.e", False), ("${Given}-é", False)]
)
def test_a_sign_that_no_name_has_is_refused_whatever_stands_beside_it(name: str, struck: bool) -> None:
    role = {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Fn::Sub": name}}}}

    assert bool(found(json.dumps(role), "name-form", HEAD)) is struck


MAIL = """
Letters: {Type: AWS::S3::Bucket}
Door:
  Type: AWS::S3::BucketPolicy
  Properties:
    Bucket: !Ref Letters
    PolicyDocument:
      Statement: [{Effect: Allow, Principal: {Service: ses.amazonaws.com}, Action: 's3:PutObject', Resource: !Sub '${Letters.Arn}/PLACE'}]
Keep:
  Type: AWS::SES::ReceiptRule
  DependsOn: Door
  Properties: {RuleSetName: a, Rule: {Enabled: true, Actions: [{S3Action: {BucketName: !Ref Letters, ObjectKeyPrefix: PREFIX}}]}}
"""


@pytest.mark.parametrize(
    ("place", "prefix", "struck"),
    [
        ("post/*", "mail/", True),
        ("mail/*", "mail/", False),
        ("*", "mail/", False),
        ("mail/2026/*", "mail/", False),
        ("post/*", "!Ref Given", False),
    ],
)
def test_mail_is_kept_where_the_policy_of_the_bucket_lets_it_be(place: str, prefix: str, struck: bool) -> None:
    given = MAIL.replace("PLACE", place).replace("PREFIX", prefix)
    findings = found(given, "mail-bucket-closed", HEAD)

    assert [item.severity for item in findings] == ([Severity.BLOCKING] if struck else [])


SEARCH = """
Door:
  Type: AWS::OpenSearchServerless::SecurityPolicy
  Properties: {Name: a, Type: KIND, Policy: '{"Rules": [{"ResourceType": "collection", "Resource": ["collection/PATTERN"]}], "AWSOwnedKey": true}'}
Words: {Type: AWS::OpenSearchServerless::Collection, DependsOn: Door, Properties: {Name: words-dev}}
"""


@pytest.mark.parametrize(
    ("kind", "pattern", "struck"),
    [
        ("encryption", "dev-*", True),
        ("network", "words-*", True),
        ("encryption", "words-*", False),
        ("encryption", "*", False),
    ],
)
def test_a_collection_needs_an_encryption_policy_that_matches_its_name(kind: str, pattern: str, struck: bool) -> None:
    findings = found(
        SEARCH.replace("KIND", kind).replace("PATTERN", pattern), "search-collection-without-encryption-policy"
    )

    assert [item.resources for item in findings] == ([("Words",)] if struck else [])


@pytest.mark.parametrize(("second", "struck"), [("Two", True), ("Several", False)])
def test_a_parameter_of_one_subnet_counts_as_one(second: str, struck: bool) -> None:
    head = "Parameters: {One: {Type: 'AWS::EC2::Subnet::Id'}, Two: {Type: String}, Several: {Type: 'List<AWS::EC2::Subnet::Id>'}}"
    domain = f"Words: {{Type: AWS::OpenSearchService::Domain, Properties: {{VPCOptions: {{SubnetIds: [!Ref One, !Ref {second}]}}}}}}"

    assert bool(found(domain, "search-subnet-count", head)) is struck
