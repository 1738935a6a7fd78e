"""The account's other services: moto in this process, asked without a network, and kept in step with the stacks.

What a stack declares and clients look for beside CloudFormation is made there too when the simulation completes it:
buckets, parameters, roles, repositories, log groups. Everything else of a stack exists in the simulation only.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from stackflight.model.value import Value, known_flag, known_int, render
from stackflight.patterns import compile_later

Application = Callable[..., Any]


class MotoNeighbours:
    """Moto's services behind boto3 clients whose requests never leave the process."""

    def __init__(self, application: Application, region: str) -> None:
        self._application = application
        self._region = region
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client of a service."""
        if service not in self._clients:
            import boto3

            session = boto3.Session("AKIASTACKFLIGHT00000", "simulated", region_name=self._region)
            client = session.client(service, endpoint_url=f"http://{service}.{self._region}.amazonaws.com")
            client.meta.events.register("before-send.*.*", self._answer)
            self._clients[service] = client
        return self._clients[service]

    def _answer(self, request: Any, **_: object) -> Any:
        from botocore.awsrequest import AWSResponse
        from werkzeug.test import EnvironBuilder, run_wsgi_app

        parts = urlsplit(request.url)
        headers = {key: _text(value) for key, value in request.headers.items()}
        body = request.body.read() if hasattr(request.body, "read") else request.body
        environ = EnvironBuilder(
            path=unquote(parts.path) or "/",
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            method=request.method,
            headers=headers,
            data=body or b"",
        ).get_environ()
        chunks, status, answered = run_wsgi_app(self._application, environ, buffered=True)
        return AWSResponse(request.url, int(status.split()[0]), dict(answered), _Body(b"".join(chunks)))

    def fetch(self, url: str) -> str | None:
        """The text of an object in S3 by its URL; None where there is none."""
        place = find_object(url)
        if place is None:
            return None
        try:
            found = self.client("s3").get_object(Bucket=place[0], Key=place[1])["Body"].read()
        except self.client("s3").exceptions.ClientError:
            return None
        return str(found.decode("utf-8", "replace"))

    def parameter(self, name: str) -> str | None:
        """The value of an SSM parameter; None where there is none."""
        try:
            return str(self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        except self.client("ssm").exceptions.ClientError:
            return None

    def holds_objects(self, bucket: str) -> bool:
        """Whether a bucket has objects or versions in it, so that it cannot be deleted."""
        s3 = self.client("s3")
        try:
            found = s3.list_object_versions(Bucket=bucket, MaxKeys=1)
        except s3.exceptions.ClientError:
            return False
        return bool(found.get("Versions") or found.get("DeleteMarkers"))

    def exists(self, type: str, physical_id: str) -> bool:
        """Whether a service holds something that no stack has made; False for types that no service here has."""
        look = _LOOKS.get(type)
        if look is None:
            return False
        from botocore.exceptions import ClientError

        try:
            return look(self, physical_id)
        except ClientError:
            return False

    def follow(self, type: str, physical_id: str, properties: Mapping[str, Value], deed: str) -> None:
        """Do to a service what a stack has done. What the service refuses is left as it is there."""
        act = _DEEDS.get((type, deed))
        if act is None:
            return
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            act(self, physical_id, properties)
        except (ClientError, BotoCoreError, KeyError, ValueError):
            return


class _Body(io.BytesIO):
    """A response's body in the form that botocore reads."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """All of it at once."""
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


_PATH_STYLE = compile_later(r"s3([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?")
_HOST_STYLE = compile_later(r"(?P<bucket>.+?)\.s3([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?")


def find_object(url: str) -> tuple[str, str] | None:
    """Bucket and key of an S3 URL in any of its styles, a loopback endpoint's included; None where it is none."""
    parts = urlsplit(url)
    path = unquote(parts.path.lstrip("/"))
    host = parts.hostname or ""
    if parts.scheme == "s3":
        return (parts.netloc, path) if path else None
    if match := _HOST_STYLE.fullmatch(host):
        return (match["bucket"], path) if path else None
    if (_PATH_STYLE.fullmatch(host) or host in {"127.0.0.1", "localhost"}) and "/" in path:
        bucket, _, key = path.partition("/")
        return bucket, key
    if host.endswith(".localhost") and path:
        return host.removesuffix(".localhost").removesuffix(".s3"), path
    return None


def _make_bucket(near: MotoNeighbours, id: str, properties: Mapping[str, Value]) -> None:
    s3, region = near.client("s3"), near.client("s3").meta.region_name
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=id, **place)
    _change_bucket(near, id, properties)


def _change_bucket(near: MotoNeighbours, id: str, properties: Mapping[str, Value]) -> None:
    versioning = properties.get("VersioningConfiguration")
    if isinstance(versioning, dict):
        near.client("s3").put_bucket_versioning(
            Bucket=id, VersioningConfiguration={"Status": render(versioning.get("Status"))}
        )


def _drop_bucket(near: MotoNeighbours, id: str, _: Mapping[str, Value]) -> None:
    near.client("s3").delete_bucket(Bucket=id)


def _put_parameter(near: MotoNeighbours, id: str, properties: Mapping[str, Value]) -> None:
    kind, value = render(properties.get("Type")) or "String", render(properties.get("Value"))
    near.client("ssm").put_parameter(Name=id, Type=kind, Value=value, Overwrite=True)


def _drop_parameter(near: MotoNeighbours, id: str, _: Mapping[str, Value]) -> None:
    near.client("ssm").delete_parameter(Name=id)


def _make_role(near: MotoNeighbours, id: str, properties: Mapping[str, Value]) -> None:
    document = json.dumps(properties.get("AssumeRolePolicyDocument"), default=str)
    near.client("iam").create_role(
        RoleName=id, AssumeRolePolicyDocument=document, Path=render(properties.get("Path")) or "/"
    )


def _drop_role(near: MotoNeighbours, id: str, _: Mapping[str, Value]) -> None:
    near.client("iam").delete_role(RoleName=id)


def _make_repository(near: MotoNeighbours, id: str, properties: Mapping[str, Value]) -> None:
    mutable = render(properties.get("ImageTagMutability")) or "MUTABLE"
    near.client("ecr").create_repository(repositoryName=id, imageTagMutability=mutable)


def _drop_repository(near: MotoNeighbours, id: str, properties: Mapping[str, Value]) -> None:
    force = known_flag(properties.get("EmptyOnDelete"), False) is True
    near.client("ecr").delete_repository(repositoryName=id, force=force)


def _make_log_group(near: MotoNeighbours, id: str, properties: Mapping[str, Value]) -> None:
    near.client("logs").create_log_group(logGroupName=id)
    days = known_int(properties.get("RetentionInDays"))
    if days is not None:
        near.client("logs").put_retention_policy(logGroupName=id, retentionInDays=days)


def _drop_log_group(near: MotoNeighbours, id: str, _: Mapping[str, Value]) -> None:
    near.client("logs").delete_log_group(logGroupName=id)


_LOOKS: Mapping[str, Callable[[MotoNeighbours, str], bool]] = {
    "AWS::S3::Bucket": lambda near, id: bool(near.client("s3").head_bucket(Bucket=id)),
    "AWS::SSM::Parameter": lambda near, id: bool(near.client("ssm").get_parameter(Name=id)),
    "AWS::IAM::Role": lambda near, id: bool(near.client("iam").get_role(RoleName=id)),
    "AWS::ECR::Repository": lambda near, id: bool(near.client("ecr").describe_repositories(repositoryNames=[id])),
    "AWS::Logs::LogGroup": lambda near, id: any(
        one["logGroupName"] == id for one in near.client("logs").describe_log_groups(logGroupNamePrefix=id)["logGroups"]
    ),
}

_DEEDS: Mapping[tuple[str, str], Callable[[MotoNeighbours, str, Mapping[str, Value]], None]] = {
    ("AWS::S3::Bucket", "create"): _make_bucket,
    ("AWS::S3::Bucket", "update"): _change_bucket,
    ("AWS::S3::Bucket", "delete"): _drop_bucket,
    ("AWS::SSM::Parameter", "create"): _put_parameter,
    ("AWS::SSM::Parameter", "update"): _put_parameter,
    ("AWS::SSM::Parameter", "delete"): _drop_parameter,
    ("AWS::IAM::Role", "create"): _make_role,
    ("AWS::IAM::Role", "delete"): _drop_role,
    ("AWS::ECR::Repository", "create"): _make_repository,
    ("AWS::ECR::Repository", "delete"): _drop_repository,
    ("AWS::Logs::LogGroup", "create"): _make_log_group,
    ("AWS::Logs::LogGroup", "delete"): _drop_log_group,
}
