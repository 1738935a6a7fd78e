"""A cloud assembly's manifest -> what is to be published and how each stack is deployed.

Source: the cloud assembly schema (AwsCloudFormationStackProperties, AssetManifest), aws-cdk-lib/cloud-assembly-schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackflight.model.publication import FileAsset, ImageAsset, Publication
from stackflight.ports import Folder
from stackflight.read.manifest import Source


def read_publications(folder: Folder, sources: Sequence[Source]) -> dict[str, Publication]:
    """By the names of the stacks. A template that stands alone needs nothing published."""
    found = {}
    manifests = {source.folder: _artifacts(folder, source.folder) for source in sources if source.named}
    for source in sources:
        for id, artifact in manifests.get(source.folder, {}).items():
            if artifact.get("type") != "aws:cloudformation:stack":
                continue
            properties = artifact.get("properties") or {}
            if str(properties.get("stackName") or id) in {source.name, source.called} and _is_of(source, artifact):
                found[source.name] = _publication(folder, source.folder, id, properties, manifests[source.folder])
    return found


def _is_of(source: Source, artifact: Mapping[str, Any]) -> bool:
    """Two stacks may bear one name in two Regions: the file tells them apart."""
    file = str((artifact.get("properties") or {}).get("templateFile", ""))
    return not file or source.template.file.endswith(file)


def _artifacts(folder: Folder, below: str) -> dict[str, Any]:
    text = folder.read(f"{below}manifest.json")
    loaded = json.loads(text) if text else {}
    return dict(loaded.get("artifacts") or {}) if isinstance(loaded, dict) else {}


def _publication(
    folder: Folder, below: str, id: str, properties: Mapping[str, Any], artifacts: Mapping[str, Any]
) -> Publication:
    manifest = _asset_manifest(folder, below, id, artifacts)
    return Publication(
        files=tuple(_files(below, manifest)),
        images=tuple(_images(below, manifest)),
        template_url=str(properties.get("stackTemplateAssetObjectUrl") or ""),
        deploy_role=str(properties.get("assumeRoleArn") or ""),
        execution_role=str(properties.get("cloudFormationExecutionRoleArn") or ""),
        bootstrap_version=int(properties.get("requiresBootstrapStackVersion") or 0),
        bootstrap_parameter=str(properties.get("bootstrapStackVersionSsmParameter") or ""),
        tags={str(key): str(value) for key, value in (properties.get("tags") or {}).items()},
        parameters={str(key): str(value) for key, value in (properties.get("parameters") or {}).items()},
        notifications=tuple(map(str, properties.get("notificationArns") or ())),
        protect=properties.get("terminationProtection") is True,
    )


def _asset_manifest(folder: Folder, below: str, id: str, artifacts: Mapping[str, Any]) -> dict[str, Any]:
    file = ((artifacts.get(f"{id}.assets") or {}).get("properties") or {}).get("file")
    text = folder.read(f"{below}{file}") if isinstance(file, str) else None
    try:
        loaded = json.loads(text or "{}")
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _files(below: str, manifest: Mapping[str, Any]) -> Iterator[FileAsset]:
    for name, asset in (manifest.get("files") or {}).items():
        source = asset.get("source") or {}
        if "path" not in source:  # made by a program of the CDK's own; nothing here can run it
            continue
        for target in (asset.get("destinations") or {}).values():
            yield FileAsset(
                name=str(asset.get("displayName") or name),
                path=below + str(source["path"]),
                zipped=source.get("packaging") == "zip",
                bucket=str(target.get("bucketName", "")),
                key=str(target.get("objectKey", "")),
                role=str(target.get("assumeRoleArn") or ""),
                region=str(target.get("region") or ""),
            )


def _images(below: str, manifest: Mapping[str, Any]) -> Iterator[ImageAsset]:
    for name, asset in (manifest.get("dockerImages") or {}).items():
        source = asset.get("source") or {}
        for target in (asset.get("destinations") or {}).values():
            yield ImageAsset(
                name=str(asset.get("displayName") or name),
                directory=below + str(source.get("directory") or ""),
                repository=str(target.get("repositoryName", "")),
                tag=str(target.get("imageTag", "")),
                options=tuple(_build_options(source)),
                executable=tuple(map(str, source.get("executable") or ())),
                role=str(target.get("assumeRoleArn") or ""),
                region=str(target.get("region") or ""),
            )


_BY_KEY = (
    ("dockerBuildArgs", "--build-arg", "{}={}"),
    ("dockerBuildContexts", "--build-context", "{}={}"),
    ("dockerBuildSecrets", "--secret", "id={},{}"),
)
_SINGLE = (
    ("dockerBuildSsh", "--ssh"),
    ("dockerBuildTarget", "--target"),
    ("dockerFile", "--file"),
    ("networkMode", "--network"),
    ("platform", "--platform"),
)


def _build_options(source: Mapping[str, Any]) -> Iterator[str]:
    """What a DockerImageSource asks of `docker build`. Source: the cloud assembly schema, DockerImageSource."""
    for key, option, form in _BY_KEY:
        for name, value in (source.get(key) or {}).items():
            yield from (option, form.format(name, value))
    for key, option in _SINGLE:
        if source.get(key):
            yield from (option, str(source[key]))
    for output in source.get("dockerOutputs") or ():
        yield f"--output={output}"
    for cache in source.get("cacheFrom") or ():
        yield from ("--cache-from", _cache(cache))
    if source.get("cacheTo"):
        yield from ("--cache-to", _cache(source["cacheTo"]))
    if source.get("cacheDisabled"):
        yield "--no-cache"


def _cache(option: Mapping[str, Any]) -> str:
    named = {"type": option.get("type", ""), **(option.get("params") or {})}
    return ",".join(f"{key}={value}" for key, value in named.items())
