"""A `Config` in, the shell commands out that copy its images into private ECR, every architecture of each."""

from __future__ import annotations

from librechat_aws import config as c
from librechat_aws import versions


def needed_images(config: c.Config) -> tuple[versions.Image, ...]:
    """The images that run in this deployment."""
    names = ["librechat"]
    if config.rag:
        names.append("rag_api")
        if isinstance(config.rag.store, c.PostgresOnInstance):
            names.append("pgvector")
    if config.search:
        names.append("meilisearch")
    if config.admin_panel:
        names.append("admin_panel")
    if isinstance(config.documents, c.MongoOnInstance):
        names.append("mongodb")
    return tuple(versions.image(name) for name in names)


def copy_script(config: c.Config) -> str:
    """A POSIX shell script; ACCOUNT and REGION come from the environment. Running it twice changes nothing."""
    lines = [
        "#!/bin/sh",
        "# Copies the pinned images into private ECR. Needs docker with buildx, and credentials of the account.",
        "set -eu",
        ': "${ACCOUNT:?the account id}" "${REGION:?the Region}"',
        'registry="$ACCOUNT.dkr.ecr.$REGION.amazonaws.com"',
        'aws ecr get-login-password --region "$REGION" | docker login --username AWS --password-stdin "$registry"',
    ]
    for image in needed_images(config):
        name = image.mirror_repository
        lines += [
            f'aws ecr describe-repositories --region "$REGION" --repository-names {name} > /dev/null 2>&1 ||',
            f'  aws ecr create-repository --region "$REGION" --repository-name {name} > /dev/null',
            f'docker buildx imagetools create --tag "$registry/{name}:{image.tag}" {image.reference}',
        ]
    return "\n".join(lines) + "\n"
