"""A `Config` in, the containers of a single host out: what EC2 mode runs under systemd and a trial under compose.

Only databases that the settings put on the host are among them. Secret values are never here, only where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from librechat_aws import config as c
from librechat_aws import versions
from librechat_aws.environment import (
    MEILISEARCH_READS,
    Surroundings,
    checked,
    librechat_environment,
    rag_api_environment,
    secret_variables,
)

DATABASE = "LibreChat"
CONFIG_FOLDER = "/config"
CA_PATH = f"{CONFIG_FOLDER}/rds-global-bundle.pem"
LIBRECHAT_YAML_PATH = f"{CONFIG_FOLDER}/librechat.yaml"


@dataclass(frozen=True)
class SecretVariable:
    """A variable whose value is a key of a secret, formatted: `template` holds one `%s`."""

    secret: str
    key: str
    template: str = "%s"


@dataclass(frozen=True)
class HostContainer:
    """One container. `volumes` maps host folders (relative to the data folder) or files to paths inside."""

    name: str
    component: str
    environment: Mapping[str, str]
    secrets: Mapping[str, SecretVariable]
    probe: str
    volumes: Mapping[str, str] = field(default_factory=dict)
    configuration: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    port: int | None = None
    command: tuple[str, ...] = ()

    @property
    def image(self) -> versions.Image:
        return versions.image(self.component)


def host_containers(config: c.Config, around: Surroundings, vector_host: str | None) -> tuple[HostContainer, ...]:
    """The containers in the order in which they start; `vector_host` is the managed PostgreSQL, if there is one."""
    containers = []
    if isinstance(config.documents, c.MongoOnInstance):
        containers.append(_mongodb())
    if config.rag and isinstance(config.rag.store, c.PostgresOnInstance):
        containers.append(_postgres())
    if config.search:
        containers.append(_meilisearch())
    if config.rag:
        containers.append(_rag_api(config, around, vector_host))
    return (*containers, _librechat(config, around, tuple(container.name for container in containers)))


def on_host(config: c.Config, around: Surroundings) -> Surroundings:
    """The same surroundings with the addresses that containers of one host have for one another."""
    return replace(
        around,
        rag_api_url="http://rag-api:8000" if config.rag else None,
        search_url="http://meilisearch:7700" if config.search else None,
        config_path=LIBRECHAT_YAML_PATH,
    )


def _mongodb() -> HostContainer:
    return HostContainer(
        name="mongodb",
        component="mongodb",
        environment={},
        secrets={
            "MONGO_INITDB_ROOT_USERNAME": SecretVariable("MongoUser", "username"),
            "MONGO_INITDB_ROOT_PASSWORD": SecretVariable("MongoUser", "password"),
        },
        probe="mongosh --quiet --eval 'db.adminCommand({ping: 1}).ok'",
        volumes={"mongodb": "/data/db"},
    )


def _postgres() -> HostContainer:
    return HostContainer(
        name="postgres",
        component="pgvector",
        environment={"POSTGRES_INITDB_ARGS": "--auth-host=scram-sha-256"},
        secrets={
            "POSTGRES_USER": SecretVariable("VectorUser", "username"),
            "POSTGRES_PASSWORD": SecretVariable("VectorUser", "password"),
            "POSTGRES_DB": SecretVariable("VectorUser", "dbname"),
        },
        probe="pg_isready --quiet --dbname rag --username rag_api",
        volumes={"postgres": "/var/lib/postgresql/data"},
    )


def _meilisearch() -> HostContainer:
    return HostContainer(
        name="meilisearch",
        component="meilisearch",
        environment=checked(
            {
                "MEILI_ENV": "production",
                "MEILI_HTTP_ADDR": "0.0.0.0:7700",
                "MEILI_DB_PATH": "/meili_data/data.ms",
                "MEILI_NO_ANALYTICS": "true",
            },
            MEILISEARCH_READS,
        ),
        secrets={"MEILI_MASTER_KEY": SecretVariable("SearchKey", "master_key")},
        probe="curl -fsS http://127.0.0.1:7700/health",
        volumes={"meilisearch": "/meili_data"},
    )


def _rag_api(config: c.Config, around: Surroundings, vector_host: str | None) -> HostContainer:
    local = vector_host is None
    return HostContainer(
        name="rag-api",
        component="rag_api",
        environment=rag_api_environment(
            config,
            host=vector_host or "postgres",
            region=around.region,
            database="rag",
            ca_path=None if local else CA_PATH,
        ),
        secrets={
            "JWT_SECRET": SecretVariable("JwtSecret", "jwt_secret"),
            "POSTGRES_USER": SecretVariable("VectorUser", "username"),
            "POSTGRES_PASSWORD": SecretVariable("VectorUser", "password"),
        },
        probe="python -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=4)\"",
        configuration=() if local else (CA_PATH,),
        needs=("postgres",) if local else (),
    )


def _librechat(config: c.Config, around: Surroundings, needs: tuple[str, ...]) -> HostContainer:
    secrets = {name: SecretVariable(*at) for name, at in secret_variables(config).items()}
    if isinstance(config.documents, c.MongoOnInstance):
        uri = f"mongodb://librechat:%s@mongodb:27017/{DATABASE}?authSource=admin"
        secrets["MONGO_URI"] = SecretVariable("MongoUser", "password", uri)
    return HostContainer(
        name="librechat",
        component="librechat",
        environment=librechat_environment(config, on_host(config, around)),
        secrets=secrets,
        probe="node -e \"fetch('http://127.0.0.1:3080/livez').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))\"",
        configuration=(CA_PATH, LIBRECHAT_YAML_PATH),
        needs=needs,
        port=3080,
    )
