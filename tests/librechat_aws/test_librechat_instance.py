"""EC2 mode as the templates say it."""

import re

import pytest

pytestmark = pytest.mark.xdist_group("cdk")

MODES = [("minimal-dev",), ("production-ec2",), ("minimal-dev", "documents=documentdb", "key_pair=mine")]


@pytest.fixture(params=MODES, ids=" ".join)
def assembly(request, synthesise):
    return synthesise(*request.param)


def _launch(assembly):
    (data,) = [
        template["Properties"]["LaunchTemplateData"]
        for template in assembly.resources("AWS::EC2::LaunchTemplate").values()
        if "UserData" in template["Properties"]["LaunchTemplateData"]
    ]
    return data


def test_the_metadata_service_needs_a_token_and_reaches_containers(assembly) -> None:
    assert _launch(assembly)["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}


def test_every_volume_is_encrypted(assembly) -> None:
    assert all(mapping["Ebs"]["Encrypted"] for mapping in _launch(assembly)["BlockDeviceMappings"])
    assert all(volume["Properties"]["Encrypted"] for volume in assembly.resources("AWS::EC2::Volume").values())


def test_nobody_comes_in_by_ssh(assembly) -> None:
    for kind in ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"):
        for resource in assembly.resources(kind).values():
            properties = resource["Properties"]
            rules = properties.get("SecurityGroupIngress", []) if kind.endswith("Group") else [properties]
            for rule in rules:
                assert not (rule.get("FromPort", 0) <= 22 <= rule.get("ToPort", 0)), resource


def test_the_group_waits_for_the_signal_that_the_script_sends(assembly) -> None:
    ((path, group),) = assembly.resources("AWS::AutoScaling::AutoScalingGroup").items()
    user_data = assembly.text(_launch(assembly)["UserData"], "App")
    values = dict(re.findall(r"^([A-Z_]+)='?([^'\n]*)'?$", user_data, re.M))
    assert path == f"App/{values['RESOURCE']}"
    assert values["STACK"] == "librechat-app"
    timeout = group["CreationPolicy"]["ResourceSignal"]["Timeout"]
    minutes = int(re.fullmatch(r"PT(\d+)M", timeout)[1])
    assert minutes * 60 >= int(values["READY_SECONDS"]) + 600


def test_the_old_instance_is_gone_before_the_new_one_takes_the_volume(assembly) -> None:
    (group,) = assembly.resources("AWS::AutoScaling::AutoScalingGroup").values()
    rolling = group["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (rolling["MinInstancesInService"], rolling["WaitOnResourceSignals"]) == (0, True)
    assert (group["Properties"]["MinSize"], group["Properties"]["MaxSize"]) == ("1", "1")


def test_the_instance_is_in_a_private_subnet_of_its_volumes_zone(assembly) -> None:
    (group,) = assembly.resources("AWS::AutoScaling::AutoScalingGroup").values()
    subnets = [assembly.follow(subnet, "App") for subnet in group["Properties"]["VPCZoneIdentifier"]]
    kinds = [assembly.resources()[subnet]["Properties"] for subnet in subnets]
    assert not any(properties["MapPublicIpOnLaunch"] for properties in kinds)
    volumes = list(assembly.resources("AWS::EC2::Volume").values())
    assert len(subnets) == (1 if volumes else 2)
    for volume in volumes:
        place = _exported(assembly, volume["Properties"]["AvailabilityZone"]["Fn::ImportValue"])
        assert place == {"Fn::GetAtt": [subnets[0].partition("/")[2], "AvailabilityZone"]}


def _exported(assembly, name):
    outputs = [output for template in assembly.templates.values() for output in template.get("Outputs", {}).values()]
    return next(output["Value"] for output in outputs if output.get("Export", {}).get("Name") == name)


def test_the_instance_starts_after_its_rights_exist(assembly) -> None:
    (group,) = assembly.resources("AWS::AutoScaling::AutoScalingGroup").values()
    kinds = {assembly.resources()[f"App/{name}"]["Type"] for name in group["DependsOn"]}
    assert {"AWS::IAM::Policy", "AWS::IAM::Role", "AWS::ElasticLoadBalancingV2::Listener"} <= kinds


def test_a_key_pair_stays_possible(synthesise) -> None:
    assert _launch(synthesise("minimal-dev", "documents=documentdb", "key_pair=mine"))["KeyName"] == "mine"
    assert "KeyName" not in _launch(synthesise("minimal-dev"))


def test_user_data_is_small_as_it_is_sent(assembly) -> None:
    """EC2 takes 16 KB, before it is encoded: EC2 user guide, "Run commands at launch"."""
    text = assembly.text(_launch(assembly)["UserData"], "App")
    assert len(text.encode()) < 14_000


def test_an_encrypted_volume_may_be_attached(synthesise) -> None:
    assembly = synthesise("production-ec2")
    actions = {
        action
        for policy in assembly.resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert {"ec2:AttachVolume", "kms:CreateGrant"} <= actions
