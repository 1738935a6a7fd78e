"""Laws that every synthesised deployment keeps."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from librechat_aws import versions
from librechat_aws.environment import ADMIN_PANEL_READS, LIBRECHAT_READS, MEILISEARCH_READS, RAG_API_READS
from librechat_aws.optional_variables import OPTIONAL_VARIABLES
from librechat_aws.parts.containers import FETCH_VARIABLES
from librechat_aws.presets import PRESETS

pytestmark = pytest.mark.xdist_group("cdk")

DEPLOYMENTS = [
    *((preset,) for preset in PRESETS),
    ("standard-dev", "egress=endpoints"),
    ("standard-dev", "egress=none"),
    ("standard-dev", "egress=nat-instance"),
    ("standard-dev", "documents=documentdb-serverless", "postgres=aurora-serverless"),
    ("standard-dev", "search=true", "customer_managed_key=true"),
    ("standard-dev", "rag=false", "cache=none"),
    ("minimal-dev", "rag=true", "postgres=container", "search=true", "egress=endpoints"),
    ("minimal-dev", "documents=documentdb", "cache=valkey", "dashboard=true"),
]


@pytest.fixture(params=DEPLOYMENTS, ids=" ".join)
def assembly(request, synthesise):
    return synthesise(*request.param)


def _containers(assembly) -> Iterator[dict[str, Any]]:
    for task in assembly.resources("AWS::ECS::TaskDefinition").values():
        yield from task["Properties"]["ContainerDefinitions"]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def test_programs_get_only_variables_that_they_read(assembly) -> None:
    wrapper = {"LIBRECHAT_YAML", "LIBRECHAT_ORIGIN_PARAMETER", "ORIGIN_SECRET"}
    reads = {
        "librechat": LIBRECHAT_READS | OPTIONAL_VARIABLES | wrapper,
        "rag-api": RAG_API_READS,
        "meilisearch": MEILISEARCH_READS,
        "admin-panel": ADMIN_PANEL_READS,
        "mongodb": {"MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "MONGO_APP_PASSWORD"},
        "postgres": {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"},
        "fetch-configuration": FETCH_VARIABLES,
    }
    for program in assembly.programs():
        assert program.variables | program.secrets.keys() <= reads[program.name]


def test_every_secret_key_that_is_read_is_written(assembly) -> None:
    written = {}
    for path, secret in assembly.resources("AWS::SecretsManager::Secret").items():
        generator = secret["Properties"]["GenerateSecretString"]
        written[f"<{path}>"] = {*json.loads(generator["SecretStringTemplate"]), generator["GenerateStringKey"]}
    read = [at for program in assembly.programs() for at in program.secrets.values()]
    assert len(read) >= 5
    for secret, key in read:
        assert key in written[secret]


def test_libre_chat_has_all_secrets_that_it_would_otherwise_invent(assembly) -> None:
    librechat = next(program for program in assembly.programs() if program.name == "librechat")
    assert librechat.secrets.keys() >= {"CREDS_KEY", "CREDS_IV", "JWT_SECRET", "JWT_REFRESH_SECRET", "MONGO_URI"}


def test_images_have_a_version(assembly) -> None:
    for program in assembly.programs():
        if program.image == "package":
            continue
        assert re.search(r":v?\d+\.\d+\.\d+[a-z0-9-]*(@sha256:[0-9a-f]{64})?$", program.image), program.image


def test_libre_chat_is_the_released_image_of_its_new_owner_and_not_what_a_tag_was_moved_to() -> None:
    image = versions.image("librechat")
    assert image.repository == "ghcr.io/librechat-ai/librechat"
    assert image.digest
    assert versions.unverified() == ("rag_api", "admin_panel")


def test_the_way_in_through_the_vpc_is_gone_before_the_vpc_goes(synthesise) -> None:
    """CloudFront's interfaces and their group go with the VPC origin, which is deleted with the application's stack."""
    assembly = synthesise("production-ecs")
    (origin,) = assembly.resources("AWS::CloudFront::VpcOrigin")
    assert origin.startswith("App/")
    manifest = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]
    assert "Network" in manifest["App"]["dependencies"]


def test_names_of_places_are_symbols(assembly) -> None:
    for stack, template in assembly.templates.items():
        for text in _strings({key: template.get(key) for key in ("Resources", "Outputs")}):
            # Service endpoints of the Lambda trust policies and managed prefix lists carry no place.
            assert not re.search(r"\b(us|eu|ap|sa|ca|me|af|cn)-[a-z]+-\d\b", text), (stack, text)
            assert not re.search(r"arn:aws(-cn|-us-gov)?:", text), (stack, text)


def test_nothing_is_left_to_be_substituted(assembly) -> None:
    for template in assembly.templates.values():
        for text in _strings(_without_sub(template["Resources"])):
            assert "${" not in text


def _without_sub(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_sub(item) for key, item in value.items() if key != "Fn::Sub"}
    return [_without_sub(item) for item in value] if isinstance(value, list) else value


def test_security_groups_open_both_ends_of_every_path(assembly) -> None:
    def ends(kind: str, own: str, other: str) -> set[tuple[str, str, int]]:
        found = set()
        for path, rule in assembly.resources(kind).items():
            properties, stack = rule["Properties"], path.partition("/")[0]
            if other in properties:
                groups = (assembly.follow(properties[own], stack), assembly.follow(properties[other], stack))
                found.add((*groups, properties["FromPort"]))
        return found

    inwards = {
        (source, target, port)
        for target, source, port in ends("AWS::EC2::SecurityGroupIngress", "GroupId", "SourceSecurityGroupId")
    }
    outwards = ends("AWS::EC2::SecurityGroupEgress", "GroupId", "DestinationSecurityGroupId")
    assert inwards == outwards
    assert inwards


def test_services_roll_back_and_drain(assembly) -> None:
    services = assembly.resources("AWS::ECS::Service").values()
    kinds = ("AWS::AutoScaling::AutoScalingGroup", "AWS::Lambda::WebFunctionRevision")
    assert services or any(assembly.resources(kind) for kind in kinds)
    for service in services:
        breaker = service["Properties"]["DeploymentConfiguration"]["DeploymentCircuitBreaker"]
        assert breaker == {"Enable": True, "Rollback": True}
        assert "DesiredCount" not in service["Properties"]
    for container in _containers(assembly):
        if container["Essential"]:
            assert 75 <= container["StopTimeout"] <= 120


def test_the_waiting_for_a_database_ends_before_the_custom_resource_does(assembly) -> None:
    machines = {
        path: machine
        for path, machine in assembly.resources("AWS::StepFunctions::StateMachine").items()
        if path.startswith("Data/")
    }
    functions = [
        function["Properties"]["Timeout"]
        for function in assembly.resources("AWS::Lambda::Function").values()
        if function["Properties"]["Handler"] == "handler.is_complete"
    ]
    for machine in machines.values():
        definition = "".join(
            part if isinstance(part, str) else "x" for part in machine["Properties"]["DefinitionString"]["Fn::Join"][1]
        )
        retry = json.loads(definition)["States"]["framework-isComplete-task"]["Retry"][0]
        worst = retry["MaxAttempts"] * (retry["IntervalSeconds"] + max(functions))
        for kind in ("Custom::DocumentUser", "Custom::VectorDatabase"):
            for resource in assembly.resources(kind).values():
                assert worst < int(resource["Properties"]["ServiceTimeout"])


def test_egress_none_has_neither_nat_nor_endpoints(synthesise) -> None:
    closed = synthesise("standard-dev", "egress=none")
    for kind in ("AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint", "AWS::EC2::EIP"):
        assert not closed.resources(kind)


def test_egress_by_endpoints_has_no_nat_and_every_service_with_private_dns(synthesise) -> None:
    assembly = synthesise("standard-dev", "egress=endpoints")
    assert not assembly.resources("AWS::EC2::NatGateway")
    endpoints = [resource["Properties"] for resource in assembly.resources("AWS::EC2::VPCEndpoint").values()]
    names = {"".join(p for p in _strings(e["ServiceName"])).rpartition(".")[2]: e for e in endpoints}
    assert set(names) == {"s3", "api", "dkr", "logs", "secretsmanager", "bedrock-runtime", "ssmmessages"}
    assert all(e["PrivateDnsEnabled"] for name, e in names.items() if name != "s3")
    assert all(".dkr.ecr." in program.image for program in assembly.programs())


@pytest.mark.parametrize("preset", ["standard-dev", "minimal-dev"])
def test_a_login_of_ones_own_reaches_librechat_with_its_secret(preset: str, synthesise) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chat/openid-AbCdEf"
    assembly = synthesise(
        preset,
        'variables={OPENID_ISSUER="https://id.example.com", OPENID_CLIENT_ID="chat", ALLOW_SOCIAL_LOGIN="true"}',
        f'secret_variables={{OPENID_CLIENT_SECRET="{arn}#client_secret"}}',
    )
    librechat = next(program for program in assembly.programs() if program.name == "librechat")
    assert {"OPENID_ISSUER", "OPENID_CLIENT_ID", "ALLOW_SOCIAL_LOGIN"} <= librechat.variables
    place, key = librechat.secrets["OPENID_CLIENT_SECRET"]
    assert f"{place}:{key}".endswith(":client_secret")
    readable = [
        resource
        for policy in assembly.resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "secretsmanager:GetSecretValue" in statement["Action"]
        for resource in statement["Resource"]
    ]
    assert arn in readable
