"""Two CDK kernels per test run: cloud assemblies are built in a worker's process and kept for the session."""

import json
import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from document_server import MASTER, USER, DocumentServer, Secrets

from librechat_aws.node import ensure_node
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

# The CDK's kernel starts with the first import of a construct, which may be while tests are collected.
os.environ["CDK_VALIDATION"] = "false"
ensure_node(os.environ)

Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """The templates of one deployment, by stack id, and the directory that holds them."""

    folder: Path
    templates: dict[str, dict[str, Any]]

    def resources(self, kind: str | None = None) -> dict[str, Resource]:
        """Resources of all stacks by `stack/logical id`, optionally of one type."""
        return {
            f"{stack}/{name}": resource
            for stack, template in self.templates.items()
            for name, resource in template["Resources"].items()
            if kind is None or resource["Type"] == kind
        }

    def follow(self, value: Any, stack: str) -> str:
        """`stack/logical id` that a Ref, GetAtt or import points at."""
        if "Ref" in value:
            return f"{stack}/{value['Ref']}"
        if "Fn::GetAtt" in value:
            return f"{stack}/{value['Fn::GetAtt'][0]}"
        name = value["Fn::ImportValue"]
        for other, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                if output.get("Export", {}).get("Name") == name:
                    return self.follow(output["Value"], other)
        raise AssertionError(f"nothing exports {name}")

    def text(self, value: Any, stack: str) -> str:
        """A value as one line of text, with `<stack/logical id>` where a reference was."""
        if isinstance(value, str):
            return value
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return separator.join(self.text(part, stack) for part in parts)
        for function in ("Fn::Select", "Fn::Split"):
            if function in value:
                return self.text(value[function][1], stack)
        if "Fn::Base64" in value:
            return self.text(value["Fn::Base64"], stack)
        if "Fn::Sub" in value:
            return str(value["Fn::Sub"]).replace("${", "<").replace("}", ">")
        return f"<{self.follow(value, stack)}>"

    def programs(self) -> Iterator["Program"]:
        """Every container, of Fargate tasks and of instances."""
        for path, task in self.resources("AWS::ECS::TaskDefinition").items():
            stack = path.partition("/")[0]
            for container in task["Properties"]["ContainerDefinitions"]:
                secrets = {}
                for entry in container.get("Secrets", []):
                    arn, _, key = self.text(entry["ValueFrom"], stack).partition(":")
                    secrets[entry["Name"]] = (arn, key.strip(":"))
                variables = {entry["Name"] for entry in container.get("Environment", [])}
                yield Program(container["Name"], self.text(container["Image"], stack), variables, secrets)
        for path, revision in self.resources("AWS::Lambda::WebFunctionRevision").items():
            variables = dict(revision["Properties"]["ServiceConfig"]["EnvironmentVariables"])
            places = json.loads(self.text(variables.pop("LIBRECHAT_SECRETS"), path.partition("/")[0]))
            secrets = {name: (arn, key) for name, (arn, key) in places.items()}
            yield Program("librechat", "package", set(variables), secrets)
        for path, template in self.resources("AWS::EC2::LaunchTemplate").items():
            data = template["Properties"]["LaunchTemplateData"]
            if "UserData" in data:
                yield from _programs_of(self.text(data["UserData"], path.partition("/")[0]))


@dataclass(frozen=True)
class Program:
    """A container's name, image, plain variables, and secret variables as (secret, key)."""

    name: str
    image: str
    variables: set[str]
    secrets: dict[str, tuple[str, str]]


def _programs_of(user_data: str) -> Iterator[Program]:
    blocks = dict(re.findall(r"^(environment [a-z-]+|secrets) <<'END'\n(.*?)^END$", user_data, re.M | re.S))
    rows = [line.split(" ") for line in blocks["secrets"].splitlines()]
    for name, image in re.findall(r"^container ([a-z-]+) \d+ '?([^' ]+)", user_data, re.M):
        lines = blocks.get(f"environment {name}", "").splitlines()
        secrets = {row[1]: (row[2], row[3]) for row in rows if row[0] == name}
        yield Program(name, image, {line.partition("=")[0] for line in lines if line}, secrets)


Synthesise = Callable[..., Assembly]


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    """`synthesise(preset, *overrides)`; tests that use it belong to the xdist group `cdk`, long ones to `judges`."""
    built: dict[tuple[str, ...], Assembly] = {}

    def build(preset: str, *overrides: str) -> Assembly:
        key = (preset, *overrides)
        if key not in built:
            from librechat_aws.app import build_app

            folder = tmp_path_factory.mktemp("assembly")
            assembly = build_app(resolve(read_request(preset, overrides)), str(folder)).synth()
            built[key] = Assembly(folder, {stack.id: stack.template for stack in assembly.stacks})
        return built[key]

    return build


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, and a certificate for `localhost` that it signed."""

    ca: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)

    key = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", *usage)
    openssl("req", *key[:3], "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", *signing)
    return Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")


@pytest.fixture
def document_server(authority: Authority) -> Iterator[DocumentServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.key)
    with DocumentServer(context) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture
def document_secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """The Secrets Manager that init_documentdb finds."""
    from librechat_aws.functions.init_documentdb import handler

    kept = Secrets(master=MASTER, user=USER)
    monkeypatch.setattr(handler.boto3, "client", lambda _service: kept)
    return kept


@pytest.fixture
def document_properties(document_server: DocumentServer, authority: Authority) -> dict[str, Any]:
    """The properties of the custom resource that init_documentdb serves."""
    return {
        "Host": "localhost",
        "Port": str(document_server.server_address[1]),
        "Database": "LibreChat",
        "MasterSecretArn": "master",
        "UserSecretArn": "user",
        "ContainerCaFile": "/config/rds-global-bundle.pem",
        "BundledCaFile": str(authority.ca),
    }
