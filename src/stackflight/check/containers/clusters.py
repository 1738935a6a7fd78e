"""World -> findings on ECS clusters whose services need instances that never register with them.

Source: Amazon ECS Developer Guide (container agent configuration, ECS_CLUSTER; capacity providers; Bottlerocket).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import handed_out, mentions, named, refused
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Unknown,
    Value,
    as_list,
    known_int,
    known_text,
    references_in,
    render,
    unknowns_in,
)

_CLUSTER = "AWS::ECS::Cluster"
_NODES = ("AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance", "AWS::EC2::SpotFleet", "AWS::EC2::EC2Fleet")
_NODE_POLICIES = ("AmazonEC2ContainerServiceforEC2Role", "/aws/service/ecs/", "/aws/service/bottlerocket/aws-ecs")


CLUSTER_WITHOUT_INSTANCES = Check(
    "cluster-without-instances",
    found_when="a service of launch type EC2 runs in a cluster that gets no instance",
    explains="ECS waits about three hours for a place (or until the deployment circuit breaker opens). Auto Scaling groups and "
    "instances whose user data is unknown, fetched from elsewhere or names the cluster count as its instances.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-capacity-providers.html",
    ),
    example="cap-ecs-ec2-no-instances",
)
NODES_OF_ANOTHER_CLUSTER = Check(
    "nodes-of-another-cluster",
    found_when="container instances register with another cluster than their service's",
    explains="Without ECS_CLUSTER in /etc/ecs/ecs.config the agent registers with the cluster 'default'.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html",),
    example="wire-ecs-nodes-other-cluster",
)


@finds(CLUSTER_WITHOUT_INSTANCES, NODES_OF_ANOTHER_CLUSTER)
def find_clusters_without_instances(case: Case) -> Iterator[Finding]:
    """Services that must run on instances, in clusters that get none."""
    for service in case.world.of_type("AWS::ECS::Service"):
        cluster = named(case, service.get("Cluster"), _CLUSTER)
        if cluster is None or not needs_instances(case, service, cluster) or handed_out(case, cluster.address):
            continue
        if any(may_join(case, node, cluster) for node in case.world.of_type(*_NODES)):
            continue
        strays = [node for node in case.world.of_type(*_NODES) if _is_container_node(case, node)]
        if strays:
            source = source_of(case, strays[0])
            yield refused(
                case, NODES_OF_ANOTHER_CLUSTER, [source.address, strays[0].address, service.address, cluster.address],
                f"the instances of {strays[0].address} register with the cluster 'default', since their user data does not "
                f"name {cluster.address}: {service.address} was unable to place a task because no container instance met all "
                "of its requirements",
                f"write ECS_CLUSTER=${{{cluster.address.id}}} to /etc/ecs/ecs.config in the user data (Fn::Sub)",
                struck=service.address, consequence=Consequence.UNSTABLE,
            )  # fmt: skip
        else:
            yield refused(
                case, CLUSTER_WITHOUT_INSTANCES, [service.address, cluster.address],
                f"{service.address} runs its tasks on instances of {cluster.address}, and nothing in the templates registers "
                "one: unable to place a task because no container instance met all of its requirements",
                "add an Auto Scaling group whose instances join the cluster before the service, or use LaunchType: FARGATE",
                ("LaunchType",) if service.get("LaunchType") is not None else (), consequence=Consequence.UNSTABLE,
            )  # fmt: skip


def needs_instances(case: Case, service: Resource, cluster: Resource) -> bool:
    """Whether a service must find a container instance when it is created."""
    count, launch = service.get("DesiredCount"), service.get("LaunchType")
    if (count is not None and known_int(count) is None) or known_int(count) == 0:
        return False
    if known_text(service.get("SchedulingStrategy")) == "DAEMON" or service.get("CapacityProviderStrategy") is not None:
        return False
    if launch is not None:
        return known_text(launch) == "EC2"
    settings = [
        item.properties
        for item in case.world.of_type("AWS::ECS::ClusterCapacityProviderAssociations")
        if mentions(item.properties, cluster.address)
    ]
    return (
        not settings
        and cluster.get("DefaultCapacityProviderStrategy") is None
        and cluster.get("CapacityProviders") is None
    )


def source_of(case: Case, node: Resource) -> Resource:
    """Where a node's user data stands: its launch template or configuration, or itself."""
    for value in (
        node.get("LaunchTemplate", "LaunchTemplateId"),
        node.get("LaunchTemplate", "LaunchTemplateName"),
        node.get("LaunchConfigurationName"),
        node.get("MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification", "LaunchTemplateId"),
    ):
        found = named(case, value)
        if found is not None:
            return found
    return node


def _start_of(source: Resource) -> Value:
    data = source.get("LaunchTemplateData", "UserData")
    return data if data is not None else source.get("UserData")


def may_join(case: Case, node: Resource, cluster: Resource) -> bool:
    """Whether the instances of a node may register with a cluster."""
    source = source_of(case, node)
    if source is node and node.type != "AWS::EC2::Instance":
        return True
    if isinstance(_start_of(source), Unknown) or isinstance(source.get("LaunchTemplateData"), Unknown):
        return True
    given = [_start_of(source), source.attributes.get("Metadata"), node.attributes.get("Metadata")]
    name = known_text(cluster.get("ClusterName"))
    text = render(given[0]) + str(given[1:])
    if name is not None and name in text:
        return True
    if any(mentions(value, cluster.address) for value in given):
        return True
    hidden = [item for value in given for item in unknowns_in(value) if not item.why.startswith("AWS::")]
    return (bool(hidden) and ("ECS_CLUSTER" in text or "cluster" in text)) or _fetches_script(text)


def _fetches_script(text: str) -> bool:
    """User data that runs a script from elsewhere may join any cluster."""
    return any(word in text for word in ("aws s3 cp", "curl ", "wget ", "ansible", "ssm get-parameter"))


def _is_container_node(case: Case, node: Resource) -> bool:
    source = source_of(case, node)
    described = render(source.get("LaunchTemplateData", "ImageId")) + render(source.get("ImageId"))
    roles = [
        render(item)
        for reference in references_in(source.properties)
        for profile in [case.resources.get(reference.address)]
        if profile is not None and profile.type == "AWS::IAM::InstanceProfile"
        for owner in as_list(profile.get("Roles"))
        for role in [named(case, owner, "AWS::IAM::Role")]
        if role is not None
        for item in as_list(role.get("ManagedPolicyArns"))
    ]
    return any(mark in text for text in (described, *roles) for mark in _NODE_POLICIES)
