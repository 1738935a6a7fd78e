"""What containers have in common: where configuration lies, how it gets there, and where images come from."""

from __future__ import annotations

from importlib.resources import files

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from librechat_aws import versions
from librechat_aws.config import Config

FETCH_VARIABLES = frozenset({"FETCH_BUCKET", "FETCH_FILES"})


def container_image(scope: Construct, name: str, config: Config) -> ecs.ContainerImage:
    """The pinned image of a component, from its public registry or from its copy in private ECR."""
    image = versions.image(name)
    if not config.images_from_private_ecr:
        return ecs.ContainerImage.from_registry(image.reference)
    repository = ecr.Repository.from_repository_name(scope, "Repository", image.mirror_repository)
    return ecs.ContainerImage.from_ecr_repository(repository, image.tag)


def fetch_command(runtime: str) -> list[str]:
    """The command of the container that fetches configuration before the application starts.

    `runtime` is what the application's own image brings: `node` (LibreChat) or `python` (rag_api).
    """
    source, program = {"node": ("fetch.js", ["node", "-e"]), "python": ("fetch.py", ["python", "-c"])}[runtime]
    return [*program, files("librechat_aws").joinpath("containers", source).read_text("utf-8")]


def asset_object_arn(asset: assets.Asset) -> str:
    """The ARN of the one object that a file asset is."""
    return Stack.of(asset).format_arn(
        service="s3", region="", account="", resource=asset.s3_bucket_name, resource_name=asset.s3_object_key
    )
