"""What boto3 sees of stacks: made, changed, failed, deleted, described."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from served_account import Account, refusal
from served_templates import BUCKET, QUEUE, ROLE, SLOWER, TOPIC, text

pytestmark = pytest.mark.xdist_group("serve")


def test_a_stack_is_created_described_and_deleted(account: Account) -> None:
    cloud = account.cloudformation
    template = text(
        {"Queue": QUEUE},
        Description="one queue",
        Outputs={"Url": {"Value": {"Ref": "Queue"}}, "Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
    )
    made = cloud.create_stack(StackName="app", TemplateBody=template, Tags=[{"Key": "team", "Value": "a"}])
    assert account.settle("app") == "CREATE_COMPLETE"
    [stack] = cloud.describe_stacks(StackName=made["StackId"])["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Url"].startswith("https://sqs.us-east-1.amazonaws.com/123456789012/app-Queue-")
    assert outputs["Arn"].startswith("arn:aws:sqs:us-east-1:123456789012:app-Queue-")
    assert (stack["Description"], stack["Tags"]) == ("one queue", [{"Key": "team", "Value": "a"}])
    assert stack["LastOperations"] == [{"OperationType": "CREATE_STACK", "OperationId": made["OperationId"]}]
    cloud.delete_stack(StackName="app")
    cloud.get_waiter("stack_delete_complete").wait(StackName=made["StackId"], WaiterConfig={"Delay": 0})
    assert refusal(cloud.describe_stacks, StackName="app") == ("ValidationError", "Stack with id app does not exist")
    [gone] = cloud.describe_stacks(StackName=made["StackId"])["Stacks"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert gone["DeletionTime"] > gone["CreationTime"]


def test_drift_is_looked_for_and_nothing_has_drifted(account: Account) -> None:
    cloud = account.cloudformation
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))
    account.settle("app")
    assert cloud.describe_stacks(StackName="app")["Stacks"][0]["DriftInformation"]["StackDriftStatus"] == "NOT_CHECKED"
    assert cloud.describe_stack_resource_drifts(StackName="app")["StackResourceDrifts"] == []
    id = cloud.detect_stack_drift(StackName="app")["StackDriftDetectionId"]
    told = cloud.describe_stack_drift_detection_status(StackDriftDetectionId=id)
    assert (told["DetectionStatus"], told["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC")
    [one] = cloud.describe_stack_resource_drifts(StackName="app")["StackResourceDrifts"]
    assert (one["LogicalResourceId"], one["StackResourceDriftStatus"]) == ("Queue", "IN_SYNC")
    alone = cloud.detect_stack_resource_drift(StackName="app", LogicalResourceId="Queue")["StackResourceDrift"]
    assert alone["StackResourceDriftStatus"] == "IN_SYNC"
    assert cloud.describe_stacks(StackName="app")["Stacks"][0]["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"


def test_events_come_newest_first_with_ids_of_their_own_and_the_callers_token(account: Account) -> None:
    cloud = account.cloudformation
    made = cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}), ClientRequestToken="run-1")
    account.settle("app")
    events = cloud.describe_stack_events(StackName="app")["StackEvents"]
    assert [(one["LogicalResourceId"], one["ResourceStatus"]) for one in reversed(events)] == [
        ("app", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_COMPLETE"),
        ("app", "CREATE_COMPLETE"),
    ]
    assert len({one["EventId"] for one in events}) == len(events)
    assert {one["ClientRequestToken"] for one in events} == {"run-1"}
    assert {one["OperationId"] for one in events} == {made["OperationId"]}
    assert events[0]["PhysicalResourceId"] == made["StackId"]
    assert [one["Timestamp"] for one in events] == sorted((one["Timestamp"] for one in events), reverse=True)


def test_a_stack_made_anew_under_a_name_has_none_of_the_events_of_the_one_before(account: Account) -> None:
    cloud = account.cloudformation
    first = cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))["StackId"]
    account.settle("app")
    cloud.delete_stack(StackName="app")
    account.settle(first)
    second = cloud.create_stack(StackName="app", TemplateBody=text({"Topic": TOPIC}))["StackId"]
    account.settle("app")
    assert first != second
    assert {one["StackId"] for one in cloud.describe_stack_events(StackName="app")["StackEvents"]} == {second}
    old = cloud.describe_stack_events(StackName=first)["StackEvents"]
    assert old[0]["ResourceStatus"] == "DELETE_COMPLETE"
    assert [one["StackId"] for one in cloud.list_stacks()["StackSummaries"]] == [second, first]


def test_an_injected_failure_rolls_back_and_the_failure_belongs_to_the_create(
    open_account: Callable[..., Account],
) -> None:
    account = open_account("Topic=No capacity@5")
    cloud = account.cloudformation
    made = cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE, "Topic": TOPIC}))
    assert account.settle("app") == "ROLLBACK_COMPLETE"
    failed = cloud.describe_events(OperationId=made["OperationId"], Filters={"FailedEvents": True})["OperationEvents"]
    assert ("Topic", "No capacity") in [(one["LogicalResourceId"], one["ResourceStatusReason"]) for one in failed]
    [stack] = cloud.describe_stacks(StackName="app")["Stacks"]
    assert [one["OperationType"] for one in stack["LastOperations"]] == ["ROLLBACK", "CREATE_STACK"]
    assert "Outputs" not in stack or stack["Outputs"] == []


def test_what_is_refused_is_refused_in_cloudformations_words(account: Account) -> None:
    cloud = account.cloudformation
    body = text({"Queue": QUEUE})
    assert refusal(cloud.update_stack, StackName="app", TemplateBody=body) == (
        "ValidationError",
        "Stack [app] does not exist",
    )
    assert refusal(cloud.describe_stack_events, StackName="app")[1] == "Stack [app] does not exist"
    stack_id = cloud.create_stack(StackName="app", TemplateBody=body)["StackId"]
    assert refusal(cloud.create_stack, StackName="app", TemplateBody=body) == (
        "AlreadyExistsException",
        "Stack [app] already exists",
    )
    account.settle("app")
    assert refusal(cloud.update_stack, StackName="app", TemplateBody=body)[1] == "No updates are to be performed."
    assert refusal(cloud.create_stack, StackName="a_b", TemplateBody=body)[0] == "ValidationError"
    assert refusal(cloud.create_stack, StackName="b", TemplateBody=text({"Role": ROLE})) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_IAM]",
    )
    assert refusal(cloud.continue_update_rollback, StackName="app")[1] == (
        f"Stack:{stack_id} is in CREATE_COMPLETE state and can not be rolled back."
    )
    assert refusal(cloud.create_stack, StackName="b", TemplateBody="hello: [")[1].startswith("Template format error: ")


def test_a_macro_that_nobody_has_registered_is_refused_wherever_it_stands(account: Account) -> None:
    inline = {"Queue": {**QUEUE, "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://a/b"}}}}
    for body, name in (
        (text({"Queue": QUEUE}, Transform="Count"), "123456789012::Count"),
        (text(inline), "AWS::Include"),
    ):
        code, said = refusal(account.cloudformation.create_stack, StackName="app", TemplateBody=body)
        assert code == "ValidationError"
        assert said.startswith(f"No transform named {name} found.")


def test_a_call_that_is_not_played_says_so_by_name(account: Account) -> None:
    code, said = refusal(account.cloudformation.list_stack_sets)
    assert code == "NotImplemented"
    assert "ListStackSets" in said


def test_parameters_are_bound_kept_and_hidden(account: Account) -> None:
    cloud = account.cloudformation
    declared = {
        "Size": {"Type": "Number", "Default": 30},
        "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]},
        "Secret": {"Type": "String", "NoEcho": True},
    }
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "Size"}}}
    body = text({"Queue": queue}, Parameters=declared)
    given = {"Stage": "dev", "Secret": "hush"}

    def values(**given: str) -> list[dict[str, str]]:
        return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]

    call = {"StackName": "app", "TemplateBody": body}
    assert refusal(cloud.create_stack, **call)[1] == "Parameters: [Stage, Secret] must have values"
    assert refusal(cloud.create_stack, **call, Parameters=values(**given, Odd="1"))[1] == (
        "Parameters: [Odd] do not exist in the template"
    )
    assert refusal(cloud.create_stack, **call, Parameters=values(Stage="x", Secret="y"))[1] == (
        "Parameter 'Stage' must be one of [dev, prod]"
    )
    cloud.create_stack(**call, Parameters=values(**given))
    account.settle("app")
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in given]
    cloud.update_stack(StackName="app", UsePreviousTemplate=True, Parameters=[*kept, *values(Size="60")])
    assert account.settle("app") == "UPDATE_COMPLETE"
    [stack] = cloud.describe_stacks(StackName="app")["Stacks"]
    shown = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert shown == {"Size": "60", "Stage": "dev", "Secret": "****"}


def test_an_update_that_fails_goes_back_to_the_template_before(open_account: Callable[..., Account]) -> None:
    account = open_account("Queue:update=Invalid value@3")
    cloud = account.cloudformation
    before = text({"Queue": QUEUE})
    cloud.create_stack(StackName="app", TemplateBody=before)
    account.settle("app")
    cloud.update_stack(StackName="app", TemplateBody=text({"Queue": SLOWER}))
    assert account.settle("app") == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.get_template(StackName="app")["TemplateBody"]["Resources"]["Queue"] == QUEUE


def test_with_rollback_off_a_failure_stays_until_it_is_rolled_back(open_account: Callable[..., Account]) -> None:
    account = open_account("Topic=No capacity@5")
    cloud = account.cloudformation
    body = text({"Queue": QUEUE, "Topic": TOPIC})
    made = cloud.create_stack(StackName="app", TemplateBody=body, OnFailure="DO_NOTHING")["StackId"]
    assert account.settle("app") == "CREATE_FAILED"
    _, said = refusal(cloud.update_stack, StackName="app", TemplateBody=text({"Queue": QUEUE}), DisableRollback=True)
    assert "Please use disable-rollback option instead during stack creation" in said
    cloud.rollback_stack(StackName="app")
    assert account.settle(made) == "DELETE_COMPLETE"


SERVERLESS = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Hello": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Runtime": "python3.13", "Handler": "app.handler", "CodeUri": "s3://code/hello.zip"},
        }
    },
}


def test_a_template_of_sam_is_expanded_once_that_is_acknowledged_or_seen_in_a_change_set(account: Account) -> None:
    cloud = account.cloudformation
    body, named = json.dumps(SERVERLESS), {"Capabilities": ["CAPABILITY_IAM"]}
    code, said = refusal(cloud.create_stack, StackName="hello", TemplateBody=body, **named)
    assert (code, said) == ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    cloud.create_change_set(
        StackName="hello", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=body, **named
    )
    cloud.get_waiter("change_set_create_complete").wait(
        StackName="hello", ChangeSetName="first", WaiterConfig={"Delay": 0}
    )
    cloud.execute_change_set(StackName="hello", ChangeSetName="first")
    assert account.settle("hello") == "CREATE_COMPLETE"
    made = {one["LogicalResourceId"] for one in cloud.describe_stack_resources(StackName="hello")["StackResources"]}
    assert made == {"Hello", "HelloRole"}
    assert cloud.get_template(StackName="hello")["TemplateBody"] == SERVERLESS
    processed = cloud.get_template(StackName="hello", TemplateStage="Processed")["TemplateBody"]
    assert processed["Resources"]["Hello"]["Type"] == "AWS::Lambda::Function"
    assert cloud.get_template_summary(StackName="hello")["DeclaredTransforms"] == ["AWS::Serverless-2016-10-31"]
    _, said = refusal(cloud.update_stack, StackName="hello", TemplateBody=body.replace("Handler", "Handle"), **named)
    assert said.startswith("Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Spec")
    assert "property Handle not defined" in said


def test_a_token_used_again_gives_the_same_answer_or_is_refused(account: Account) -> None:
    cloud = account.cloudformation
    call = {"StackName": "app", "TemplateBody": text({"Queue": QUEUE}), "ClientRequestToken": "once"}
    first = cloud.create_stack(**call)
    assert cloud.create_stack(**call)["StackId"] == first["StackId"]
    account.settle("app")
    body = text({"Queue": SLOWER})
    code, _ = refusal(cloud.update_stack, StackName="app", TemplateBody=body, ClientRequestToken="once")
    assert code == "TokenAlreadyExistsException"


def test_termination_protection_is_set_shown_and_heeded(account: Account) -> None:
    cloud = account.cloudformation
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}), EnableTerminationProtection=True)
    account.settle("app")
    assert cloud.describe_stacks(StackName="app")["Stacks"][0]["EnableTerminationProtection"]
    assert refusal(cloud.delete_stack, StackName="app")[1] == (
        "Stack [app] cannot be deleted while TerminationProtection is enabled"
    )
    cloud.update_termination_protection(StackName="app", EnableTerminationProtection=False)
    cloud.delete_stack(StackName="app")


def test_exports_are_listed_with_who_imports_them_and_hold_their_stack(account: Account) -> None:
    cloud = account.cloudformation
    exporting = text({"Queue": QUEUE}, Outputs={"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "queue-url"}}})
    importing = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "queue-url"}},
    }
    assert refusal(cloud.create_stack, StackName="b", TemplateBody=text({"P": importing}))[1] == (
        "No export named queue-url found"
    )
    cloud.create_stack(StackName="a", TemplateBody=exporting)
    account.settle("a")
    assert refusal(cloud.list_imports, ExportName="queue-url")[1] == (
        "Export 'queue-url' is not imported by any stack."
    )
    cloud.create_stack(StackName="b", TemplateBody=text({"P": importing}))
    account.settle("b")
    [export] = cloud.list_exports()["Exports"]
    assert export["Value"].startswith("https://sqs.")
    assert cloud.list_imports(ExportName="queue-url")["Imports"] == ["b"]
    assert refusal(cloud.delete_stack, StackName="a")[1].endswith(
        "Cannot delete export queue-url as it is in use by b."
    )


def test_what_a_stack_declares_is_found_by_the_services_that_clients_ask(account: Account) -> None:
    cloud = account.cloudformation
    resources = {
        "Bucket": BUCKET,
        "Role": ROLE,
        "Version": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/x", "Value": "21"}},
        "Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "images"}},
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/x", "RetentionInDays": 7}},
    }
    made = cloud.create_stack(StackName="app", TemplateBody=text(resources), Capabilities=["CAPABILITY_IAM"])
    account.settle("app")
    ids = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for one in cloud.describe_stack_resources(StackName="app")["StackResources"]
    }
    buckets = account.client("s3").list_buckets()["Buckets"]
    assert [one["Name"] for one in buckets] == [ids["Bucket"]]
    assert account.client("iam").get_role(RoleName=ids["Role"])["Role"]["Arn"].endswith(ids["Role"])
    assert account.client("ssm").get_parameter(Name="/x")["Parameter"]["Value"] == "21"
    assert account.client("ecr").describe_repositories()["repositories"][0]["repositoryName"] == "images"
    assert account.client("logs").describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    cloud.delete_stack(StackName="app")
    account.settle(made["StackId"])
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_an_ssm_parameter_is_read_when_the_stack_is_made(account: Account) -> None:
    cloud = account.cloudformation
    body = text(
        {"Queue": QUEUE},
        Parameters={"Size": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/size"}},
        Outputs={"Size": {"Value": {"Ref": "Size"}}},
    )
    assert refusal(cloud.create_stack, StackName="app", TemplateBody=body)[1] == (
        "Unable to fetch parameters [/size] from parameter store for this account."
    )
    account.client("ssm").put_parameter(Name="/size", Type="String", Value="7")
    cloud.create_stack(StackName="app", TemplateBody=body)
    account.settle("app")
    [stack] = cloud.describe_stacks(StackName="app")["Stacks"]
    assert stack["Parameters"] == [{"ParameterKey": "Size", "ParameterValue": "/size", "ResolvedValue": "7"}]
    assert stack["Outputs"] == [{"OutputKey": "Size", "OutputValue": "7"}]


def test_nested_stacks_come_by_url_and_have_names_and_events_of_their_own(account: Account) -> None:
    cloud, s3 = account.cloudformation, account.client("s3")
    s3.create_bucket(Bucket="templates")
    child = text(
        {"Queue": QUEUE},
        Parameters={"Stage": {"Type": "String"}},
        Outputs={"Url": {"Value": {"Ref": "Queue"}}},
    )
    s3.put_object(Bucket="templates", Key="child.json", Body=child.encode())
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": "https://templates.s3.us-east-1.amazonaws.com/child.json",
            "Parameters": {"Stage": "dev"},
        },
    }
    root = text({"Child": nested}, Outputs={"Url": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Url"]}}})
    made = cloud.create_stack(StackName="app", TemplateBody=root)["StackId"]
    assert account.settle("app") == "CREATE_COMPLETE"
    [resource] = cloud.describe_stack_resources(StackName="app")["StackResources"]
    [stack] = cloud.describe_stacks(StackName=resource["PhysicalResourceId"])["Stacks"]
    assert stack["StackName"].startswith("app-Child-")
    assert (stack["ParentId"], stack["RootId"]) == (made, made)
    assert stack["Parameters"] == [{"ParameterKey": "Stage", "ParameterValue": "dev"}]
    own = cloud.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    assert {one["LogicalResourceId"] for one in own} == {stack["StackName"], "Queue"}
    [output] = cloud.describe_stacks(StackName="app")["Stacks"][0]["Outputs"]
    assert "/app-Child-" in output["OutputValue"]


def test_a_bucket_that_holds_something_keeps_its_stack_from_being_deleted(account: Account) -> None:
    cloud, s3 = account.cloudformation, account.client("s3")
    stack_id = cloud.create_stack(StackName="app", TemplateBody=text({"Bucket": BUCKET}))["StackId"]
    account.settle("app")
    [bucket] = s3.list_buckets()["Buckets"]
    s3.put_object(Bucket=bucket["Name"], Key="file", Body=b"data")
    cloud.delete_stack(StackName="app")
    assert account.settle("app") == "DELETE_FAILED"
    reasons = [
        one.get("ResourceStatusReason", "") for one in cloud.describe_stack_events(StackName="app")["StackEvents"]
    ]
    assert any("The bucket you tried to delete is not empty" in reason for reason in reasons)
    s3.delete_object(Bucket=bucket["Name"], Key="file")
    cloud.delete_stack(StackName="app")
    assert account.settle(stack_id) == "DELETE_COMPLETE"


def test_of_twenty_writers_that_ask_for_a_new_object_one_gets_it(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="locks")

    def write(number: int) -> bool:
        try:
            s3.put_object(Bucket="locks", Key="lock", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(write, range(20))) == 1


def test_a_failed_deletion_is_forced_and_leaves_what_could_not_be_deleted(open_account: Callable[..., Account]) -> None:
    account = open_account("Queue:delete=Somebody uses it@2")
    cloud = account.cloudformation
    stack_id = cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))["StackId"]
    account.settle("app")
    force = {"StackName": "app", "DeletionMode": "FORCE_DELETE_STACK"}
    assert "DELETE_FAILED" in refusal(cloud.delete_stack, **force)[1]
    cloud.delete_stack(StackName="app")
    assert account.settle("app") == "DELETE_FAILED"
    cloud.delete_stack(**force)
    assert account.settle(stack_id) == "DELETE_COMPLETE"
