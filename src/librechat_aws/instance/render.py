"""Values and containers in, the text of an instance's user data out. Pure text: tests run it in bash."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

from librechat_aws.host import HostContainer

DATA = "/data"
READY_SECONDS = 900
METRICS_NAMESPACE = "LibreChat"
# The containers' own network. It is a range for measurements between networks (RFC 2544), which no VPC uses. Containers get
# addresses of the second half, from which nothing reaches the instance's role, unless they have one of the first.
ADDRESSES, WITHOUT_ROLE = "198.18.0.0/24", "198.18.0.128/25"
_WITH_ROLE = {"librechat": "198.18.0.10", "rag-api": "198.18.0.11"}
_PACKAGES = ("docker", "jq", "aws-cfn-bootstrap", "xfsprogs")


@dataclass(frozen=True)
class Instance:
    """What the script has to know. `volume` and `stack` may be empty: no data volume, no signal.

    `volume_gib` and `rotation` are here so that a change of them brings a new instance, which grows the file system and
    reads the secrets.
    """

    region: str
    stack: str
    resource: str
    log_group: str
    bucket: str
    files: Mapping[str, str]
    volume: str
    volume_gib: int
    rotation: int
    ecr_registry: str
    metrics: bool


def render_user_data(
    instance: Instance,
    containers: Sequence[HostContainer],
    *,
    image: Callable[[HostContainer], str],
    secret_arn: Callable[[str], str],
) -> str:
    """The whole script. `image` gives the reference to pull, `secret_arn` the ARN of a secret id."""
    body = files("librechat_aws").joinpath("instance", "setup.sh").read_text("utf-8")
    sections = [
        "#!/bin/bash\nset -Eeuo pipefail",
        _header(instance),
        body,
        "install_packages\nmount_data",
        *(f"fetch {shlex.quote(key)} {name}" for name, key in instance.files.items()),
        *(_heredoc(f"environment {each.name}", _lines(each.environment)) for each in containers),
        _heredoc("secrets", _secret_lines(containers, secret_arn)),
        *(_heredoc("agent", [json.dumps(_agent())]) for _ in range(instance.metrics)),
        *(_container(each, image(each)) for each in containers),
        "start",
    ]
    return "\n".join(sections) + "\n"


def _header(instance: Instance) -> str:
    packages = [*_PACKAGES]
    packages += ["amazon-ecr-credential-helper"] if instance.ecr_registry else []
    packages += ["amazon-cloudwatch-agent"] if instance.metrics else []
    values = {
        "REGION": instance.region,
        "STACK": instance.stack,
        "RESOURCE": instance.resource,
        "LOG_GROUP": instance.log_group,
        "BUCKET": instance.bucket,
        "VOLUME": instance.volume,
        "VOLUME_GIB": str(instance.volume_gib),
        "ROTATION": str(instance.rotation),
        "ECR_REGISTRY": instance.ecr_registry,
        "PACKAGES": " ".join(packages),
        "DATA": DATA,
        "DEVICES": "/dev/disk/by-id",
        "READY_SECONDS": str(READY_SECONDS),
        "PAUSE": "5",
        "TOOLS": "/opt/aws",
        "ADDRESSES": ADDRESSES,
        "WITHOUT_ROLE": WITHOUT_ROLE,
        "ROOT": "",
    }
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())


def _heredoc(command: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{command} <<'END'", *lines, "END"])


def _lines(environment: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in environment.items()]


def _secret_lines(containers: Sequence[HostContainer], secret_arn: Callable[[str], str]) -> list[str]:
    return [
        f"{each.name} {name} {secret_arn(variable.secret)} {variable.key} {variable.template}"
        for each in containers
        for name, variable in each.secrets.items()
    ]


def _container(container: HostContainer, image: str) -> str:
    needs = " ".join(f"librechat-{name}.service" for name in container.needs)
    arguments = [f"-v {DATA}/{folder}:{path}" for folder, path in container.volumes.items()]
    arguments += [f"-v /etc/librechat/{PurePosixPath(path).name}:{path}:ro" for path in container.configuration]
    arguments += [f"-p {container.port}:{container.port}"] if container.port else []
    arguments += [f"--ip {_WITH_ROLE[container.name]}"] if container.calls_aws else []
    # systemd reads the command line: it knows the quotes of a shell, and there are no variables in it.
    command = shlex.join(container.command)
    quoted = (shlex.quote(text) for text in (image, needs, " ".join(arguments), command))
    return f"container {container.name} {container.memory_percent} {' '.join(quoted)}"


def _agent() -> dict[str, object]:
    measure = {
        "mem": {"measurement": ["used_percent"]},
        "disk": {"measurement": ["used_percent"], "resources": ["/", DATA]},
    }
    return {
        "agent": {"metrics_collection_interval": 60},
        "metrics": {
            "namespace": METRICS_NAMESPACE,
            "append_dimensions": {"AutoScalingGroupName": "@{aws:AutoScalingGroupName}"},
            "aggregation_dimensions": [["AutoScalingGroupName"]],
            "metrics_collected": measure,
        },
    }
