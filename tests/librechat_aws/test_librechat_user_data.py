"""The user data of an instance, run in bash against fakes of the programs that it calls."""

import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from librechat_aws.environment import Surroundings
from librechat_aws.host import host_containers
from librechat_aws.instance.render import Instance, render_user_data
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

VOLUME = "vol-0123456789abcdef0"
INSTANCE = Instance(
    region="eu-west-1",
    stack="librechat-app",
    resource="Group",
    log_group="logs",
    bucket="assets",
    files={"rds-global-bundle.pem": "1.pem", "librechat.yaml": "2.yaml"},
    volume=VOLUME,
    volume_gib=100,
    rotation=0,
    ecr_registry="",
    metrics=True,
)
AROUND = Surroundings(
    origin="https://chat.example.com",
    secure=True,
    proxies=2,
    region="eu-west-1",
    bucket="files",
    cache_uri=None,
    rag_api_url=None,
    search_url=None,
    config_path="/config/librechat.yaml",
)
SECRET_VALUE = "s3cr3tValue"

FAKES = {
    "dnf": "exit 0",
    "systemctl": "exit 0",
    "mkfs.xfs": "exit 0",
    "mount": "exit 0",
    "xfs_growfs": "exit 0",
    "blkid": "exit 2",
    "docker": 'case "$1 $2" in "network inspect") exit 1;; esac; exit 0',
    "curl": 'case "$*" in *api/token*) echo token;; *instance-id*) echo i-1;; *readyz*) exit 0;; esac',
    "cfn-signal": "exit 0",
    "amazon-cloudwatch-agent-ctl": "exit 0",
    "aws": f"""case "$1 $2" in
      "s3 cp") echo content > "$5";;
      "ec2 describe-volumes") echo None;;
      "ec2 attach-volume") touch "$FAKE_DEVICES/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0";;
      "secretsmanager get-secret-value")
        echo '{{"username": "u", "password": "{SECRET_VALUE}", "dbname": "rag", "uri": "x", "jwt_secret": "j",
          "jwt_refresh_secret": "r", "creds_key": "k", "creds_iv": "i", "master_key": "m"}}';;
    esac""",
    # Enough of jq for: jq -er --arg key NAME '.[$key]'
    "jq": """exec python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$4" """,
}


@dataclass(frozen=True)
class Box:
    """A directory that stands for the instance's root, with fakes in front of the real programs."""

    root: Path

    def fake(self, name: str, body: str) -> None:
        folder = {"cfn-signal": "opt/bin", "amazon-cloudwatch-agent-ctl": "opt/amazon-cloudwatch-agent/bin"}
        path = self.root / folder.get(name, "bin") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/bash\necho "{name} $*" >> {self.root}/calls\n{body}\n')
        path.chmod(0o755)

    def run(self, script: str, *, ready_seconds: int = 5) -> subprocess.CompletedProcess[str]:
        for before, after in {
            "ROOT=''": f"ROOT={self.root}",
            "PAUSE=5": "PAUSE=0",
            "DATA=/data": f"DATA={self.root}/data",
            "DEVICES=/dev/disk/by-id": f"DEVICES={self.root}/devices",
            "READY_SECONDS=900": f"READY_SECONDS={ready_seconds}",
            "TOOLS=/opt/aws": f"TOOLS={self.root}/opt",
        }.items():
            assert script.count(f"\n{before}\n") == 1, before
            script = script.replace(f"\n{before}\n", f"\n{after}\n")
        return subprocess.run(
            ["bash", "-c", script], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.root}/bin:/usr/bin:/bin", "FAKE_DEVICES": f"{self.root}/devices"}

    @property
    def calls(self) -> list[str]:
        return (self.root / "calls").read_text().splitlines()

    def unit(self, name: str) -> str:
        return (self.root / "etc/systemd/system" / f"{name}.service").read_text()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    made = Box(tmp_path)
    (tmp_path / "devices").mkdir()
    for name, body in FAKES.items():
        made.fake(name, body)
    return made


def _script(*overrides: str, instance: Instance = INSTANCE, vector_host: str | None = "db.internal") -> str:
    config = resolve(read_request("production-ec2", overrides))
    containers = host_containers(config, AROUND, vector_host)
    return render_user_data(
        instance,
        containers,
        image=lambda container: container.image.reference,
        secret_arn=lambda id: f"arn:secret:{id}",
    )


def test_a_first_start_ends_with_one_signal_of_success(box: Box) -> None:
    done = box.run(_script())
    assert done.returncode == 0, done.stderr
    signals = [call for call in box.calls if call.startswith("cfn-signal")]
    assert signals == [
        "cfn-signal --exit-code 0 --reason LibreChat is ready --stack librechat-app --resource Group --region eu-west-1"
    ]


def test_every_image_is_pulled_by_version_before_anything_starts(box: Box) -> None:
    box.run(_script())
    pulls = [call.rpartition(" ")[2] for call in box.calls if call.startswith("docker pull")]
    assert [pull.rpartition("/")[2].partition(":")[0] for pull in pulls] == [
        "mongo",
        "meilisearch",
        "librechat-rag-api-dev-lite",
        "librechat",
    ]
    assert all(":latest" not in pull and ":" in pull for pull in pulls)
    start = next(n for n, call in enumerate(box.calls) if call.startswith("systemctl enable --now librechat-secrets"))
    assert all(n < start for n, call in enumerate(box.calls) if call.startswith("docker pull"))


def test_libre_chat_starts_after_what_it_needs_and_again_after_a_reboot(box: Box) -> None:
    box.run(_script())
    unit = box.unit("librechat-librechat")
    assert "librechat-mongodb.service librechat-meilisearch.service librechat-rag-api.service" in unit
    assert "WantedBy=multi-user.target" in unit
    assert "Restart=always" in unit
    enabled = next(call for call in box.calls if call.startswith("systemctl enable --now librechat-secrets"))
    for name in ("mongodb", "meilisearch", "rag-api", "librechat"):
        assert f"librechat-{name}.service" in enabled


def test_secrets_reach_memory_and_nothing_else(box: Box) -> None:
    done = box.run(_script())
    script, *arguments = _exec_start(box.unit("librechat-secrets"))
    for _boot in range(2):
        booted = subprocess.run(
            [box.root / script.lstrip("/"), *arguments], env=box.environment, capture_output=True, text=True, check=True
        )
        assert SECRET_VALUE not in booted.stdout + booted.stderr
    secret = (box.root / "run/librechat/librechat.secret").read_text().splitlines()
    assert f"MONGO_URI=mongodb://librechat_app:{SECRET_VALUE}@mongodb:27017/LibreChat?authSource=LibreChat" in secret
    assert len(secret) == len({line.partition("=")[0] for line in secret})
    assert (box.root / "run/librechat/librechat.secret").stat().st_mode & 0o077 == 0
    shutil.rmtree(box.root / "run")
    shutil.rmtree(box.root / "bin")
    everything = [path.read_text() for path in box.root.rglob("*") if path.is_file()]
    assert not [text for text in [done.stdout, done.stderr, *everything] if SECRET_VALUE in text]


def _exec_start(unit: str) -> list[str]:
    return next(line for line in unit.splitlines() if line.startswith("ExecStart=")).partition("=")[2].split()


def test_the_data_volume_is_formatted_once_and_mounted_again_after_a_reboot(box: Box) -> None:
    box.run(_script())
    assert any(call.startswith("mkfs.xfs") for call in box.calls)
    fstab = (box.root / "etc/fstab").read_text()
    assert f"{box.root}/data xfs defaults,nofail" in fstab


def test_the_file_system_grows_to_the_size_of_its_volume(box: Box) -> None:
    box.run(_script())
    mounted = next(n for n, call in enumerate(box.calls) if call.startswith("mount"))
    assert box.calls[mounted + 1] == f"xfs_growfs {box.root}/data"


def test_another_size_of_the_volume_and_another_rotation_are_another_script() -> None:
    assert (
        len({_script(instance=replace(INSTANCE, **change)) for change in ({}, {"volume_gib": 200}, {"rotation": 1})})
        == 3
    )


def test_only_containers_that_call_aws_reach_the_role_of_the_instance(box: Box) -> None:
    box.run(_script("postgres=container"))
    (network,) = [call for call in box.calls if call.startswith("docker network create")]
    assert network == "docker network create --subnet 198.18.0.0/24 --ip-range 198.18.0.128/25 librechat"
    assert "-I DOCKER-USER -s 198.18.0.128/25 -d 169.254.169.254 -j DROP" in box.unit("librechat-isolate")
    units = {
        name: box.unit(f"librechat-{name}") for name in ("mongodb", "postgres", "meilisearch", "rag-api", "librechat")
    }
    assert {name for name, unit in units.items() if "--ip 198.18.0.1" in unit} == {"rag-api", "librechat"}
    assert all("Requires=docker.service librechat-isolate.service" in unit for unit in units.values())
    assert all("--cap-drop NET_RAW" in unit for unit in units.values())


def test_no_container_may_take_all_memory_or_wait_for_its_log(box: Box) -> None:
    box.run(_script())
    for name in ("mongodb", "meilisearch", "rag-api", "librechat"):
        unit = box.unit(f"librechat-{name}")
        assert int(unit.partition("--memory ")[2].partition("m ")[0]) > 0
        assert "--log-opt mode=non-blocking" in unit


def test_libre_chat_is_not_administrator_of_its_database(box: Box) -> None:
    box.run(_script())
    assert "sh /config/mongodb.sh" in box.unit("librechat-mongodb")
    assert "librechat mongodb MONGO_INITDB" not in (box.root / "etc/librechat/secrets").read_text()
    rows = [line.split(" ") for line in (box.root / "etc/librechat/secrets").read_text().splitlines()]
    assert [row[2] for row in rows if row[:2] == ["librechat", "MONGO_URI"]] == ["arn:secret:MongoAppUser"]


def test_node_itself_gets_the_signal_to_stop(box: Box) -> None:
    box.run(_script())
    assert "sh -c 'node /config/refill.js; exec node api/server/index.js'" in box.unit("librechat-librechat")


def test_a_volume_with_data_is_never_formatted(box: Box) -> None:
    box.fake("blkid", "exit 0")
    assert box.run(_script()).returncode == 0
    assert not any(call.startswith("mkfs.xfs") for call in box.calls)


def test_it_waits_for_a_predecessor_to_let_the_volume_go(box: Box) -> None:
    attach = FAKES["aws"].replace(
        '"ec2 attach-volume") ', '"ec2 attach-volume") [ "$(grep -c attach-volume "$0.log")" -ge 3 ] || exit 254; '
    )
    box.fake("aws", f'echo "$*" >> "$0.log"\n{attach}')
    done = box.run(_script())
    assert done.returncode == 0, done.stderr
    assert sum("ec2 attach-volume" in call for call in box.calls) == 3


@pytest.mark.parametrize(
    ("program", "body", "reason"),
    [
        ("dnf", "exit 1", "cannot install packages"),
        ("docker", '[ "$1" != pull ]', "cannot pull"),
        ("aws", '[ "$1" != s3 ]', "cannot fetch"),
        ("mount", "exit 32", "cannot mount"),
        ("systemctl", '[[ "$*" != *librechat* ]]', "cannot start the services"),
    ],
)
def test_a_failure_is_signalled_with_its_reason(box: Box, program: str, body: str, reason: str) -> None:
    overrides: list[str] = []
    script = _script(*overrides)
    if program == "aws":
        script = _script(instance=replace(INSTANCE, volume=""))
    box.fake(program, body)
    done = box.run(script)
    assert done.returncode == 1
    assert [call for call in box.calls if call.startswith(f"cfn-signal --exit-code 1 --reason {reason}")]


def test_a_libre_chat_that_never_gets_ready_fails_within_its_time(box: Box) -> None:
    box.fake("curl", FAKES["curl"].replace("*readyz*) exit 0", "*readyz*) exit 22"))
    done = box.run(_script(), ready_seconds=1)
    assert done.returncode == 1
    assert any("--exit-code 1 --reason LibreChat is not ready after 1 seconds" in call for call in box.calls)


def test_a_managed_store_needs_no_volume_and_no_database_container(box: Box) -> None:
    script = _script("documents=documentdb", instance=replace(INSTANCE, volume=""))
    assert box.run(script).returncode == 0
    assert not any("attach-volume" in call or "mongo" in call for call in box.calls)


def test_private_images_are_pulled_with_the_roles_own_credentials(box: Box) -> None:
    registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    assert box.run(_script(instance=replace(INSTANCE, ecr_registry=registry))).returncode == 0
    helper = json.loads((box.root / "root/.docker/config.json").read_text())
    assert helper == {"credHelpers": {registry: "ecr-login"}}
    assert any("amazon-ecr-credential-helper" in call for call in box.calls if call.startswith("dnf"))


def test_it_is_small_and_leaves_no_placeholder() -> None:
    for overrides in ((), ("postgres=container",), ("documents=documentdb",)):
        script = _script(*overrides, vector_host=None)
        assert len(script.encode()) < 14_000
        assert "${" not in script


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say(tmp_path: Path) -> None:
    path = tmp_path / "user-data.sh"
    path.write_text(_script())
    done = subprocess.run(["shellcheck", "--shell=bash", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
