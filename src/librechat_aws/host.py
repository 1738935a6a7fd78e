"""A `Config` in, the containers of a single host out: what EC2 mode runs under systemd and a trial under compose.

Only databases that the settings put on the host are among them. Secret values are never here, only where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files

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
REFILL_PATH = f"{CONFIG_FOLDER}/refill.js"
MOVE_PATH = f"{CONFIG_FOLDER}/move.js"
INDEX_FOLDER = "/meili_data"
# Users of MongoDB on the instance: its administrator, and LibreChat's own.
MONGO_APP_USER = "librechat_app"


@dataclass(frozen=True)
class SecretVariable:
    """A variable whose value is a key of a secret, formatted: `template` holds one `%s`."""

    secret: str
    key: str
    template: str = "%s"


@dataclass(frozen=True)
class HostContainer:
    """One container. `volumes` maps host folders (relative to the data folder) or files to paths inside.

    `memory_percent` is the most that it may take of the host's memory; who `calls_aws` may have the host's role.
    """

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
    memory_percent: int = 25
    calls_aws: bool = False

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


def librechat_command(config: c.Config) -> tuple[str, ...]:
    """Node itself, which gets the signal to stop: a shell or npm before it might keep it. Source: the image's backend script."""
    server = "node api/server/index.js"
    return ("sh", "-c", f"node {REFILL_PATH}; exec {server}") if config.search else tuple(server.split())


def index_path() -> str:
    """Where Meilisearch keeps its index: a version does not open the folder of another."""
    return f"{INDEX_FOLDER}/{versions.image('meilisearch').tag}/data.ms"


def program_text(name: str) -> str:
    """A program that containers run out of the configuration folder, e.g. `refill.js`."""
    return files("librechat_aws").joinpath("containers", name).read_text("utf-8")


def programs_of(containers: Iterable[HostContainer]) -> dict[str, str]:
    """File name -> text of every program that some of the containers run out of the configuration folder."""
    names = {path.rpartition("/")[2] for each in containers for path in each.configuration}
    return {name: program_text(name) for name in sorted(names) if name.endswith((".js", ".sh"))}


def _mongodb() -> HostContainer:
    return HostContainer(
        name="mongodb",
        component="mongodb",
        environment={},
        secrets={
            "MONGO_INITDB_ROOT_USERNAME": SecretVariable("MongoUser", "username"),
            "MONGO_INITDB_ROOT_PASSWORD": SecretVariable("MongoUser", "password"),
            "MONGO_APP_PASSWORD": SecretVariable("MongoAppUser", "password"),
        },
        # Healthy is what LibreChat can log in to.
        probe=f"mongosh --quiet {DATABASE} --eval 'db.auth(\"{MONGO_APP_USER}\", process.env.MONGO_APP_PASSWORD).ok'",
        configuration=(f"{CONFIG_FOLDER}/mongodb.sh", f"{CONFIG_FOLDER}/mongodb-user.js"),
        command=("sh", f"{CONFIG_FOLDER}/mongodb.sh"),
        volumes={"mongodb": "/data/db"},
        memory_percent=35,
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
        configuration=(f"{CONFIG_FOLDER}/postgres.sh",),
        command=("sh", f"{CONFIG_FOLDER}/postgres.sh"),
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
                "MEILI_DB_PATH": index_path(),
                "MEILI_NO_ANALYTICS": "true",
            },
            MEILISEARCH_READS,
        ),
        secrets={"MEILI_MASTER_KEY": SecretVariable("SearchKey", "master_key")},
        probe="curl -fsS http://127.0.0.1:7700/health",
        volumes={"meilisearch": INDEX_FOLDER},
        memory_percent=20,
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
        # It answers 200 also when it is down; what it is stands in the body.
        probe='python -c "import urllib.request as u;'
        " assert b'UP' in u.urlopen('http://127.0.0.1:8000/health', timeout=4).read()\"",
        configuration=() if local else (CA_PATH,),
        needs=("postgres",) if local else (),
        memory_percent=40,
        calls_aws=True,
    )


def _librechat(config: c.Config, around: Surroundings, needs: tuple[str, ...]) -> HostContainer:
    secrets = {name: SecretVariable(*at) for name, at in secret_variables(config).items()}
    if isinstance(config.documents, c.MongoOnInstance):
        uri = f"mongodb://{MONGO_APP_USER}:%s@mongodb:27017/{DATABASE}?authSource={DATABASE}"
        secrets["MONGO_URI"] = SecretVariable("MongoAppUser", "password", uri)
    return HostContainer(
        name="librechat",
        component="librechat",
        environment=librechat_environment(config, on_host(config, around)),
        secrets=secrets,
        probe="node -e \"fetch('http://127.0.0.1:3080/livez').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))\"",
        configuration=(CA_PATH, LIBRECHAT_YAML_PATH, MOVE_PATH, *([REFILL_PATH] if config.search else [])),
        needs=needs,
        port=3080,
        command=librechat_command(config),
        memory_percent=60,
        calls_aws=True,
    )
