"""The first pull through a cache of Amazon ECR goes on to the upstream registry, which endpoints do not reach."""

from __future__ import annotations

from typing import Any

import pytest
from towns import att, ref, town, verdict_on

from stackflight.model.finding import Verdict


@pytest.mark.parametrize(("nat", "verdict"), [(True, Verdict.YES), (False, Verdict.NO)])
def test_the_first_pull_needs_the_internet(nat: bool, verdict: Verdict) -> None:
    built = town(nat=nat, endpoints=("ecr.api", "ecr.dkr", "s3"))
    built.add("Cache", "AWS::ECR::PullThroughCacheRule", EcrRepositoryPrefix="hub", UpstreamRegistryUrl="registry-1.docker.io")  # fmt: skip
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/hub/library/nginx:1"}
    container = {"Name": "app", "Image": image, "Memory": 512}
    built.add("Task", "AWS::ECS::TaskDefinition", NetworkMode="awsvpc", RequiresCompatibilities=["FARGATE"], ContainerDefinitions=[container])  # fmt: skip
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="t", VpcId=ref("Vpc"))
    network: dict[str, Any] = {"AwsvpcConfiguration": {"Subnets": [ref("PrivateSubnet1")], "SecurityGroups": [att("Group", "GroupId")]}}  # fmt: skip
    built.add("Service", "AWS::ECS::Service", LaunchType="FARGATE", TaskDefinition=ref("Task"), NetworkConfiguration=network)  # fmt: skip
    judged = built.judge()
    assert verdict_on(judged, "ecr.dkr") is Verdict.YES
    assert verdict_on(judged, "registry-1.docker.io") is verdict
