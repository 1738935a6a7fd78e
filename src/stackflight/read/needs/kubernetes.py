"""Nodes of Amazon EKS (node groups, Fargate profiles, instances that join by themselves) -> what they must reach.

Sources: Amazon EKS User Guide, cluster API server endpoint, AWS Fargate profiles, self-managed nodes.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Consequence, Phase
from stackflight.model.identify import cluster_group, to_address, to_addresses
from stackflight.model.need import Admission, InternetTarget, Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, as_dict, as_list, known_flag, known_text, references_in, render
from stackflight.patterns import compile_later
from stackflight.read.needs.launches import groups_of_launch, launched_as, place_of_machine
from stackflight.read.needs.placing import mapped_alike
from stackflight.read.needs.scene import Scene, service_need

_JOINS = compile_later(r"/etc/eks/bootstrap\.sh|Start-EKSBootstrap|node\.eks\.aws|nodeadm")


def find_node_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every node group, Fargate profile, and machine whose start script joins a cluster of the template."""
    for nodes in scene.world.of_type("AWS::EKS::Nodegroup"):
        workload = Workload(nodes.address, "EKS node group", _node_placement(scene, nodes))
        yield workload, _node_needs(scene, workload, nodes)
    for profile in scene.world.of_type("AWS::EKS::FargateProfile"):
        place = Placement(to_addresses(scene.world, profile.get("Subnets")), (), False)
        workload, cluster = (
            Workload(profile.address, "Fargate profile", place),
            to_address(scene.world, profile.get("ClusterName")),
        )
        yield workload, _endpoint_needs(scene, workload, cluster, "its pods register as nodes", waits=False)
    for machine in scene.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        kind = "EC2 instance" if machine.type == "AWS::EC2::Instance" else "Auto Scaling group"
        for launch in launched_as(scene, machine):
            script, placement = launch.get("UserData"), place_of_machine(scene, machine, launch)
            if placement is not None and _JOINS.search(render(script)):
                joined = {item.address for item in references_in(script) if _is_cluster(scene, item.address)}
                workload = Workload(machine.address, kind, placement)
                for cluster in joined:
                    yield (
                        workload,
                        _endpoint_needs(scene, workload, cluster, "user data joins the cluster", waits=False),
                    )


def _is_cluster(scene: Scene, address: Address) -> bool:
    return scene.world.resources[address].type == "AWS::EKS::Cluster"


def _node_placement(scene: Scene, nodes: Resource) -> Placement:
    subnets = to_addresses(scene.world, nodes.get("Subnets"))
    public = mapped_alike(scene.network, subnets)
    cluster = to_address(scene.world, nodes.get("ClusterName"))
    own = (cluster_group(cluster),) if isinstance(cluster, Address) and _is_cluster(scene, cluster) else ()
    if nodes.get("LaunchTemplate") is not None:
        named = as_dict(nodes.get("LaunchTemplate"))
        groups = groups_of_launch(scene, {"LaunchTemplateId": named.get("Id"), "LaunchTemplateName": named.get("Name")})
        unread = (Unknown("the groups of its launch template"),)
        return Placement(subnets, unread if groups is None else groups or own, public)
    # Of a cluster that is not at hand the group lets everything out as well, as the VPC's default group does.
    return Placement(subnets, own, public)


def _node_needs(scene: Scene, workload: Workload, nodes: Resource) -> list[Need]:
    if known_text(as_dict(nodes.get("ScalingConfig")).get("DesiredSize")) == "0":
        return []
    evidence = "a node pulls its images and registers before it counts as created"
    found = [
        service_need(workload, service, "join the cluster", evidence, consequence=Consequence.UNSTABLE)
        for service in ("ecr.api", "ecr.dkr", "s3", "ec2")
    ]
    cluster = to_address(scene.world, nodes.get("ClusterName"))
    return [*found, *_endpoint_needs(scene, workload, cluster, evidence, waits=True)]


def _endpoint_needs(
    scene: Scene, workload: Workload, cluster: Address | Unknown, evidence: str, *, waits: bool
) -> list[Need]:
    """The API endpoint of a cluster: inside the VPC its private one, where it has one; `waits` where nodes have to have joined.

    The interfaces of the private one are in the cluster's own group and in those that are given to it.
    """
    resource = scene.world.resources[cluster] if isinstance(cluster, Address) else None
    if resource is None or resource.type != "AWS::EKS::Cluster":
        return []
    access = as_dict(resource.get("ResourcesVpcConfig"))
    phase, harm = (Phase.CREATE, Consequence.UNSTABLE) if waits else (Phase.RUN, Consequence.NONE)
    private = known_flag(access.get("EndpointPrivateAccess"), False)
    if isinstance(private, Unknown):
        return []
    if private:
        groups = (cluster_group(resource.address), *to_addresses(scene.world, access.get("SecurityGroupIds")))
        place = Placement(to_addresses(scene.world, access.get("SubnetIds")), groups)
        inside = ResourceTarget(resource.address, 443, place, "cluster")
        return [Need(workload, inside, "join the cluster", evidence, phase=phase, consequence=harm)]
    sources = access.get("PublicAccessCidrs")
    admission = None
    if sources is not None and known_text(resource.get("KubernetesNetworkConfig", "IpFamily")) != "ipv6":
        remedy = f"set EndpointPrivateAccess to true on {resource.address}, or add the nodes' public addresses to its PublicAccessCidrs"
        admission = Admission(resource.address, "PublicAccessCidrs", tuple(as_list(sources)), remedy)
    instead = f"set EndpointPrivateAccess to true on {resource.address}"
    target = InternetTarget(f"the API endpoint of {resource.address}", admission=admission, instead=instead)
    return [
        Need(
            workload, target, "join the cluster", evidence, phase=phase, consequence=harm, blames=(resource.address,)
        )
    ]  # fmt: skip
