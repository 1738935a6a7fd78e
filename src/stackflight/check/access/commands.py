"""JavaScript, and SDK calls written as JSON -> the IAM actions that they need.

Commands of the AWS SDK for JavaScript v3 are named after their API action, and imported from a package named after the
service. Sources: AWS SDK for JavaScript v3 API Reference; aws-cdk-lib custom-resources (AwsSdkCall); Service Authorization
Reference.
"""

from __future__ import annotations

import re

from stackflight.facts.services import prefixes_of

# Actions that are not called like the API; of S3 only those that are listed here are known.
_RENAMED = {
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("s3", "GetObject"): "s3:GetObject",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "PutObject"): "s3:PutObject",
    ("s3", "DeleteObject"): "s3:DeleteObject",
    ("s3", "DeleteObjects"): "s3:DeleteObject",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
    ("sqs", "DeleteMessageBatch"): "sqs:DeleteMessage",
    ("sns", "PublishBatch"): "sns:Publish",
}
_DOCUMENTS = {
    "Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Query": "Query", "Scan": "Scan",
}  # fmt: skip
_SEVERAL = {"TransactWriteItems", "TransactGetItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}

_IMPORT = re.compile(
    r"""(?:import|const|let|var)\s*\{(?P<names>[^}]*)\}\s*(?:from|=\s*require\()\s*["']@aws-sdk/(?P<package>[\w-]+)["']"""
)
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)


def action_of(prefix: str, operation: str) -> str:
    """The IAM action of an API operation; empty where it needs none of its own name, or is not known."""
    if (prefix, operation) in _RENAMED:
        return _RENAMED[prefix, operation]
    return "" if prefix in {"s3", ""} or operation in _SEVERAL else f"{prefix}:{operation}"


def actions_sent(source: str) -> set[str]:
    """The IAM actions of the commands that JavaScript makes (`new PutItemCommand(…)`)."""
    text = _COMMENT.sub("", source)
    made = set(re.findall(r"\bnew\s+(\w+)Command\s*\(", text))
    found = set()
    for match in _IMPORT.finditer(text):
        names = {re.split(r"\s+as\s+|:", part.strip())[0] for part in match["names"].split(",")}
        for operation in made & {name.removesuffix("Command") for name in names if name.endswith("Command")}:
            found.add(_action(match["package"], operation))
    return found - {""}


def _action(package: str, operation: str) -> str:
    if package == "lib-dynamodb":
        return f"dynamodb:{_DOCUMENTS[operation]}" if operation in _DOCUMENTS else ""
    return action_of(prefixes_of("package").get(package.removeprefix("client-"), ""), operation)


def action_of_call(service: str, operation: str) -> str:
    """The IAM action of an AwsSdkCall: `service` and `action` as either version of the SDK names them."""
    package = service.removeprefix("@aws-sdk/client-")
    prefix = prefixes_of("classes").get(service) or prefixes_of("package").get(package, "")
    name = operation.removesuffix("Command")
    return action_of(prefix, name[:1].upper() + name[1:])
