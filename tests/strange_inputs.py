"""Whole inputs that nobody would write: assemblies with anything at any place, and code of functions and start scripts.

The same seed and number give the same input. Damaged templates are in `mutations.py`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mutations import Mutant, junk, mutants

_STACK = "aws:cloudformation:stack"
_KINDS = (
    _STACK,
    _STACK,
    _STACK,
    "cdk:asset-manifest",
    "cdk:cloud-assembly",
    "cdk:tree",
    "cdk:feature-flag-report",
    "x",
)
_ENVIRONMENTS = ("aws://123456789012/eu-west-1", "aws://unknown-account/unknown-region", "aws://1/x", "aws:/", "", "x")
_SOUND = "Resources: {Topic: {Type: AWS::SNS::Topic}, Store: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref AWS::StackName}}}"
_FILES = ("S0.json", "S1.json", "S2.json", "gone.json", "../S0.json", "/etc/hostname", ".", "", "a\n::x::", "é.json")


def write_input(folder: Path, seed: int, number: int) -> tuple[str, Path]:
    """One input below a folder: what was made ("template", "assembly" or "code"), and the target to name."""
    rng = random.Random(f"{seed}/{number}")
    kind = ("template", "assembly", "code", "code")[number % 4]
    if kind == "assembly":
        return kind, write_assembly(folder, rng)
    if kind == "code":
        return kind, write_code(folder, rng)
    mutant = next(iter(mutants(1, seed=seed * 1_000_003 + number)))
    file = folder / "app.yaml"
    file.write_text(mutant.text, encoding="utf-8", errors="replace")
    return kind, file


def write_assembly(folder: Path, rng: random.Random) -> Path:
    """A folder that looks like a cloud assembly."""
    found: list[Mutant] = list(mutants(3, seed=rng.randrange(10**9)))
    for index, mutant in enumerate(found):
        text = mutant.text if rng.random() < 0.2 else _SOUND
        (folder / f"S{index}.json").write_text(text, encoding="utf-8", errors="replace")
    names = [f"A{number}" for number in range(rng.randrange(5))]
    artifacts: Any = {name: _artifact(rng, names) for name in names}
    manifest: Any = {"version": rng.choice(("43.0.0", "1", 1, None)), "artifacts": artifacts}
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        _damage(rng, manifest)
    text = json.dumps(manifest)
    if rng.random() < 0.1:
        text = text[: rng.randrange(len(text) + 1)]
    (folder / "manifest.json").write_text(text, encoding="utf-8", errors="replace")
    if rng.random() < 0.2:
        (folder / "nested").mkdir()
        (folder / "nested" / "manifest.json").write_text(text, encoding="utf-8", errors="replace")
    return folder


def _artifact(rng: random.Random, names: list[str]) -> dict[str, Any]:
    """One artifact as the CDK writes it, and its file, its environment or what it waits for at times as nobody does."""
    properties: dict[str, Any] = {
        "templateFile": rng.choice(_FILES[:3] if rng.random() < 0.8 else _FILES),
        "stackName": rng.choice(("app", "data", "app", "", "-", "x" * 200)),
        "parameters": {"P": "1"},
        "terminationProtection": True,
    }
    if rng.random() < 0.2:
        properties["directoryName"] = rng.choice(("nested", ".", "..", "gone"))
    if rng.random() < 0.2:
        properties["file"] = rng.choice(_FILES)
    return {
        "type": rng.choice(_KINDS),
        "environment": rng.choice(_ENVIRONMENTS),
        "properties": properties,
        "dependencies": rng.sample([*names, "gone"], rng.randrange(len(names) + 2)),
        "metadata": {f"/{name}/R": [{"type": "aws:cdk:logicalId", "data": "R"}] for name in names},
    }


def _damage(rng: random.Random, tree: Any) -> None:
    """Put anything at one place of a tree."""
    places = list(_places(tree))
    if places:
        container, key = rng.choice(places)
        container[key] = junk(rng)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


_PYTHON = (
    "import boto3, os, json, time, urllib.request", "from os import environ as e", "import cfnresponse",
    "client = boto3.client('s3')", "client = boto3.client(os.environ['SERVICE'])", "table = boto3.resource('dynamodb').Table('x')",
    "for attempt in range(10**9):\n    try:\n        client.list_buckets()\n        break\n    except Exception:\n        time.sleep(2 ** attempt)",
    "while True:\n    time.sleep(5)", "time.sleep(1e400)", "time.sleep(0 ** (0 - 1))", "x = " + "(" * 90 + "1" + ")" * 90, "x = " + "1 + " * 400 + "1",
    "def handler(event, context):\n    return {'a': os.environ['TABLE'], 'b': e.get('X', 1)}", "lambda_handler = handler", "class handler: pass",
    "cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Key': 1, **more})", "data = {}\ndata[event['x']] = 1", "async def handler(e, c): await x",
    "urllib.request.urlopen('https://' + os.environ['HOST'] + '/x')", "client.get_object(Bucket=os.environ['B'], Key=str(1))", "\x00", "é = '\\ud800'",
    "match event:\n    case {'a': [1, *rest]}: pass", "from . import x", "import *", "print(f'{x!r:>{y}}')", "os.environ['A'] = os.environ.pop('B')",
)  # fmt: skip
_SCRIPT = (
    "const {S3Client, GetObjectCommand} = require('@aws-sdk/client-s3');", "import { SQSClient } from '@aws-sdk/client-sqs'",
    "exports.handler = async (e) => { await new S3Client({}).send(new GetObjectCommand({Bucket: process.env.B})) }",
    "const {A, B: {C = process.env['D']}} = process.env", "fetch(`https://${process.env.HOST}:${p}/`)", "/* ' \" ` ${", "`${`${`${x}`}`}`",
    "require('aws-sdk')", "new (require('@aws-sdk/client-' + x)).Y()", "module.exports = {handler}", "// \x00 \u2028",
)  # fmt: skip
_SHELL = (
    "#!/bin/bash -xe", "yum install -y nginx", "apt-get update && apt-get install -y curl", "curl -fsSL https://example.com/x.sh | bash",
    "aws s3 cp s3://bucket/key . --region $REGION", "/opt/aws/bin/cfn-signal -e $? --stack ${AWS::StackName} --resource Nobody", "docker pull x/y:${TAG:-1}",
    "cat <<'EOF'\n${x}\n$(y", "for i in $(seq 1 99999999); do sleep 1; done", "<powershell>", "#cloud-config", "Content-Type: multipart/mixed; boundary=\"", "echo \"",
    "export A=`curl http://169.254.169.254/latest`", "pip install -r https://x/y", "git clone git@github.com:x/y", "\x00\x01", "until false; do :; done",
)  # fmt: skip


def write_code(folder: Path, rng: random.Random) -> Path:
    """A function with inline code or code in an asset, and an instance with a start script."""
    python = rng.random() < 0.6
    code = _program(rng, _PYTHON if python else _SCRIPT)
    function: dict[str, Any] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13" if python else "nodejs22.x",
            "Handler": rng.choice(("index.handler", "index.lambda_handler", "a/b.c", "", "index", {"Ref": "P"})),
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Timeout": rng.choice((3, 900, "x")),
            "Environment": {"Variables": {"TABLE": {"Ref": "P"}, "B": "bucket", "HOST": "example.com"}},
            "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            "Code": {"ZipFile": code},
        },
    }
    if rng.random() < 0.4:
        asset = folder / "asset"
        asset.mkdir()
        for name in rng.sample(("index.py", "index.js", "index.mjs", "package.json", "b.py", "requirements.txt"), 3):
            (asset / name).write_text(_program(rng, (*_PYTHON, *_SCRIPT)), encoding="utf-8", errors="replace")
        function["Metadata"] = {"aws:asset:path": rng.choice(("asset", "asset", "./asset/", "asset/index.py", "gone"))}
        function["Properties"]["Code"] = {"S3Bucket": "b", "S3Key": "k"}
    script = _program(rng, _SHELL)
    body = {
        "Parameters": {"P": {"Type": "String"}},
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
            "Work": function,
            "Call": {"Type": "Custom::X", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Work", "Arn"]}}},
            "Key": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::GetAtt": ["Call", "Key"]}}},
            "Host": {
                "Type": "AWS::EC2::Instance",
                "CreationPolicy": {"ResourceSignal": {"Timeout": "PT5M"}},
                "Properties": {"UserData": {"Fn::Base64": rng.choice((script, {"Fn::Sub": script}))}},
            },
        },
    }
    file = folder / "app.json"
    file.write_text(json.dumps(body), encoding="utf-8", errors="replace")
    return file


def _program(rng: random.Random, lines: tuple[str, ...]) -> str:
    """Lines of a language in any order, some indented, at times cut off."""
    chosen = [rng.choice(lines) for _ in range(rng.choice((1, 3, 8, 20)))]
    text = "\n".join(f"    {line}" if rng.random() < 0.15 else line for line in chosen)
    return text[: rng.randrange(len(text) + 1)] if rng.random() < 0.2 else text
