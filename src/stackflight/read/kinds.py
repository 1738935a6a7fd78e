"""A parsed document -> is it a CloudFormation template that can be judged? Raises UnreadableInput where it is not."""

from __future__ import annotations

from stackflight.errors import UnreadableInput
from stackflight.model.template import Positions, Raw

_OTHER_KINDS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"apiVersion", "kind"}), "a Kubernetes manifest", "stackflight reads CloudFormation templates and cdk.out folders"),
    (frozenset({"StackEvents"}), "a list of stack events", "stackflight diagnose reads it"),
    (frozenset({"OperationEvents"}), "a list of stack events", "stackflight diagnose reads it"),
    (frozenset({"services", "version"}), "a Compose file", "stackflight reads CloudFormation templates and cdk.out folders"),
    (frozenset({"service", "provider"}), "a Serverless Framework file", "run 'serverless package' and give the template from .serverless/"),
    (frozenset({"terraform_version"}), "Terraform output", "stackflight reads CloudFormation templates and cdk.out folders"),
    (frozenset({"artifacts", "version"}), "the manifest of a cloud assembly", "give the folder that it stands in"),
)  # fmt: skip


def require_cloudformation(body: Raw, positions: Positions, file: str) -> None:
    if not isinstance(body, dict):
        raise UnreadableInput(
            "the document is not a mapping, so it is no template", file=file, line=1,
            hint="a template is a mapping with a Resources section",
        )  # fmt: skip
    if isinstance(body.get("Resources"), dict) and body["Resources"]:
        _require_sound_resources(body["Resources"], positions, file)
        return
    for keys, kind, hint in _OTHER_KINDS:
        if keys <= body.keys():
            raise UnreadableInput(f"this is {kind}, not a CloudFormation template", file=file, line=1, hint=hint)
    line = positions.find(("Resources",)).line if "Resources" in body else 1
    raise UnreadableInput(
        "not a CloudFormation template: it has no resources", file=file, line=line,
        hint="a template has a Resources section with at least one resource",
    )  # fmt: skip


def _require_sound_resources(resources: dict[str, Raw], positions: Positions, file: str) -> None:
    for name, resource in resources.items():
        problem = None if name.startswith(("Fn::ForEach::", "Fn::Transform")) else _problem_of(name, resource)
        if problem is not None:
            line = positions.find(("Resources", name)).line
            raise UnreadableInput(problem[0], file=file, line=line, hint=problem[1])


def _problem_of(name: str, resource: Raw) -> tuple[str, str] | None:
    """What is wrong with the shape of a resource, and what to do about it."""
    if not isinstance(resource, dict):
        return f"the resource {name} is not a mapping", "give it a Type and Properties"
    if not isinstance(resource.get("Type"), str):
        return f"the resource {name} has no Type", "every resource needs a Type such as AWS::S3::Bucket"
    if not isinstance(resource.get("Properties") or {}, dict):
        return f"the Properties of {name} are not a mapping", "check the indentation below Properties"
    return None
