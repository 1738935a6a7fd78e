"""Nested templates and function code of an app that was run without the CDK's command line: only hashes lead to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackflight.local.folder import LocalFolder
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly

CHILD, CODE = "a" * 64, "b" * 64
MANIFEST = {
    "artifacts": {
        "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
        "App": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}},
    }
}
ASSETS: dict[str, Any] = {
    "files": {
        CHILD: {"source": {"path": "Child.nested.template.json", "packaging": "file"}},
        CODE: {"source": {"path": "asset.code", "packaging": "zip"}},
        "c" * 64: {"source": {"executable": ["build"]}},
    }
}
URL = {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/bucket-${AWS::AccountId}/" + CHILD + ".json"}
PARENT = {"Resources": {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": URL}}}}
FUNCTION = {"Handler": "index.handler", "Code": {"S3Bucket": "b", "S3Key": CODE + ".zip"}}


def _world(folder: Path, assets: Any) -> World:
    (folder / "asset.code").mkdir()
    (folder / "asset.code" / "index.py").write_text("import boto3\n")
    files = {
        "manifest.json": MANIFEST,
        "App.assets.json": assets,
        "App.template.json": PARENT,
        "Child.nested.template.json": {"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": FUNCTION}}},
    }
    for name, body in files.items():
        (folder / name).write_text(body if isinstance(body, str) else json.dumps(body))
    opened = LocalFolder(folder)
    return join_stacks(read_assembly(opened), {}, opened)


def test_the_hash_in_a_url_leads_to_the_nested_template_and_that_in_a_key_to_the_code(tmp_path: Path) -> None:
    world = _world(tmp_path, ASSETS)
    assert [stack.name for stack in world.stacks] == ["App/Child", "App"]
    assert world.code == {Address("App/Child", "Fn"): ("import boto3\n",)}


@pytest.mark.parametrize(
    "assets", ["", "{", "[]", "{}", {"files": []}, {"files": {CHILD: {}}}, {"files": {CHILD: {"source": []}}}]
)
def test_a_manifest_of_another_form_leads_nowhere(tmp_path: Path, assets: Any) -> None:
    assert [stack.name for stack in _world(tmp_path, assets).stacks] == ["App"]
