"""What is uploaded next to the templates: code that runs alone, and scripts that fetch configuration."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

CONFIG = resolve(read_request("standard-dev"))
BOTO3 = "def client(*_): raise AssertionError('no call at import')\n"


@pytest.fixture(params=["INIT_POSTGRES", "INIT_DOCUMENTDB", "MAKE_ADMINISTRATOR"])
def code(request, tmp_path: Path) -> Path:
    from librechat_aws.parts import initialise

    initialise.build_code(getattr(initialise, request.param), tmp_path, CONFIG)
    return tmp_path


@pytest.mark.xdist_group("cdk")
def test_a_functions_code_imports_without_anything_installed(code: Path, tmp_path_factory) -> None:
    runtime = tmp_path_factory.mktemp("runtime")
    (runtime / "boto3.py").write_text(BOTO3)
    script = (
        f"import sys; sys.path[:0] = [{str(code)!r}, {str(runtime)!r}]; import handler;"
        "assert callable(getattr(handler, 'handler', None) or (handler.on_event and handler.is_complete))"
    )
    done = subprocess.run([sys.executable, "-S", "-E", "-B", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.xdist_group("cdk")
def test_a_functions_code_is_pure_python_and_has_the_authorities_where_the_handler_looks(code: Path) -> None:
    suffixes = {path.suffix for path in code.rglob("*") if path.is_file()}
    assert suffixes <= {".py", ".typed", ".pem", ""}
    assert {path.name for path in code.rglob("*") if path.is_file() and not path.suffix} == {"METADATA"}
    assert "-----BEGIN CERTIFICATE-----" in (code / "rds-global-bundle.pem").read_text()
    assert '"rds-global-bundle.pem"' in (code / "handler.py").read_text()


@pytest.mark.xdist_group("cdk")
def test_assets_in_the_assembly_are_the_ones_that_templates_name(synthesise) -> None:
    assembly = synthesise("standard-dev")
    for stack in assembly.templates:
        assets = json.loads((assembly.folder / f"{stack}.assets.json").read_text())
        for file in assets["files"].values():
            assert (assembly.folder / file["source"]["path"]).exists()


FILES = "1.pem={0}/rds-global-bundle.pem 2.yaml={0}/librechat.yaml"


def _fetch(script: str, command: list[str], tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {"FETCH_BUCKET": "assets", "FETCH_FILES": FILES.format(tmp_path), "PATH": os.defpath, **environment}
    return subprocess.run([*command, script], env=variables, capture_output=True, text=True, check=False)


def _assert_fetched(done: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "librechat.yaml").read_text() == "assets/2.yaml"
    assert (tmp_path / "rds-global-bundle.pem").stat().st_mode & 0o777 == 0o644


def _node_script(tmp_path: Path, send: str) -> str:
    module = tmp_path / "node_modules" / "@aws-sdk" / "client-s3"
    module.mkdir(parents=True)
    (module / "index.js").write_text(
        "module.exports = {GetObjectCommand: class { constructor(input) { this.input = input; } },"
        f" S3Client: class {{ async send(command) {{ {send} }} }} }};"
    )
    from importlib.resources import files

    script = files("librechat_aws").joinpath("containers", "fetch.js").read_text("utf-8")
    return script.replace("/app/api/package.json", f"{tmp_path}/package.json")


def test_libre_chats_configuration_is_fetched_with_the_sdk_of_its_image(tmp_path: Path) -> None:
    send = "const {Bucket, Key} = command.input; return {Body: {transformToString: async () => Bucket + '/' + Key}};"
    _assert_fetched(_fetch(_node_script(tmp_path, send), [os.environ["JSII_NODE"], "-e"], tmp_path), tmp_path)


def test_a_fetch_that_fails_ends_the_container_with_its_reason(tmp_path: Path) -> None:
    send = "throw new Error('Access Denied');"
    done = _fetch(_node_script(tmp_path, send), [os.environ["JSII_NODE"], "-e"], tmp_path)
    assert done.returncode == 1
    assert "cannot fetch configuration: Error: Access Denied" in done.stderr


def test_rag_apis_configuration_is_fetched_with_boto3(tmp_path: Path) -> None:
    from importlib.resources import files

    (tmp_path / "botocore").mkdir()
    (tmp_path / "botocore" / "__init__.py").touch()
    (tmp_path / "botocore" / "config.py").write_text("def Config(**_): return None\n")
    (tmp_path / "boto3.py").write_text(
        "import io\n"
        "class S3:\n"
        "    def get_object(self, Bucket, Key): return {'Body': io.BytesIO(f'{Bucket}/{Key}'.encode())}\n"
        "def client(*_, **__): return S3()\n"
    )
    script = files("librechat_aws").joinpath("containers", "fetch.py").read_text("utf-8")
    _assert_fetched(_fetch(script, [sys.executable, "-S", "-c"], tmp_path, PYTHONPATH=str(tmp_path)), tmp_path)
