from pathlib import Path

import pytest

from librechat_aws import config as c
from librechat_aws.errors import SettingsError
from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

VPC = (
    "vpc_id=vpc-0a1b2c3d",
    'public_subnet_ids=["subnet-0a1b2c31","subnet-0a1b2c32"]',
    'app_subnet_ids=["subnet-0a1b2c33","subnet-0a1b2c34"]',
    'data_subnet_ids=["subnet-0a1b2c35","subnet-0a1b2c36"]',
)


def _resolve(preset: str, *overrides: str) -> c.Config:
    return resolve(read_request(preset, overrides))


def _refusal(preset: str, *overrides: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        _resolve(preset, *overrides)
    return caught.value


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_resolves(preset: str) -> None:
    assert _resolve(preset).preset == preset


def test_standard_dev_is_fargate_with_every_managed_store_and_one_nat_gateway() -> None:
    config = _resolve("standard-dev")
    assert isinstance(config.compute, c.Ecs)
    assert isinstance(config.documents, c.DocumentDb)
    assert isinstance(config.cache, c.Valkey)
    assert config.rag is not None
    assert config.egress == c.NatGateways(1)


def test_egress_by_endpoints_takes_images_from_private_ecr() -> None:
    assert _resolve("standard-dev", "egress=endpoints").images_from_private_ecr
    assert not _resolve("standard-dev").images_from_private_ecr


def test_an_unknown_preset_names_the_near_ones() -> None:
    refusal = _refusal("standart-dev")
    assert "unknown preset 'standart-dev'" in str(refusal)
    assert "standard-dev" in refusal.hint


def test_an_unknown_key_names_file_line_and_the_near_key(tmp_path: Path) -> None:
    file = tmp_path / "chat.toml"
    file.write_text('preset = "standard-dev"\n\n# a comment\negres = "none"\n')
    refusal = _refusal(str(file))
    assert str(refusal) == f"{file}:4: unknown key 'egres'"
    assert "egress" in refusal.hint


def test_a_wrong_value_names_file_line_and_the_meaning_of_the_key(tmp_path: Path) -> None:
    file = tmp_path / "chat.toml"
    file.write_text('preset = "standard-dev"\nzones = "two"\n')
    refusal = _refusal(str(file))
    assert str(refusal).startswith(f"{file}:2: zones: ")
    assert refusal.hint == "Number of Availability Zones."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no preset is named"),
        ("preset = ", "Invalid value"),
        ('preset = "standard-dev"\npreset = "full-dev"\n', "Cannot overwrite"),
        ("preset = 3", "no preset is named"),
    ],
)
def test_a_file_that_says_nothing_useful_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "chat.toml"
    file.write_text(text)
    assert message in str(_refusal(str(file)))


def test_a_missing_or_binary_file_is_refused_without_a_traceback(tmp_path: Path) -> None:
    assert "No such file" in str(_refusal(str(tmp_path / "absent.toml")))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "not a text file" in str(_refusal(str(binary)))


@pytest.mark.parametrize(
    ("overrides", "reason", "nearest"),
    [
        (["documents=mongodb"], "durable volume", "documentdb"),
        (["cache=none", "tasks_max=3"], "share chats", "valkey"),
        (["tasks_min=4", "tasks_max=2"], "above", "tasks_max = 4"),
        (["nat_gateways=3"], "in 2 zones", "nat_gateways = 2"),
        (["librechat_cpu=1000"], "no size of 1000", "1024"),
        (["librechat_memory_mib=900"], "no 900 MiB", "2048"),
        (["entry=https"], "needs a domain", "cloudfront"),
        (["egress=endpoints", "images=public"], "public registries", "private-ecr"),
        (["documents=external"], "needs mongo_uri_secret_arn", "uri"),
        (["egress=endpoints", "nat_gateways=1"], "no effect", "nat-gateway"),
        (["domain=chat.example.com"], "no effect", "cloudfront"),
        (["vpc_cidr=10.0.0.0/24"], "/16 and /20", "10.0.0.0/16"),
        (["vpc_cidr=10.0.0.1/16"], "host bits", "10.0.0.0/16"),
        (["log_days=31"], "no retention of 31", "30"),
        (["monthly_budget_usd=100"], "alarm_email", "alarm_email"),
        (["app_subnet_ids=['subnet-0a1b2c3d']"], "a new VPC", "vpc_id"),
        (["rag=false", "postgres=rds"], "no effect", "rag = true"),
        (["ca_bundle=/nowhere.pem"], "cannot be read", "PEM"),
        (['tags={"aws:team"="a"}'], "for itself", "team"),
        ([*VPC, 'vpc_zones=["eu-west-1a","eu-west-1a"]'], "vpc_zones names one of its values twice", "each zone"),
        ([*VPC, 'vpc_zones=["eu-west-1a","eu-west-1b"]', "vpc_cidr=mine"], "vpc_cidr", "10.0.0.0/16"),
        (["documents=documentdb-serverless", "documents_min_capacity=1.3"], "multiple of 0.5", "steps of 0.5"),
        (["postgres=aurora-serverless", "aurora_max_capacity=4.7"], "multiple of 0.5", "steps of 0.5"),
        (
            ["documents=external", "mongo_uri_secret_arn=arn:aws:secretsmanager:eu-west-1:123456789012:secret:uri"],
            "mongo_uri_secret_arn",
            "Complete ARN",
        ),
    ],
)
def test_an_impossible_combination_is_refused_with_the_nearest_legal_one(
    overrides: list[str], reason: str, nearest: str
) -> None:
    refusal = _refusal("standard-dev", *overrides)
    assert reason in str(refusal)
    assert nearest in refusal.hint


def test_cloudfront_takes_only_certificates_of_its_own_region() -> None:
    refusal = _refusal(
        "standard-dev",
        "entry=cloudfront",
        "domain=chat.example.com",
        "certificate_arn=arn:aws:acm:eu-west-1:123456789012:certificate/x",
    )
    assert "us-east-1, not of eu-west-1" in str(refusal)


@pytest.mark.parametrize(
    "override",
    [
        "vpc_id=my-vpc",
        "app_subnet_ids=['a']",
        "postgres_class=db.t4g.micro",
        "name=Lib_re",
        "alarm_email=me",
        "allowed_cidrs=[]",
        "nat_instance_type=nano",
        "vpc_zones=['a']",
        "models=['no such model']",
        'tags={""="x"}',
        'tags={Team="a{b}"}',
    ],
)
def test_values_of_the_wrong_form_are_refused(override: str) -> None:
    assert override.partition("=")[0] in str(_refusal("standard-dev", override))


@pytest.mark.parametrize(
    ("override", "needed"),
    [
        ("durability=disposable", "durability"),
        ("trail=false", "trail"),
        ("entry=trial-http", "encrypted entry"),
        ("log_days=30", "log_days"),
        ("backup_days=1", "backup_days"),
    ],
)
def test_strict_compliance_gives_up_nothing(override: str, needed: str) -> None:
    refusal = _refusal("enterprise", override)
    assert needed in str(refusal)
    assert refusal.hint


def test_a_graviton_instance_is_what_the_images_and_user_data_are_for() -> None:
    assert "not a Graviton type" in str(_refusal("minimal-dev", "instance_type=t3.large"))
    assert "not a Graviton type" in str(_refusal("minimal-dev", "instance_type=t4g."))


@pytest.mark.parametrize(
    ("override", "reason", "hint"),
    [
        ('variables={OPENID_ISUER="x"}', "OPENID_ISUER is not a variable", "OPENID_ISSUER"),
        ('variables={OPENAI_API_KEY="sk-1"}', "OPENAI_API_KEY is a secret", "secret_variables"),
        ('variables={MONGO_URI="x"}', "MONGO_URI is not a variable", ""),
        ('secret_variables={OPENAI_API_KEY="sk-1"}', "not the complete ARN", "#client_secret"),
        ('variables={APP_TITLE="a\\nEND"}', "APP_TITLE has more than one line", "one line"),
        ('variables={APP_TITLE="${TITLE}"}', "nothing replaces the ${ in APP_TITLE", "text itself"),
        ('secret_variables={APP_TITLE="x"}', "APP_TITLE is not a variable", ""),
    ],
)
def test_variables_that_a_person_adds_are_ones_that_librechat_reads(override: str, reason: str, hint: str) -> None:
    refusal = _refusal("standard-dev", override)
    assert reason in str(refusal)
    assert hint in refusal.hint
