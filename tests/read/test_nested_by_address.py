"""Nested templates given by address: found beside the parent by name, by old assets, and where `--nested` says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackflight.local.folder import LocalFolder
from stackflight.model.template import World
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import read_assembly
from stackflight.read.nested import Elsewhere

CHILD = "Parameters: {Cidr: {Type: String}}\nResources: {Inner: {Type: AWS::SQS::Queue}}\n"


def read(
    folder: Path, url: str, file: str, parent: str = "app.yaml", *elsewhere: Elsewhere, given: str = "Cidr"
) -> World:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(CHILD)
    body = {
        "Parameters": {"Bucket": {"Type": "String"}},
        "Resources": {
            "Part": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": {"Fn::Sub": url}, "Parameters": {given: "10.0.0.0/16"}},
            }
        },
    }
    inside = LocalFolder((folder / parent).parent, "", (folder,))
    source = Source("app", parse_template(json.dumps(body), parent), file=Path(parent).name)
    return join_stacks([source], {}, inside, elsewhere=elsewhere)


def taken(world: World) -> list[str]:
    return [f"{one.file} because {one.why}" for one in world.taken]


@pytest.mark.parametrize(
    ("url", "file", "parent"),
    [
        ("https://b.s3.amazonaws.com/network.yaml", "network.yaml", "app.yaml"),
        ("https://b.s3.amazonaws.com/network.yaml?versionId=3", "network.yaml", "app.yaml"),
        ("https://s3.amazonaws.com/b/project/v2/parts/network.yaml", "parts/network.yaml", "app.yaml"),
        ("s3://b/parts/network.yaml", "parts/network.yaml", "app.yaml"),
        ("https://${Bucket}.s3.${AWS::Region}.amazonaws.com/parts/network.yaml", "parts/network.yaml", "app.yaml"),
        ("https://b.s3.amazonaws.com/${Bucket}submodules/net/network.yaml", "submodules/net/network.yaml", "templates/main.yaml"),
        ("https://b.s3.amazonaws.com/solution/v1/network.template", "network.yaml", "app.yaml"),
    ],
)  # fmt: skip
def test_a_template_is_found_by_the_end_of_its_address(tmp_path: Path, url: str, file: str, parent: str) -> None:
    world = read(tmp_path, url, file, parent)
    assert [stack.name for stack in world.stacks] == ["app/Part", "app"]
    assert len(taken(world)) == 1
    assert Path(file).name in taken(world)[0]


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("https://b.s3.amazonaws.com/${Bucket}.yaml", "network.yaml"),  # the name is open
        ("https://b.s3.amazonaws.com/${Bucket}-network.yaml", "-network.yaml"),  # half of it is
        ("https://b.s3.amazonaws.com/other/template.yaml", "template.yaml"),  # every folder has one of that name
        ("https://b.s3.amazonaws.com/app.yaml", "app.yaml"),  # the parent itself
        ("https://b.s3.amazonaws.com/../../network.yaml", "elsewhere/network.yaml"),
    ],
)
def test_no_file_is_taken_for_an_address_that_does_not_name_it(tmp_path: Path, url: str, file: str) -> None:
    world = read(tmp_path, url, file)
    assert [stack.name for stack in world.stacks] == ["app"]
    assert taken(world) == []
    assert "is not judged: its template is at https://b.s3" in world.stacks[-1].unknowns[0].why


def test_a_file_that_only_has_the_name_must_declare_what_the_parent_hands_over(tmp_path: Path) -> None:
    world = read(tmp_path, "https://b.s3.amazonaws.com/network.yaml", "network.yaml", given="Size")
    assert taken(world) == []
    assert "network.yaml has its name and does not declare Size" in world.stacks[-1].unknowns[0].why


def test_a_file_that_only_has_the_name_and_is_no_template_is_left_and_said(tmp_path: Path) -> None:
    (tmp_path / "network.yml").write_text("[")
    world = read(tmp_path, "https://b.s3.amazonaws.com/network.yml", "other.yaml")
    assert "network.yml" in world.stacks[-1].unknowns[0].why
    assert "cannot be read" in world.stacks[-1].unknowns[0].why


@pytest.mark.parametrize(
    "prefix", ["https://b.s3.amazonaws.com/v1", "https://b.s3.amazonaws.com/v1/", "https://*.com/v1"]
)
def test_a_folder_stands_for_all_addresses_with_a_prefix(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "template.yaml").write_text(CHILD)
    mount = Elsewhere(prefix, LocalFolder(tmp_path / "mine", "mine"))
    world = read(tmp_path / "deep", "https://b.s3.amazonaws.com/v1/template.yaml", "x.yaml", "app.yaml", mount)
    assert taken(world) == [f"mine/template.yaml because --nested {prefix} leads there"]
    assert world.stacks[0].template.file == "mine/template.yaml"


def test_a_prefix_ends_where_a_part_of_the_address_does(tmp_path: Path) -> None:
    mount = Elsewhere("https://b.s3.amazonaws.com/v", LocalFolder(tmp_path))
    assert mount.rest("https://b.s3.amazonaws.com/v1/template.yaml") is None


def test_the_assets_of_an_app_of_version_1_of_the_cdk_lead_to_nested_templates(tmp_path: Path) -> None:
    digest = "d" * 64
    url = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/",
           {"Ref": f"AssetParameters{digest}S3BucketA1"}, "/", {"Ref": f"AssetParameters{digest}S3VersionKeyB2"}]]}  # fmt: skip
    parameters = {f"AssetParameters{digest}{end}": {"Type": "String"} for end in ("S3BucketA1", "S3VersionKeyB2")}
    parent = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    asset = {"path": "part.nested.template.json", "id": digest, "packaging": "file", "sourceHash": digest}
    app = {
        "type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"},
        "metadata": {"/App": [{"type": "aws:cdk:asset", "data": asset}]},
    }  # fmt: skip
    files = {
        "manifest.json": {"artifacts": {"App": app}},
        "App.template.json": {"Parameters": parameters, "Resources": {"Part": parent}},
        "part.nested.template.json": {"Resources": {"Inner": {"Type": "AWS::SQS::Queue"}}},
    }
    for name, body in files.items():
        (tmp_path / name).write_text(json.dumps(body))
    folder = LocalFolder(tmp_path)
    assert [stack.name for stack in join_stacks(read_assembly(folder), {}, folder).stacks] == ["App/Part", "App"]
