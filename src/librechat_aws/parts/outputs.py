"""What a person needs after a deployment, as commands and links ready to paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.host import MOVE_PATH
from librechat_aws.parts.compute_ec2 import InstanceApplication
from librechat_aws.parts.compute_ecs import EcsApplication
from librechat_aws.parts.compute_web import WebApplication
from librechat_aws.parts.observability import Observability
from librechat_aws.parts.watches import Watch


@dataclass(frozen=True)
class Served:
    """What the application's stack made: the URL, the log, what is worth watching, and outputs of its own mode."""

    origin: str
    logs: logs.ILogGroup
    watches: Sequence[Watch]
    outputs: Mapping[str, tuple[str, str]]


def describe(
    scope: Construct,
    *,
    served: Served,
    files: str,
    pool: str | None,
    observability: Observability | None,
    config: Config,
) -> None:
    """Add the outputs of the application's stack."""
    stack = Stack.of(scope)
    region = f"--region {stack.region}"
    outputs = {
        "Url": (served.origin, "Where people open LibreChat"),
        **_admin_panel(config),
        **served.outputs,
        **_first_of_pool(pool, region),
        "Logs": (f"aws logs tail {served.logs.log_group_name} --follow {region}", "Follows LibreChat's log"),
        "Files": (files, "The bucket of people's files"),
        "Secrets": (
            f"aws secretsmanager list-secrets --filters Key=tag-key,Values=Deployment"
            f" Key=tag-value,Values={config.name} --query 'SecretList[].[Name,Description]' --output text {region}",
            "Lists the secrets of this deployment",
        ),
        "Costs": (
            f"https://{stack.region}.console.aws.amazon.com/costmanagement/home#/cost-explorer",
            f"Cost Explorer: filter by the tag Deployment = {config.name}, once it is a cost allocation tag",
        ),
    }
    if observability is not None and observability.dashboard is not None:
        name = observability.dashboard.dashboard_name
        outputs["Dashboard"] = (
            f"https://{stack.region}.console.aws.amazon.com/cloudwatch/home#dashboards/dashboard/{name}",
            "Metrics and errors",
        )
    for id, (value, description) in outputs.items():
        CfnOutput(scope, id, value=value, description=description)


def _first_of_pool(pool: str | None, region: str) -> dict[str, tuple[str, str]]:
    """Where there is a user pool, an account is made in it, from anywhere."""
    if pool is None:
        return {}
    return {
        "FirstUser": (
            f"aws cognito-idp admin-create-user --user-pool-id {pool} --username you@example.com {region}",
            "Makes an account in the user pool; the first who logs in is the administrator",
        )
    }


def _admin_panel(config: Config) -> dict[str, tuple[str, str]]:
    if config.admin_panel is None:
        return {}
    return {
        "AdminPanel": (config.admin_panel.address, "Where administrators manage LibreChat, with their account there")
    }


def shell_outputs(application: EcsApplication | InstanceApplication, config: Config) -> dict[str, tuple[str, str]]:
    """How to get into a container, and what to do there."""
    region = f"--region {Stack.of(application).region}"
    shell = _ecs_shell(application, region) if isinstance(application, EcsApplication) else _ssm_shell(config, region)
    return {
        "Shell": (shell, "Opens a shell where LibreChat runs (needs the Session Manager plugin)"),
        "FirstUser": (_create_user(application), "Run in that shell to create an account while registration is closed"),
        "Administrator": (
            _make_administrator(application),
            "Run in that shell, with the account's address, to make one more administrator; the first account is one",
        ),
        "Export": (
            _in_container(application, "/app", f"node {MOVE_PATH} export all"),
            "Run in that shell to put everything that MongoDB holds into the files bucket, for a deployment elsewhere",
        ),
    }


def web_outputs(application: WebApplication) -> dict[str, tuple[str, str]]:
    """A web function has no shell."""
    return {
        "Administrator": (
            application.administrator.command,
            "Makes one more administrator, of an account that has registered; the first account is one",
        ),
        "FirstUser": (
            "registration = true",
            "Deploy with it, register (the first account is the administrator), and deploy without it",
        ),
    }


def _ecs_shell(application: EcsApplication, region: str) -> str:
    cluster, service = application.cluster.cluster_name, application.librechat.service.service_name
    task = f"$(aws ecs list-tasks --cluster {cluster} --service-name {service} --query 'taskArns[0]' --output text {region})"
    return (
        f"aws ecs execute-command --cluster {cluster} --task {task} --container librechat"
        f" --interactive --command /bin/sh {region}"
    )


def _ssm_shell(config: Config, region: str) -> str:
    instance = (
        f"$(aws ec2 describe-instances --filters Name=tag:Name,Values={config.name}"
        " Name=instance-state-name,Values=running --query 'Reservations[0].Instances[0].InstanceId'"
        f" --output text {region})"
    )
    return f"aws ssm start-session --target {instance} {region}"


def _create_user(application: EcsApplication | InstanceApplication) -> str:
    return _in_container(application, "/app", "npm run create-user")


def _make_administrator(application: EcsApplication | InstanceApplication) -> str:
    """LibreChat has no command for it: the role is a field of the user."""
    program = (
        'const m=require("mongoose");m.connect(process.env.MONGO_URI)'
        '.then(()=>m.connection.collection("users").updateOne({email:process.argv[1]},{$set:{role:"ADMIN"}}))'
        '.then(r=>{console.log(r.matchedCount?"done":"no such account");process.exit()})'
    )
    return _in_container(application, "/app/api", f"node -e '{program}' you@example.com")


def _in_container(application: EcsApplication | InstanceApplication, folder: str, command: str) -> str:
    if isinstance(application, EcsApplication):
        return f"cd {folder} && {command}"
    return f"sudo docker exec -it --workdir {folder} librechat {command}"
