"""What boto3 sees of change sets."""

from __future__ import annotations

import json

import pytest
from served_account import Account, refusal
from served_templates import BUCKET, QUEUE, SLOWER, TOPIC, text

pytestmark = pytest.mark.xdist_group("serve")


def test_a_change_set_for_a_new_stack_opens_a_shell_and_is_executed(account: Account) -> None:
    cloud = account.cloudformation
    made = cloud.create_change_set(
        StackName="app", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=text({"Queue": QUEUE})
    )
    assert account.settle("app") == "REVIEW_IN_PROGRESS"
    found = account.settle_change_set("app", "first")
    assert (found["Status"], found["ExecutionStatus"], found["ChangeSetId"]) == (
        "CREATE_COMPLETE",
        "AVAILABLE",
        made["Id"],
    )
    [change] = found["Changes"]
    assert change["ResourceChange"]["Action"] == "Add"
    assert json.loads(change["ResourceChange"]["AfterContext"]) == {"Properties": {"VisibilityTimeout": 30}}
    cloud.execute_change_set(StackName="app", ChangeSetName="first", ClientRequestToken="go")
    assert account.settle("app") == "CREATE_COMPLETE"
    assert cloud.list_change_sets(StackName="app")["Summaries"] == []
    events = cloud.describe_stack_events(StackName="app")["StackEvents"]
    assert events[-1]["ResourceStatus"] == "REVIEW_IN_PROGRESS"
    assert events[0]["ClientRequestToken"] == "go"


def test_a_change_set_says_what_is_replaced_and_why_before_and_after(account: Account) -> None:
    cloud = account.cloudformation
    fifo = {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}}
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE, "Old": TOPIC}))
    account.settle("app")
    cloud.create_change_set(StackName="app", ChangeSetName="next", TemplateBody=text({"Queue": fifo, "New": TOPIC}))
    changes = {
        one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"]
        for one in account.settle_change_set("app", "next")["Changes"]
    }
    assert {id: change["Action"] for id, change in changes.items()} == {
        "Queue": "Modify",
        "New": "Add",
        "Old": "Remove",
    }
    queue = changes["Queue"]
    assert (queue["Replacement"], queue["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert {one["Target"]["Name"] for one in queue["Details"]} == {"FifoQueue", "VisibilityTimeout"}
    assert json.loads(queue["BeforeContext"]) == {"Properties": {"VisibilityTimeout": 30}}
    assert json.loads(queue["AfterContext"]) == {"Properties": {"FifoQueue": True}}


def test_a_nested_stack_has_a_change_set_of_its_own_under_the_one_that_was_asked_for(account: Account) -> None:
    cloud, s3 = account.cloudformation, account.client("s3")
    s3.create_bucket(Bucket="templates")

    def root(key: str, queue: object) -> str:
        s3.put_object(Bucket="templates", Key=key, Body=text({"Queue": queue}).encode())
        url = f"https://templates.s3.us-east-1.amazonaws.com/{key}"
        return text({"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}})

    cloud.create_stack(StackName="app", TemplateBody=root("one.json", QUEUE))
    account.settle("app")
    made = cloud.create_change_set(
        StackName="app", ChangeSetName="next", TemplateBody=root("two.json", SLOWER), IncludeNestedStacks=True
    )
    [change] = account.settle_change_set("app", "next")["Changes"]
    child = cloud.describe_change_set(ChangeSetName=change["ResourceChange"]["ChangeSetId"])
    assert (child["ParentChangeSetId"], child["RootChangeSetId"]) == (made["Id"], made["Id"])
    assert child["StackName"].startswith("app-Child-")
    assert [one["ResourceChange"]["LogicalResourceId"] for one in child["Changes"]] == ["Queue"]
    for call in (cloud.execute_change_set, cloud.delete_change_set):
        assert "Operations on nested change sets" in refusal(call, ChangeSetName=child["ChangeSetId"])[1]
    cloud.execute_change_set(StackName="app", ChangeSetName="next")
    assert account.settle("app") == "UPDATE_COMPLETE"
    assert cloud.list_change_sets(StackName=child["StackId"])["Summaries"] == []


def test_a_nested_stack_that_is_new_is_in_review_under_its_own_change_set_until_that_is_carried_out_or_deleted(
    account: Account,
) -> None:
    cloud, s3 = account.cloudformation, account.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="one.json", Body=text({"Queue": QUEUE}).encode())
    url = "https://templates.s3.us-east-1.amazonaws.com/one.json"
    root = text({"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}})
    asked = {"StackName": "app", "TemplateBody": root, "ChangeSetType": "CREATE", "IncludeNestedStacks": True}
    cloud.create_change_set(ChangeSetName="first", **asked)
    [change] = account.settle_change_set("app", "first")["Changes"]
    child = cloud.describe_change_set(ChangeSetName=change["ResourceChange"]["ChangeSetId"])
    assert [one["ResourceChange"]["Action"] for one in child["Changes"]] == ["Add"]
    [shell] = cloud.describe_stacks(StackName=child["StackId"])["Stacks"]
    assert shell["StackStatus"] == "REVIEW_IN_PROGRESS"
    cloud.delete_change_set(StackName="app", ChangeSetName="first")
    assert [one["StackName"] for one in cloud.describe_stacks()["Stacks"]] == ["app"]
    cloud.create_change_set(ChangeSetName="second", **asked)
    account.settle_change_set("app", "second")
    cloud.execute_change_set(StackName="app", ChangeSetName="second")
    assert account.settle("app") == "CREATE_COMPLETE"
    assert [one["StackStatus"] for one in cloud.describe_stacks()["Stacks"]] == ["CREATE_COMPLETE"] * 2


def test_a_change_set_without_changes_fails_and_says_so(account: Account) -> None:
    cloud = account.cloudformation
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))
    account.settle("app")
    cloud.create_change_set(StackName="app", ChangeSetName="none", TemplateBody=text({"Queue": QUEUE}))
    found = account.settle_change_set("app", "none")
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"].startswith("The submitted information didn't contain changes.")
    assert refusal(cloud.execute_change_set, StackName="app", ChangeSetName="none")[0] == "InvalidChangeSetStatus"
    cloud.delete_change_set(StackName="app", ChangeSetName="none")
    assert refusal(cloud.describe_change_set, StackName="app", ChangeSetName="none") == (
        "ChangeSetNotFound",
        "ChangeSet [none] does not exist",
    )


def test_change_sets_of_the_wrong_type_or_name_are_refused(account: Account) -> None:
    cloud = account.cloudformation
    body = text({"Queue": QUEUE})
    call = {"StackName": "app", "ChangeSetName": "one", "TemplateBody": body}
    assert refusal(cloud.create_change_set, **call)[1] == "Stack [app] does not exist"
    cloud.create_stack(StackName="app", TemplateBody=body)
    account.settle("app")
    assert refusal(cloud.create_change_set, **call, ChangeSetType="CREATE")[1] == (
        "Stack [app] already exists and cannot be created again with the changeSet [one]."
    )
    changed = {**call, "TemplateBody": text({"Queue": SLOWER})}
    cloud.create_change_set(**changed)
    assert refusal(cloud.create_change_set, **changed)[0] == "AlreadyExistsException"


def test_validation_names_what_exists_already_and_the_change_set_fails(account: Account) -> None:
    cloud = account.cloudformation
    named = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine"}}
    cloud.create_stack(StackName="one", TemplateBody=text({"Queue": named}))
    account.settle("one")
    call = {"StackName": "two", "ChangeSetName": "first", "ChangeSetType": "CREATE"}
    cloud.create_change_set(**call, TemplateBody=text({"Other": named}))
    found = account.settle_change_set("two", "first")
    assert found["Status"] == "FAILED"
    assert "AWS::EarlyValidation::ResourceExistenceCheck" in found["StatusReason"]
    [event] = cloud.describe_events(ChangeSetName=found["ChangeSetId"], Filters={"FailedEvents": True})[
        "OperationEvents"
    ]
    assert (event["EventType"], event["ValidationName"], event["LogicalResourceId"]) == (
        "VALIDATION_ERROR",
        "NAME_CONFLICT_VALIDATION",
        "Other",
    )
    assert (
        event["ValidationStatusReason"] == "Resource of type 'AWS::SQS::Queue' with identifier 'mine' already exists."
    )


def test_validation_warns_of_a_bucket_that_is_to_go_and_holds_something(account: Account) -> None:
    cloud, s3 = account.cloudformation, account.client("s3")
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE, "Bucket": BUCKET}))
    account.settle("app")
    s3.put_object(Bucket=s3.list_buckets()["Buckets"][0]["Name"], Key="file", Body=b"data")
    cloud.create_change_set(StackName="app", ChangeSetName="next", TemplateBody=text({"Queue": QUEUE}))
    assert account.settle_change_set("app", "next")["Status"] == "CREATE_COMPLETE"
    [event] = cloud.describe_events(StackName="app", ChangeSetName="next")["OperationEvents"]
    assert (event["ValidationName"], event["ValidationFailureMode"]) == ("BUCKET_EMPTINESS_VALIDATION", "WARN")


def test_without_a_change_set_a_name_in_use_fails_the_creation(account: Account) -> None:
    cloud = account.cloudformation
    named = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine"}, "DeletionPolicy": "Retain"}
    first = cloud.create_stack(StackName="one", TemplateBody=text({"Queue": named}))["StackId"]
    account.settle("one")
    cloud.delete_stack(StackName="one")
    account.settle(first)
    cloud.create_stack(StackName="one", TemplateBody=text({"Queue": named}))
    assert account.settle("one") == "ROLLBACK_COMPLETE"
    reasons = [
        one.get("ResourceStatusReason", "") for one in cloud.describe_stack_events(StackName="one")["StackEvents"]
    ]
    assert any("already exists." in reason and "AlreadyExists" in reason for reason in reasons)


def bucket_to_import(name: str, id: str = "Files") -> dict[str, object]:
    resource = {"ResourceType": "AWS::S3::Bucket", "LogicalResourceId": id, "ResourceIdentifier": {"BucketName": name}}
    return {"ChangeSetName": "import", "ChangeSetType": "IMPORT", "ResourcesToImport": [resource]}


def test_what_exists_is_imported_into_a_new_stack_and_what_a_stack_has_left_into_another(account: Account) -> None:
    cloud = account.cloudformation
    account.client("s3").create_bucket(Bucket="files")
    kept = {**BUCKET, "DeletionPolicy": "Retain", "Properties": {"BucketName": "files"}}
    made = cloud.create_change_set(StackName="one", TemplateBody=text({"Files": kept}), **bucket_to_import("files"))
    [change] = account.settle_change_set("one", "import")["Changes"]
    assert (change["ResourceChange"]["Action"], change["ResourceChange"]["PhysicalResourceId"]) == ("Import", "files")
    for _ in range(2):  # the same request once more is the same one
        cloud.execute_change_set(ChangeSetName=made["Id"], ClientRequestToken="go")
    assert account.settle("one") == "IMPORT_COMPLETE"
    events = cloud.describe_stack_events(StackName="one")["StackEvents"][::-1]
    assert [(one["LogicalResourceId"], one["ResourceStatus"]) for one in events] == [
        ("one", "REVIEW_IN_PROGRESS"),
        ("one", "IMPORT_IN_PROGRESS"),
        *(("Files", f"IMPORT_{state}") for state in ("IN_PROGRESS", "COMPLETE")),
        *(("Files", f"UPDATE_{state}") for state in ("IN_PROGRESS", "COMPLETE")),
        ("one", "IMPORT_COMPLETE"),
    ]
    cloud.create_stack(StackName="two", TemplateBody=text({"Queue": QUEUE}))
    account.settle("two")
    both = text({"Queue": QUEUE, "Files": kept})
    code, said = refusal(cloud.create_change_set, StackName="two", TemplateBody=both, **bucket_to_import("files"))
    assert (code, said.endswith(f"already exists in stack {made['StackId']}")) == ("ValidationError", True)
    cloud.delete_stack(StackName="one")
    account.settle(made["StackId"])
    cloud.create_change_set(StackName="two", TemplateBody=both, **bucket_to_import("files"))
    assert account.settle_change_set("two", "import")["Status"] == "CREATE_COMPLETE"
    cloud.execute_change_set(StackName="two", ChangeSetName="import")
    assert account.settle("two") == "IMPORT_COMPLETE"
    versioned = {"BucketName": "files", "VersioningConfiguration": {"Status": "Enabled"}}
    ours = {"Queue": QUEUE, "Files": {**BUCKET, "Properties": versioned}}
    cloud.update_stack(StackName="two", TemplateBody=text(ours))
    assert account.settle("two") == "UPDATE_COMPLETE"
    two = cloud.describe_stacks(StackName="two")["Stacks"][0]["StackId"]
    cloud.delete_stack(StackName="two")
    assert account.settle(two) == "DELETE_COMPLETE"
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_what_cannot_be_imported_is_refused_and_leaves_nothing(account: Account) -> None:
    cloud = account.cloudformation
    account.client("s3").create_bucket(Bucket="files")
    kept = {**BUCKET, "DeletionPolicy": "Retain", "Properties": {"BucketName": "files"}}
    wrong = [
        ({"Files": kept}, bucket_to_import("nothing"), "was not found."),
        ({"Files": kept}, {**bucket_to_import("files"), "ResourcesToImport": []}, "must be specified"),
        ({"Files": BUCKET}, bucket_to_import("files"), "must have DeletionPolicy attribute"),
        ({"Files": kept, "Queue": QUEUE}, bucket_to_import("files"), "['Queue'] is missing from ResourceToImport list"),
        ({"Files": kept}, bucket_to_import("files", "Other"), "the template does not have it"),
    ]
    for resources, call, said in wrong:
        assert said in refusal(cloud.create_change_set, StackName="app", TemplateBody=text(resources), **call)[1]
    assert cloud.list_stacks()["StackSummaries"] == []
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))
    account.settle("app")
    changed = text({"Queue": SLOWER, "Files": kept})
    _, said = refusal(cloud.create_change_set, StackName="app", TemplateBody=changed, **bucket_to_import("files"))
    assert said.startswith("You have modified resources ['Queue'] in your template that are not being imported.")
