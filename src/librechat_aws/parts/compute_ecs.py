"""ECS mode: LibreChat, rag_api and Meilisearch as Fargate services that find one another by name."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.environment import (
    MEILISEARCH_READS,
    Surroundings,
    arrives_encrypted,
    checked,
    librechat_environment,
    proxies,
    rag_api_environment,
    secret_variables,
)
from librechat_aws.host import (
    CA_PATH,
    LIBRECHAT_YAML_PATH,
    MOVE_PATH,
    REFILL_PATH,
    index_path,
    librechat_command,
    program_text,
)
from librechat_aws.librechat_yaml import librechat_yaml
from librechat_aws.parts.admin_panel import AdminPanel
from librechat_aws.parts.bedrock import allow_models
from librechat_aws.parts.ca_bundle import ca_bundle_text
from librechat_aws.parts.data import Data
from librechat_aws.parts.fargate import FargateProgram, Program, namespace
from librechat_aws.parts.front_door import FrontDoor
from librechat_aws.parts.hours import sleep_ecs
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import Tier
from librechat_aws.parts.search_refill import SearchRefill

COOL_IN, COOL_OUT = Duration.minutes(5), Duration.minutes(1)

_LIBRECHAT_PROBE = (
    "node",
    "-e",
    "fetch('http://127.0.0.1:3080/livez').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))",
)
_RAG_PROBE = (
    "python",
    "-c",
    # It answers 200 also when it is down; what it is stands in the body.
    "import urllib.request as u; assert b'UP' in u.urlopen('http://127.0.0.1:8000/health', timeout=4).read()",
)
_SEARCH_PROBE = ("curl", "-fsS", "http://127.0.0.1:7700/health")


class EcsApplication(Construct):
    """The running application; `librechat`, `rag_api` and `search` are its services."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        compute: c.Ecs,
        network: Network,
        data: Data,
        front_door: FrontDoor,
        further: Mapping[str, str],
        config: c.Config,
    ) -> None:
        super().__init__(scope, id)
        self._network, self._data, self._config = network, data, config
        self._further = further
        protected = config.protected
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            vpc=network.vpc,
            execute_command_configuration=self._shell_logging(config),
            container_insights_v2=ecs.ContainerInsights.ENABLED if protected else ecs.ContainerInsights.DISABLED,
        )
        self.cluster.add_default_cloud_map_namespace(name=namespace(config))
        self._secrets = Construct(self, "Secrets")
        self._ca = self._file("CaBundle", "rds-global-bundle.pem", ca_bundle_text(config))
        self.rag_api = self._rag_api(config.rag) if config.rag else None
        self.search = self._search(config.search) if config.search else None
        self.librechat = self._librechat(compute, front_door)
        self.admin_panel = self._admin_panel(config.admin_panel, front_door) if config.admin_panel else None
        self._rest_at_night()
        if self.search is not None:
            SearchRefill(self, "SearchRefill", cluster=self.cluster, search=self.search, librechat=self.librechat)
        for program in (self.librechat, self.rag_api, self.search, self.admin_panel):
            if program is not None:
                data.allow_key_use(program.task.obtain_execution_role())

    def _librechat(self, compute: c.Ecs, front_door: FrontDoor) -> FargateProgram:
        config, data = self._config, self._data
        around = Surroundings(
            origin=front_door.origin,
            secure=arrives_encrypted(config.entry),
            proxies=proxies(config.entry),
            region=Stack.of(self).region,
            bucket=data.files.bucket.bucket_name,
            cache_uri=data.cache.uri if data.cache else None,
            rag_api_url=self.rag_api.url if self.rag_api else None,
            search_url=self.search.url if self.search else None,
            config_path=LIBRECHAT_YAML_PATH,
            further=self._further,
        )
        text = librechat_yaml(config, files_in_s3=True)
        files = {
            CA_PATH: self._ca,
            LIBRECHAT_YAML_PATH: self._file("LibreChatYaml", "librechat.yaml", text),
            MOVE_PATH: self._file("Move", "move.js", program_text("move.js")),
        }
        if config.search:
            files[REFILL_PATH] = self._file("Refill", "refill.js", program_text("refill.js"))
        program = Program(
            component="librechat",
            tier=Tier.LIBRECHAT,
            cpu=compute.cpu,
            memory_mib=compute.memory_mib,
            environment=librechat_environment(config, around),
            secrets={name: data.for_container(self._secrets, *at) for name, at in secret_variables(config).items()},
            probe=_LIBRECHAT_PROBE,
            runtime="node",
            files=files,
            command=librechat_command(config),
        )
        librechat = FargateProgram(
            self,
            "LibreChat",
            program=program,
            cluster=self.cluster,
            network=self._network,
            config=config,
            discoverable=config.admin_panel is not None,
            grace=Duration.seconds(300),
        )
        librechat.task_role.add_to_principal_policy(allow_models(Stack.of(self), config.chat.models, streaming=True))
        data.files.allow_use(librechat.task_role)
        data.allow_key_use(librechat.task_role)
        librechat.service.attach_to_application_target_group(front_door.targets)
        librechat.service.node.add_dependency(front_door.listener)
        for needed in (self.rag_api, self.search):
            if needed is not None:
                librechat.service.node.add_dependency(needed.service)
        self._scale(librechat.service, compute)
        return librechat

    def _admin_panel(self, panel: c.AdminPanel, front_door: FrontDoor) -> AdminPanel:
        return AdminPanel(
            self,
            "AdminPanel",
            panel=panel,
            librechat=self.librechat,
            front_door=front_door,
            cluster=self.cluster,
            network=self._network,
            data=self._data,
            config=self._config,
        )

    def _rest_at_night(self) -> None:
        """What stands beside LibreChat sleeps when it does."""
        hours = self._config.hours
        for program in (self.rag_api, self.search, self.admin_panel):
            if program is not None and hours is not None:
                sleep_ecs(program.service.auto_scale_task_count(min_capacity=1, max_capacity=1), 1, 1, hours)

    def _scale(self, service: ecs.FargateService, compute: c.Ecs) -> None:
        """The service starts with one task, which builds the indexes; scaling joins when that one is healthy."""
        hours = self._config.hours
        if compute.tasks_max == 1 and hours is None:
            return
        scaling = service.auto_scale_task_count(min_capacity=compute.tasks_min, max_capacity=compute.tasks_max)
        if hours is not None:
            sleep_ecs(scaling, compute.tasks_min, compute.tasks_max, hours)
        if compute.tasks_max == 1:
            return
        scaling.scale_on_cpu_utilization(
            "Cpu", target_utilization_percent=60, scale_in_cooldown=COOL_IN, scale_out_cooldown=COOL_OUT
        )
        scaling.scale_on_memory_utilization(
            "Memory", target_utilization_percent=75, scale_in_cooldown=COOL_IN, scale_out_cooldown=COOL_OUT
        )

    def _rag_api(self, rag: c.Rag) -> FargateProgram:
        config, data = self._config, self._data
        if data.vectors is None:
            raise AssertionError("rag_api on ECS has a managed vector store")
        user = data.vectors.user
        program = Program(
            component="rag_api",
            tier=Tier.RAG_API,
            cpu=rag.cpu,
            memory_mib=rag.memory_mib,
            environment=rag_api_environment(
                config,
                host=data.vectors.host,
                region=Stack.of(self).region,
                database=dict(user.contract.fields)["dbname"],
                ca_path=CA_PATH,
            ),
            secrets={
                "JWT_SECRET": data.for_container(self._secrets, "JwtSecret", "jwt_secret"),
                "POSTGRES_USER": data.for_container(self._secrets, "VectorUser", "username"),
                "POSTGRES_PASSWORD": data.for_container(self._secrets, "VectorUser", "password"),
            },
            probe=_RAG_PROBE,
            runtime="python",
            files={CA_PATH: self._ca},
        )
        rag_api = FargateProgram(
            self,
            "RagApi",
            program=program,
            cluster=self.cluster,
            network=self._network,
            config=config,
            discoverable=True,
        )
        rag_api.task_role.add_to_principal_policy(
            allow_models(Stack.of(self), [config.chat.embedding_model], streaming=False)
        )
        return rag_api

    def _search(self, search: c.Meilisearch) -> FargateProgram:
        config = self._config
        program = Program(
            component="meilisearch",
            tier=Tier.SEARCH,
            cpu=search.cpu,
            memory_mib=search.memory_mib,
            environment=checked(
                {
                    "MEILI_ENV": "production",
                    "MEILI_HTTP_ADDR": "0.0.0.0:7700",
                    "MEILI_DB_PATH": index_path(),
                    "MEILI_NO_ANALYTICS": "true",
                },
                MEILISEARCH_READS,
            ),
            secrets={"MEILI_MASTER_KEY": self._data.for_container(self._secrets, "SearchKey", "master_key")},
            probe=_SEARCH_PROBE,
            single_writer=True,
        )
        return FargateProgram(
            self,
            "Search",
            program=program,
            cluster=self.cluster,
            network=self._network,
            config=config,
            discoverable=True,
        )

    def _shell_logging(self, config: c.Config) -> ecs.ExecuteCommandConfiguration:
        """What is typed in a shell of a container is logged where data is protected."""
        if not (config.protected and config.operations.shell):
            return ecs.ExecuteCommandConfiguration(logging=ecs.ExecuteCommandLogging.NONE)
        return ecs.ExecuteCommandConfiguration(
            kms_key=self._data.key,
            logging=ecs.ExecuteCommandLogging.OVERRIDE,
            log_configuration=ecs.ExecuteCommandLogConfiguration(
                cloud_watch_log_group=log_group(self, "ShellLogs", config)
            ),
        )

    def _file(self, id: str, name: str, text: str) -> assets.Asset:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(text, "utf-8")
            return assets.Asset(self, id, path=str(path))
