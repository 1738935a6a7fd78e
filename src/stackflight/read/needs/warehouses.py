"""Warehouses of Amazon Redshift that send COPY and UNLOAD through their VPC -> the services that they read and write.

Without enhanced VPC routing this traffic does not cross the VPC. Which services a warehouse uses its roles say. Source: Amazon
Redshift Management Guide, enhanced VPC routing.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import resource_named
from stackflight.model.need import Need, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_list, known_flag
from stackflight.read.needs.placing import placed
from stackflight.read.needs.scene import Scene, service_need

_COPIES = ("s3", "dynamodb", "kms", "secretsmanager", "glue", "lambda")
"""What COPY, UNLOAD and external schemas and functions go to."""


def find_warehouse_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every cluster and workgroup with enhanced VPC routing."""
    for cluster in scene.world.of_type("AWS::Redshift::Cluster"):
        group = resource_named(scene.world, cluster.get("ClusterSubnetGroupName"))
        if known_flag(cluster.get("EnhancedVpcRouting"), False) is True and group is not None:
            yield _warehouse(scene, cluster, group.get("SubnetIds"), "VpcSecurityGroupIds", cluster.get("IamRoles"))
    for workgroup in scene.world.of_type("AWS::RedshiftServerless::Workgroup"):
        space = resource_named(scene.world, workgroup.get("NamespaceName"), "AWS::RedshiftServerless::Namespace")
        if known_flag(workgroup.get("EnhancedVpcRouting"), False) is True and space is not None:
            yield _warehouse(scene, workgroup, workgroup.get("SubnetIds"), "SecurityGroupIds", space.get("IamRoles"))


def _warehouse(
    scene: Scene, warehouse: Resource, subnets: Value, groups: str, roles: Value
) -> tuple[Workload, list[Need]]:
    public = known_flag(warehouse.get("PubliclyAccessible"), False)
    workload = Workload(warehouse.address, "warehouse", placed(scene, subnets, warehouse.get(groups), public))
    evidence = "{} has EnhancedVpcRouting, and its role allows {}"
    return workload, [
        service_need(
            workload,
            name,
            f"copy from and to {name}",
            evidence.format(warehouse.address, action),
            Certainty.POSSIBLE,
            Phase.RUN,
        )
        for role in as_list(roles)
        for name, action in scene.implied_services(role)
        if name in _COPIES
    ]
