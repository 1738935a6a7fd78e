"""A `Config` in, a local trial out: compose.yaml, librechat.yaml and an environment file with fresh secrets.

Everything runs on one computer, with databases in containers whatever the settings put on AWS; only Bedrock is
remote, with the credentials of the shell that starts it. compose.yaml is the same for the same settings; secrets are
made once and kept in `.env`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from librechat_aws import config as c
from librechat_aws.environment import Surroundings
from librechat_aws.host import (
    CA_PATH,
    LIBRECHAT_YAML_PATH,
    MOVE_PATH,
    HostContainer,
    SecretVariable,
    host_containers,
    programs_of,
)
from librechat_aws.librechat_yaml import librechat_yaml

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# Secret id and key -> what the environment file holds: a constant, or this many random characters.
_VALUES: Mapping[tuple[str, str], str | int] = {
    ("CredsKey", "creds_key"): 64,
    ("CredsIv", "creds_iv"): 32,
    ("JwtSecret", "jwt_secret"): 64,
    ("JwtRefreshSecret", "jwt_refresh_secret"): 64,
    ("SearchKey", "master_key"): 48,
    ("CachePassword", "password"): 48,
    ("MongoUser", "username"): "librechat",
    ("MongoUser", "password"): 40,
    ("MongoAppUser", "password"): 40,
    ("VectorUser", "username"): "rag_api",
    ("VectorUser", "password"): 40,
    ("VectorUser", "dbname"): "rag",
}


def local_config(config: c.Config) -> c.Config:
    """The same deployment with its databases on the host and one LibreChat process."""
    rag = replace(config.rag, store=c.PostgresOnInstance()) if config.rag else None
    compute = c.Ec2("local", 0, 0, None, 0, None)
    chat = replace(config.chat, secrets=())  # secrets of the account stay in the account
    return replace(config, documents=c.MongoOnInstance(), rag=rag, compute=compute, chat=chat, admin_panel=None)


def write_trial(config: c.Config, folder: Path, region: str) -> list[Path]:
    """Write the files of a local trial; an `.env` that exists is kept. Returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    containers = trial_containers(config, region)
    texts = {
        "compose.yaml": render_compose(containers),
        "librechat.yaml": librechat_yaml(config, files_in_s3=False),
        **programs_of(containers),
    }
    written = []
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
        written.append(folder / name)
    environment = folder / ".env"
    if not environment.exists():
        environment.touch(mode=0o600)
        environment.write_text(_environment_file(containers), "utf-8")
        written.append(environment)
    return written


def trial_containers(config: c.Config, region: str) -> tuple[HostContainer, ...]:
    """The containers of the trial; Valkey is one of them where the settings have a cache."""
    local = local_config(config)
    cached = isinstance(config.cache, c.Valkey)
    around = Surroundings(
        origin="http://localhost:3080",
        secure=False,
        proxies=0,
        region=region,
        bucket=None,
        cache_uri="redis://valkey:6379" if cached else None,
        rag_api_url=None,
        search_url=None,
        config_path=LIBRECHAT_YAML_PATH,
    )
    *others, librechat = host_containers(local, around, None)
    # No database of AWS, and no bucket to carry anything to.
    kept = tuple(path for path in librechat.configuration if path not in (CA_PATH, MOVE_PATH))
    librechat = replace(librechat, configuration=kept)
    if not cached:
        return (*others, librechat)
    return (_valkey(), *others, replace(librechat, needs=("valkey", *librechat.needs)))


def render_compose(containers: tuple[HostContainer, ...]) -> str:
    """compose.yaml of the containers; JSON is YAML. Source of the keys: the Compose Specification."""
    document = {
        "name": "librechat",
        "services": {each.name: _service(each) for each in containers},
        "volumes": {folder: {} for each in containers for folder in each.volumes},
    }
    return json.dumps(document, indent=2) + "\n"


def _service(container: HostContainer) -> dict[str, Any]:
    environment: dict[str, str | None] = dict(container.environment)
    for name, variable in container.secrets.items():
        environment[name] = variable.template.replace("%s", f"${{{_variable(variable)}:?}}")
    if container.name in ("librechat", "rag-api"):
        environment |= dict.fromkeys(_CREDENTIALS)
    service: dict[str, Any] = {
        "image": container.image.reference,
        "restart": "unless-stopped",
        "init": True,
        "environment": environment,
        "healthcheck": {
            "test": ["CMD-SHELL", container.probe.replace("$", "$$")],
            "interval": "10s",
            "timeout": "5s",
            "retries": 12,
            "start_period": "60s",
        },
    }
    if container.command:
        service["command"] = list(container.command)
    mounts = [f"{folder}:{path}" for folder, path in container.volumes.items()]
    mounts += [f"./{path.rpartition('/')[2]}:{path}:ro" for path in container.configuration]
    if mounts:
        service["volumes"] = mounts
    if container.needs:
        service["depends_on"] = {name: {"condition": "service_healthy"} for name in container.needs}
    if container.port:
        service["ports"] = [f"127.0.0.1:{container.port}:{container.port}"]
    return service


def _valkey() -> HostContainer:
    password = SecretVariable("CachePassword", "password")
    return HostContainer(
        name="valkey",
        component="valkey",
        environment={},
        secrets={"VALKEY_PASSWORD": password},
        probe='valkey-cli -a "$VALKEY_PASSWORD" --no-auth-warning ping | grep -q PONG',
        command=("sh", "-c", 'exec valkey-server --requirepass "$$VALKEY_PASSWORD"'),
    )


def _variable(variable: SecretVariable) -> str:
    return f"{variable.secret}_{variable.key}".upper()


def _environment_file(containers: tuple[HostContainer, ...]) -> str:
    needed = {(v.secret, v.key): _variable(v) for each in containers for v in each.secrets.values()}
    lines = []
    for at, name in sorted(needed.items()):
        value = _VALUES[at]
        lines.append(f"{name}={value if isinstance(value, str) else secrets.token_hex(value // 2)}")
    return "\n".join(lines) + "\n"
