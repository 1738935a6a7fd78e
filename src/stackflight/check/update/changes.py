"""Changes of a change set -> findings: stores that end, snapshots that stay behind, ids that change.

Sources: CloudFormation User Guide, update behaviours of stack resources; API Gateway Developer Guide, deployments;
CloudFormation User Guide, custom resources (physical resource ids).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, doubtful, mentions, refused
from stackflight.check.pair import Update, UpdateCase
from stackflight.model.change import Action, Replacement
from stackflight.model.finding import Consequence, Finding, Phase
from stackflight.model.identify import resource_named
from stackflight.model.value import Address, known_text, references_in
from stackflight.patterns import compile_later

if TYPE_CHECKING:
    from stackflight.model.template import Resource

_SNAPSHOTS = {
    "AWS::ApiGateway::Deployment": (
        "RestApiId", ("AWS::ApiGateway::Method", "AWS::ApiGateway::Resource", "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Model"),
    ),
    "AWS::ApiGatewayV2::Deployment": ("ApiId", ("AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration")),
}  # fmt: skip


DATA_LOST_BY_UPDATE = Check(
    "data-lost-by-update",
    found_when="an update deletes or replaces a store without keeping what it holds",
    explains="The change set replaces or removes it, and neither policy keeps it. Asked with --current.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where CloudFormation decides only then whether it replaces",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html",
    ),
)
DEPLOYMENT_STAYS_BEHIND = Check(
    "deployment-stays-behind",
    found_when="an API changes in an update and its deployment does not",
    explains="A deployment is a snapshot; CloudFormation makes a new one only where its own properties change. Asked with --current.",
    may=(WARNING,),
    weighed="the stack is updated and the change does not arrive",
    sources=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html",
    ),
)
PHYSICAL_ID_CHANGES = Check(
    "physical-id-changes",
    found_when="an update changes a custom resource whose code answers a new physical id each time",
    explains="CloudFormation takes another id for another resource and deletes the old one. Proved from inline code. Asked with --current.",
    may=(WARNING,),
    weighed="the update completes and what it made is taken away",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    ),
)


@finds(DATA_LOST_BY_UPDATE, DEPLOYMENT_STAYS_BEHIND, PHYSICAL_ID_CHANGES, asked=False)
def find_changes_that_hurt(given: UpdateCase) -> Iterator[Finding]:
    """Stores that end, snapshots that stay behind, ids that change."""
    for update in given.updates:
        yield from _stores(given.case, update)
        yield from _snapshots(given.case, update)
        yield from _new_ids(given.case, update)


def _stores(case: Case, update: Update) -> Iterator[Finding]:
    """Stores whose data ends with the update."""
    for id in update.lost:
        change = update.changes[id]
        address = Address(update.after.name, id)
        if change.action is Action.REMOVE:
            what, first = (
                "is removed from the template and deleted with what it holds",
                update.before.resources[id].address,
            )
        else:
            surely = change.replacement is Replacement.YES
            what = (
                f"is {'' if surely else 'perhaps '}replaced by an empty one (a change of {listed(change.properties)})"
            )
            first = address
        speak = doubtful if change.replacement is Replacement.CONDITIONAL else refused
        yield speak(
            case, DATA_LOST_BY_UPDATE, [first], f"{id} {what}",
            f"keep {id}: DeletionPolicy and UpdateReplacePolicy Retain or Snapshot, or take the change back", phase=Phase.UPDATE,
            consequence=Consequence.NONE,
        )  # fmt: skip


def _snapshots(case: Case, update: Update) -> Iterator[Finding]:
    """Deployments of an API that stay the same while what they are a snapshot of changes."""
    for old, new in update.kept(*_SNAPSHOTS):
        if update.changes.get(new.address.id) is not None or old.properties != new.properties:
            continue
        parent, members = _SNAPSHOTS[new.type]
        api = resource_named(case.world, new.get(parent))
        if api is None:
            continue
        changed = [
            id
            for id, change in update.changes.items()
            if change.type in members
            and (item := update.after.resources.get(id) or update.before.resources.get(id)) is not None
            and mentions(item.get(parent), api.address)
        ]
        if changed:
            yield broken(
                case, DEPLOYMENT_STAYS_BEHIND, [new.address, *_users(case, new)],
                f"{listed(changed)} changed, and {new.address}, which is a snapshot of {api.address}, stays the same: the stage "
                "goes on serving what it was",
                "give the deployment a new logical id with each change (the CDK does), or deploy the stage afterwards by "
                "'aws apigateway create-deployment'",
                phase=Phase.UPDATE,
            )  # fmt: skip


def _users(case: Case, resource: Resource) -> list[Address]:
    return [user.address for user in case.users.get(resource.address, ()) if user.type.endswith("::Stage")]


_FRESH = compile_later(
    r"\b(uuid\.uuid[14]\(|secrets\.token_|randomUUID\(|time\.time\(|Date\.now\(|datetime\.(now|utcnow)\()"
)


def _new_ids(case: Case, update: Update) -> Iterator[Finding]:
    """Custom resources whose code answers a new physical id each time: CloudFormation then deletes the old one."""
    for _, new in update.kept():
        if not new.is_custom or new.address.id not in update.changes:
            continue
        for reference in references_in(new.get("ServiceToken")):
            function = case.resources.get(reference.address)
            code = known_text(function.get("Code", "ZipFile")) if function is not None else None
            if function is not None and code is not None and _answers_fresh_ids(code):
                yield broken(
                    case, PHYSICAL_ID_CHANGES, [new.address, function.address],
                    f"{function.address} answers a new physical id each time, so after this update CloudFormation sends it Delete "
                    f"for the old {new.address}, which takes away what was just made",
                    f"let {function.address} answer event['PhysicalResourceId'] where there is one", phase=Phase.UPDATE,
                )  # fmt: skip


def _answers_fresh_ids(code: str) -> bool:
    """Whether a reply is made with an id that is new for each call."""
    return any(
        _FRESH.search(line) and ("cfnresponse.send" in line or "PhysicalResourceId" in line)
        for line in code.splitlines()
    )
