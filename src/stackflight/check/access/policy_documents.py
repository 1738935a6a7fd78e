"""Policies -> findings on statement ids, sizes, and documents with elements of another kind.

Sources: IAM User Guide (Sid, quotas, managed policies); Amazon ECR User Guide (repository policies); Amazon Cognito
Developer Guide (role trust).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, doubtful, refused
from stackflight.check.readers.statements import identity_documents, statements
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.identity import RESOURCE_DOCUMENTS
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, known_text, render, unknowns_in

_PERHAPS_UNIQUE = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
"""Keepers that may ask for unique Sids. Source: IAM User Guide, Sid, which names these two; ECR takes a Sid twice
(getmoto/moto#8933, tried on AWS), and nothing says that S3 or KMS would not."""


def find_statement_ids(case: Case) -> Iterator[Finding]:
    """Sids that stand twice in a document, or hold characters that IAM does not take."""
    documents: list[tuple[Resource, Value, At, bool]] = [
        (owner, document, at, True) for owner, document, at in identity_documents(case)
    ]
    for kind in _PERHAPS_UNIQUE:
        key = RESOURCE_DOCUMENTS[kind]
        documents += [(item, item.get(key), (key,), False) for item in case.world.of_type(kind)]
    for owner, document, at, strict in documents:
        seen: set[str] = set()
        for index, statement in statements(document):
            name = known_text(statement.get("Sid"))
            if not name:
                continue
            where = (*at, "Statement", index, "Sid")
            if name in seen and not strict:
                yield doubtful(
                    case, POLICY_ELEMENT, [owner.address],
                    f"{owner.address} may be refused: the statement id {name} stands twice in its policy",
                    "give every statement an id of its own, or none", where,
                )  # fmt: skip
            elif name in seen:
                yield _document(
                    case, owner, f"Statement IDs (SID) in a single policy must be unique; {name} stands twice",
                    "give every statement an id of its own, or none", where,
                )  # fmt: skip
            elif strict and not name.isalnum():
                yield _document(
                    case,
                    owner,
                    f"Statement IDs (SID) must be alpha-numeric; {name} is not",
                    "use letters and digits",
                    where,
                )
            seen.add(name)


def find_wrong_elements(case: Case) -> Iterator[Finding]:
    """Repository policies with resources, resource policies without principal, Cognito trust without condition."""
    for repository in case.world.of_type("AWS::ECR::Repository"):
        for index, statement in statements(repository.get("RepositoryPolicyText")):
            if statement.get("Resource") is not None:
                yield _document(
                    case, repository, "Invalid repository policy provided: a repository policy has no Resource element",
                    "remove Resource", ("RepositoryPolicyText", "Statement", index),
                )  # fmt: skip
    for kind, key in RESOURCE_DOCUMENTS.items():
        for owner in case.world.of_type(kind):
            for index, statement in statements(owner.get(key)):
                if (
                    kind != "AWS::SecretsManager::ResourcePolicy"  # what it answers is not on record
                    and statement.get("Principal") is None
                    and statement.get("NotPrincipal") is None
                    and not unknowns_in(statement)
                ):
                    yield _document(
                        case, owner, "Missing required field Principal: a resource policy says whom it lets in",
                        "add Principal", (key, "Statement", index),
                    )  # fmt: skip
    for role in case.world.of_type("AWS::IAM::Role"):
        for index, statement in statements(role.get("AssumeRolePolicyDocument")):
            federated = render(as_dict(statement.get("Principal")).get("Federated"))
            lets_in = known_text(statement.get("Effect")) == "Allow"  # a Deny may do without
            if lets_in and federated == "cognito-identity.amazonaws.com" and statement.get("Condition") is None:
                yield _document(
                    case, role, "A condition block must be present for the Cognito provider",
                    "add a condition on cognito-identity.amazonaws.com:aud", ("AssumeRolePolicyDocument", "Statement", index),
                )  # fmt: skip


def _document(case: Case, owner: Resource, text: str, remedy: str, at: At) -> Finding:
    return refused(case, POLICY_ELEMENT, [owner.address], f"{owner.address} is refused: {text}", remedy, at, says=text)


def find_flow_logs(case: Case) -> Iterator[Finding]:
    """Flow logs to CloudWatch Logs without the role that writes them."""
    for log in case.world.of_type("AWS::EC2::FlowLog"):
        to_logs = known_text(log.get("LogDestinationType")) in {None, "cloud-watch-logs"}
        if (
            to_logs
            and not isinstance(log.get("LogDestinationType"), Unknown)
            and log.get("DeliverLogsPermissionArn") is None
        ):
            if log.get("LogGroupName") is not None or ":log-group:" in render(log.get("LogDestination")):
                yield refused(
                    case, POLICY_ELEMENT, [log.address],
                    f"{log.address} is refused",
                    f"add DeliverLogsPermissionArn with a role that {listed(['vpc-flow-logs.amazonaws.com'])} may assume",
                    says=aws_says("policy-element"),
                )  # fmt: skip


def _search_policies(case: Case) -> Iterator[Finding]:
    for domain in case.world.of_type("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"):
        for index, statement in statements(domain.get("AccessPolicies")):
            conditions = as_dict(statement.get("Condition"))
            by_address = any("aws:SourceIp" in as_dict(conditions.get(name)) for name in ("IpAddress", "NotIpAddress"))
            if (
                by_address
                and domain.get("VPCOptions") is not None
                and not isinstance(domain.get("VPCOptions"), Unknown)
            ):
                yield _document(
                    case, domain, "You can't attach an IP-based access policy to a domain that has a VPC endpoint",
                    "control access by security groups, and name principals in the policy", ("AccessPolicies", "Statement", index),
                )  # fmt: skip


POLICY_ELEMENT = Check(
    "policy-element",
    found_when="a policy document has an element or a statement id that its keeper refuses",
    explains="In identity policies Sids are unique and alphanumeric, queues and topics may ask that they are unique; repository policies have no Resource; resource policies name a "
    "Principal.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
    ),
)


@finds(POLICY_ELEMENT)
def find_document_defects(case: Case) -> Iterator[Finding]:
    """All defects of documents that are not about actions or resources."""
    for find in (find_statement_ids, find_wrong_elements, find_flow_logs, _search_policies):
        yield from find(case)
