"""Roles -> whether they allow an action, on anything or on one resource; "cannot tell" where a policy is not known."""

from __future__ import annotations

from stackflight.check.case import Case
from stackflight.check.outcome import handed_out, mentions, named
from stackflight.check.readers.arns import may_cover
from stackflight.check.readers.statements import statements
from stackflight.facts.load import read_table
from stackflight.model.identity import Role, Statement, fits
from stackflight.model.request import Request
from stackflight.model.requests import may_speak_of
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_text, references_in, render

_KEEPERS = {
    "AWS::DynamoDB::ResourcePolicy", "AWS::Events::EventBusPolicy", "AWS::Kinesis::ResourcePolicy", "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy", "AWS::SecretsManager::ResourcePolicy", "AWS::SNS::TopicInlinePolicy", "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueueInlinePolicy", "AWS::SQS::QueuePolicy",
}  # fmt: skip
# Service -> the type of policies that may let a caller in without its role.
_OTHER_DOORS = {
    "s3": "AWS::S3::BucketPolicy", "sqs": "AWS::SQS::QueuePolicy", "sns": "AWS::SNS::TopicPolicy", "kms": "AWS::KMS::Key",
    "secretsmanager": "AWS::SecretsManager::ResourcePolicy", "lambda": "AWS::Lambda::Permission", "ecr": "AWS::ECR::Repository",
    "dynamodb": "AWS::DynamoDB::ResourcePolicy", "sts": "AWS::IAM::Role", "events": "AWS::Events::EventBusPolicy",
}  # fmt: skip
_DOCUMENTS = ("PolicyDocument", "ResourcePolicy", "Statement")


class Grants:
    """The roles of a world, read once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.roles = case.roles

    def role(self, value: Value) -> Role | None:
        """The role that a property names, where it is part of the world."""
        found = named(self.case, value, "AWS::IAM::Role")
        return self.roles.get(found.address) if found is not None else None

    def lacks(self, role: Role | None, action: str, on: Request | Value = None) -> bool:
        """Whether it is proved that a role does not allow an action: on anything, on an ARN, or as one request asks for it."""
        if role is None or not role.complete or not _readable(self.case.resources[role.address]):
            return False
        if any(on is None or self._may_speak_of(statement, on) for statement in role.granting(action)):
            return False
        if on is not None and not isinstance(on, Request) and self._lets_in(role, on):
            return False
        for name in role.managed:
            allowed = read_table("managed_policies")["policies"].get(name)
            if allowed is None or any(fits(action, pattern) for pattern in allowed):
                return False
        return not handed_out(self.case, role.address) and not self._hidden(role.address)

    def denies(self, role: Role | None, action: str, on: Request | None = None) -> bool:
        """Whether it is proved that a call of a role is denied: its policies lack it, and no resource of the service has one."""
        door = _OTHER_DOORS.get(action.partition(":")[0])
        return self.lacks(role, action, on) and not (door and any(self.case.world.of_type(door)))

    def _may_speak_of(self, statement: Statement, on: Request | Value) -> bool:
        """Whether a statement may be about a request or an ARN; one with NotResource may be about any."""
        if isinstance(on, Request):
            return may_speak_of(statement, on)
        world = self.case.world
        return not statement.resources or any(may_cover(world, item, on) for item in statement.resources)

    def _lets_in(self, role: Role, on: Value) -> bool:
        """Whether a policy of the resource itself names accounts or roles, of which this one may be one."""
        users = [user for owner in references_in(on) for user in self.case.users.get(owner.address, ())]
        kept = [user for user in users if user.type in _KEEPERS]
        return any(mentions(user.properties, role.address) or _names_accounts(user) for user in kept)

    def _hidden(self, role: Address) -> bool:
        """Whether a policy that may be attached to the role is not readable."""
        for policy in self.case.world.of_type("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"):
            attached = [*as_list(policy.get("Roles")), policy.get("RoleName")]
            unsure = any(isinstance(item, Unknown) for item in attached)
            mine = any(
                found is not None and found.address == role for found in (named(self.case, item) for item in attached)
            )
            if unsure or (mine and not _document_known(policy.get("PolicyDocument"))):
                return True
        return False


def _readable(role: Resource) -> bool:
    policies = role.get("Policies")
    if isinstance(policies, Unknown) or isinstance(role.get("ManagedPolicyArns"), Unknown):
        return False
    return all(_document_known(as_dict(item).get("PolicyDocument")) for item in as_list(policies))


def _names_accounts(policy: Resource) -> bool:
    """Whether a resource's policy, or the permission of a function, lets in anybody but services."""
    if policy.type == "AWS::Lambda::Permission":
        return not (known_text(policy.get("Principal")) or "").endswith(".amazonaws.com")
    documents = [policy.get(key) for key in _DOCUMENTS if policy.get(key) is not None]
    principals = [given.get("Principal") for item in documents for _, given in statements(item)]
    return not documents or any(not isinstance(one, dict) or set(one) != {"Service"} for one in principals)


def _document_known(document: Value) -> bool:
    """Whether every action of a policy document is known."""
    if not isinstance(document, dict) or isinstance(document.get("Statement"), Unknown):
        return False
    for item in as_list(document.get("Statement")):
        if not isinstance(item, dict):
            return False
        actions = [*as_list(item.get("Action")), *as_list(item.get("NotAction"))]
        if any(known_text(action) is None for action in actions):
            return False
    return True


def trusted_services(role: Resource) -> set[str] | None:
    """The service principals that may assume a role, on whatever condition; None where one is not known or everybody may."""
    document = role.get("AssumeRolePolicyDocument")
    found: set[str] = set()
    if not isinstance(document, dict) or isinstance(document.get("Statement"), Unknown):
        return None
    for item in as_list(document.get("Statement")):
        principal = item.get("Principal") if isinstance(item, dict) else None
        if not isinstance(principal, dict):
            return None
        for service in as_list(principal.get("Service")):
            text = render(service)
            if isinstance(service, Unknown) or text.startswith("${"):
                return None
            found.add(text)
    return found
