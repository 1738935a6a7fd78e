"""LibreChat as a part of somebody's own CDK app."""

from pathlib import Path

import pytest

from librechat_aws.errors import SettingsError

pytestmark = pytest.mark.xdist_group("cdk")


def test_it_is_the_same_as_alone_and_stands_beside_stacks_of_ones_own(tmp_path: Path, synthesise) -> None:
    from aws_cdk import App, Stack
    from aws_cdk import aws_sns as sns

    from librechat_aws.app import _CONTEXT
    from librechat_aws.construct import LibreChat

    app = App(outdir=str(tmp_path), context=dict(_CONTEXT), analytics_reporting=False)
    chat = LibreChat(app, "Chat", settings="minimal-dev", overrides=["name=team"])
    own = Stack(app, "Own")
    sns.Topic(own, "Topic")
    own.add_stack_dependency(chat.app)
    assembly = app.synth()
    assert [stack.stack_name for stack in assembly.stacks] == ["team-network", "team-data", "team-app", "Own"]
    alone = synthesise("minimal-dev", "name=team").templates
    for stack in assembly.stacks[:3]:
        kinds = sorted(resource["Type"] for resource in stack.template["Resources"].values())
        id = stack.stack_name.rpartition("-")[2].capitalize()
        assert kinds == sorted(resource["Type"] for resource in alone[id]["Resources"].values())


def test_wrong_settings_are_refused_before_anything_is_built() -> None:
    from aws_cdk import App

    from librechat_aws.construct import LibreChat

    with pytest.raises(SettingsError, match="unknown preset"):
        LibreChat(App(analytics_reporting=False), "Chat", settings="enterprize")
