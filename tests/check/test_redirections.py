"""A database called by a name of an own zone that redirects to AWS's name, before the rules of the DNS Firewall."""

from __future__ import annotations

import pytest
from towns import Town, att, ref, town, with_database, with_function

from stackflight.model.finding import Verdict

TRUST = {"FirewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN"}
CODE = "import os, psycopg2\ndef handler(event, context):\n    return psycopg2.connect(host=os.environ['DB_HOST'])\n"


def _calling(*rules: tuple[str, list[str], dict[str, str]]) -> Town:
    built = with_database(with_function(town())).remove("Init")
    built.set("Function", Code={"ZipFile": CODE}, Environment={"Variables": {"DB_HOST": "db.acme.internal"}})
    built.add("Zone", "AWS::Route53::HostedZone", Name="acme.internal", VPCs=[{"VPCId": ref("Vpc"), "VPCRegion": ref("AWS::Region")}])  # fmt: skip
    built.add("Name", "AWS::Route53::RecordSet", HostedZoneId=ref("Zone"), Name="db.acme.internal.", Type="CNAME", TTL="60", ResourceRecords=[att("Database", "Endpoint.Address")])  # fmt: skip
    made = []
    for index, (action, domains, more) in enumerate(rules):
        built.add(f"List{index}", "AWS::Route53Resolver::FirewallDomainList", Domains=domains)
        made.append({"FirewallDomainListId": ref(f"List{index}"), "Action": action, "Priority": index + 1} | more)
    if made:
        built.add("Wall", "AWS::Route53Resolver::FirewallRuleGroup", FirewallRules=made)
        built.add("WallLink", "AWS::Route53Resolver::FirewallRuleGroupAssociation", VpcId=ref("Vpc"), FirewallRuleGroupId=ref("Wall"), Priority=101)  # fmt: skip
    return built


OWN, ALL = ["*.acme.internal"], ["*"]


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([], Verdict.YES),
        ([("ALLOW", OWN, {}), ("BLOCK", ALL, {})], Verdict.NO),
        ([("ALLOW", OWN, TRUST), ("BLOCK", ALL, {})], Verdict.YES),
        ([("ALLOW", OWN, TRUST), ("BLOCK", ["*.rds.amazonaws.com"], {})], Verdict.YES),
        ([("ALLOW", [*OWN, "*.rds.amazonaws.com"], {}), ("BLOCK", ALL, {})], Verdict.YES),
        ([("ALLOW", [*OWN, "*.eu-west-1.rds.amazonaws.com"], {}), ("BLOCK", ALL, {})], Verdict.UNKNOWN),
        ([("ALLOW", [*OWN, "a.b.eu-west-1.rds.amazonaws.com"], {}), ("BLOCK", ALL, {})], Verdict.UNKNOWN),
        ([("BLOCK", OWN, {})], Verdict.NO),
        ([("BLOCK", ["*.amazonaws.com"], {})], Verdict.NO),
        ([("BLOCK", ["*.example.com"], {})], Verdict.YES),
    ],
)
def test_each_name_of_a_chain_has_to_be_let_through(
    rules: list[tuple[str, list[str], dict[str, str]]], verdict: Verdict
) -> None:
    reaches = _calling(*rules).judge().case.reaches
    found = {item.verdict for item in reaches if item.need.purpose == "use the database Database"}
    assert found == {verdict}
