"""A change set -> what CloudFormation's own validation finds before anything is made: names in use, buckets in use.

Source: CloudFormation User Guide, Validate stack deployments; texts as aws-cloudformation/rain pull request 744 and
aws/aws-cdk-cli issue 1000 quote them. Property syntax, quotas, recorders and ECR repositories are not validated here.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.change import Action
from stackflight.model.ending import is_retained
from stackflight.model.plan import ChangeSet
from stackflight.records import dataclass
from stackflight.rehearse.leftovers import custom_name
from stackflight.serve.realm import Realm, Record

SUMMARY = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early "
    "Validation errors, use the DescribeEvents API for detailed failure information."
)


@dataclass(frozen=True)
class Problem:
    """One finding. `mode` is FAIL, which makes the change set fail, or WARN; `path` leads to it in the template."""

    resource: str
    type: str
    validation: str
    reason: str
    mode: str
    path: str


def find_problems(realm: Realm, record: Record, computed: ChangeSet) -> tuple[Problem, ...]:
    """What is wrong with carrying a change set out."""
    return (*_names(realm, record, computed), *_buckets(realm, record, computed))


def _names(realm: Realm, record: Record, computed: ChangeSet) -> Iterator[Problem]:
    for change in computed.changes:
        resource = computed.world.stack(record.live.name).resources.get(change.resource) if computed.world else None
        if resource is None or change.action is not Action.ADD or change.resource in computed.imports:
            continue
        if realm.is_taken(resource):
            reason = f"Resource of type '{change.type}' with identifier '{custom_name(resource)}' already exists."
            path = f"/Resources/{change.resource}/Properties"
            yield Problem(change.resource, change.type, "NAME_CONFLICT_VALIDATION", reason, "FAIL", path)


def _buckets(realm: Realm, record: Record, computed: ChangeSet) -> Iterator[Problem]:
    for change in computed.changes:
        item = record.live.items.get(change.resource)
        if change.action is not Action.REMOVE or change.type != "AWS::S3::Bucket" or item is None:
            continue
        if not is_retained(item.resource) and realm.neighbours.holds_objects(item.physical_id):
            reason = (
                f"The bucket '{item.physical_id}' is not empty. You must either delete all objects and versions or use "
                "the deletion policy to retain it, otherwise the delete operation will fail."
            )
            path = f"/Resources/{change.resource}"
            yield Problem(change.resource, change.type, "BUCKET_EMPTINESS_VALIDATION", reason, "WARN", path)
