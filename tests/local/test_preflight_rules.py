"""Reading the rules of cdk-preflight out of its wheel, and keeping them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from stackflight.local import preflight_rules
from stackflight.local.preflight_rules import cache_folder, find_archive, first_time_absent, load_rules

RULES = [
    {"id": "a", "service": "s3", "resourceTypes": ["AWS::S3::Bucket"], "rego": "uses _pf_one(x)"},
    {"id": "b", "service": "sqs", "resourceTypes": ["AWS::SQS::Queue", "AWS::SNS::Topic"], "rego": "uses nothing"},
    {"id": "c", "service": "tags", "resourceTypes": ["*"], "rego": "of all"},
    {
        "id": "d",
        "service": "s3",
        "resourceTypes": ["AWS::S3::Bucket"],
        "rego": "old",
        "supersededBy": {"engine": "1.0"},
    },
]
SHARED = [
    {"name": "one", "rego": "_pf_one(x) := _pf_two(x)"},
    {"name": "two", "rego": "_pf_two(x) := x"},
    {"name": "three", "rego": "_pf_three(x) := x"},
]


def pack(folder: Path, script: str) -> Path:
    archive = folder / "cdk-preflight@9.9.9.jsii.tgz"
    with tarfile.open(archive, "w:gz") as opened:
        member = tarfile.TarInfo("package/lib/rules.generated.js")
        content = script.encode()
        member.size = len(content)
        opened.addfile(member, io.BytesIO(content))
    return archive


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_folder()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    script = f"exports.BUNDLED_RULES = void 0;\nexports.BUNDLED_RULES = {json.dumps(RULES)};\nexports.BUNDLED_LIBS = {json.dumps(SHARED)};\n"
    return pack(tmp_path, script)


def test_only_rules_for_the_types_at_hand_are_loaded_with_what_they_call(archive: Path) -> None:
    found = load_rules(archive, ["AWS::S3::Bucket"])
    assert {rule.id for rule in found.rules} == {"a", "c"}
    assert [name for name, _ in found.shared] == ["one", "two"]


def test_a_rule_about_two_services_is_loaded_for_either(archive: Path) -> None:
    assert "b" in {rule.id for rule in load_rules(archive, ["AWS::SNS::Topic"]).rules}
    assert "b" in {rule.id for rule in load_rules(archive, ["AWS::SQS::Queue"]).rules}


def test_what_was_unpacked_once_is_kept_by_version(archive: Path, cache: Path) -> None:
    first = load_rules(archive, ["AWS::S3::Bucket"])
    assert [folder.name for folder in cache.iterdir()] == ["cdk-preflight@9.9.9-1"]
    archive.write_bytes(b"")
    assert load_rules(archive, ["AWS::S3::Bucket"]) == first
    assert load_rules(archive, ["AWS::Unheard::Of"]).rules[0].id == "c"


def test_a_damaged_cache_is_not_used(archive: Path, cache: Path) -> None:
    first = load_rules(archive, ["AWS::S3::Bucket"])
    (cache / "cdk-preflight@9.9.9-1" / "AWS-S3.json").write_text("[")
    assert load_rules(archive, ["AWS::S3::Bucket"]) == first


def test_without_a_place_for_the_cache_the_rules_are_read_all_the_same(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_rules(archive, ["AWS::S3::Bucket"]).rules


@pytest.mark.parametrize("script", ["", "exports.BUNDLED_RULES = [", "exports.BUNDLED_RULES = {};"])
def test_an_archive_of_another_form_is_an_error(tmp_path: Path, script: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        load_rules(pack(tmp_path, script), ["AWS::S3::Bucket"])


def test_the_installed_package_is_read_without_importing_it() -> None:
    code = (
        "import sys; from stackflight.local.preflight_rules import find_archive, load_rules;"
        "print(len(load_rules(find_archive(), ['AWS::S3::Bucket']).rules));"
        "print({'cdk_preflight', 'jsii', 'aws_cdk', 'constructs'} & set(sys.modules))"
    )
    run = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, env=dict(os.environ))
    number, imported = run.stdout.splitlines()
    assert int(number) > 50
    assert imported == "set()"


def test_that_the_extra_is_absent_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not first_time_absent()
    monkeypatch.setattr(preflight_rules, "find_archive", lambda: None)
    assert [first_time_absent(), first_time_absent()] == [True, False]


def test_the_installed_package_is_found() -> None:
    found = find_archive()
    assert found is not None
    assert found.name.startswith("cdk-preflight@")
