"""Event source mappings of Kafka -> what Lambda's pollers must reach from the network of the cluster.

On demand, Lambda puts its pollers' interfaces into the subnets of the cluster under the cluster's groups, or into those that a
mapping of a self-managed cluster names, and calls Lambda, AWS STS and the brokers (its bootstrap servers) from there; provisioned pollers need no such way
to the services. Sources: AWS Lambda Developer Guide, configuring your Amazon MSK cluster and Amazon VPC network for Lambda; configuring your
self-managed Apache Kafka cluster and network for Lambda.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_address
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_flag, known_text, references_in
from stackflight.read.needs.destinations import broker_ports, one_of
from stackflight.read.needs.placing import placed
from stackflight.read.needs.scene import Scene, service_need

_SECRETS = ("SASL_SCRAM_256_AUTH", "SASL_SCRAM_512_AUTH", "BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE")  # fmt: skip

_CLUSTERS = ("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster")
_PLACES = ("VPC_SUBNET", "VPC_SECURITY_GROUP")


def find_poller_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every enabled mapping that reads Kafka on demand from inside a VPC."""
    for mapping in scene.world.of_type("AWS::Lambda::EventSourceMapping"):
        if mapping.get("ProvisionedPollerConfig") is not None or known_flag(mapping.get("Enabled"), True) is not True:
            continue
        cluster = resource_named(scene.world, mapping.get("EventSourceArn"), *_CLUSTERS)
        placement = _of_cluster(scene, cluster) if cluster is not None else _of_mapping(scene, mapping)
        if placement is None or not placement.subnets:
            continue
        workload = Workload(mapping.address, "event source mapping", placement)
        kinds = {known_text(as_dict(item).get("Type")) for item in as_list(mapping.get("SourceAccessConfigurations"))}
        named = ["lambda", "sts", *(["secretsmanager"] if kinds & set(_SECRETS) else [])]
        evidence = "pollers on demand call it from the network of the cluster"
        purposes = {"lambda": "call the function", "sts": "take its role", "secretsmanager": "log in to the cluster"}
        needs = [service_need(workload, name, purposes[name], evidence, Certainty.PROVED, Phase.RUN) for name in named]
        if cluster is not None:
            needs.append(_brokers(workload, cluster, placement, kinds))
        for server in as_list(mapping.get("SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers")):
            needs += scene.database_needs(workload, "KafkaBootstrapServers", server, Consequence.NONE)
        yield workload, needs


def _brokers(workload: Workload, cluster: Resource, placement: Placement, kinds: set[str | None]) -> Need:
    """The way to the brokers, by the listener for how the mapping logs in: both ends are under the cluster's groups."""
    ports = broker_ports(cluster)
    if kinds & {"SASL_SCRAM_512_AUTH", "SASL_SCRAM_256_AUTH"}:
        fitting: tuple[int, ...] = ports.get("scram", ())
    elif "CLIENT_CERTIFICATE_TLS_AUTH" in kinds:
        fitting = ports.get("tls", ())
    else:
        fitting = (*ports.get("iam", ()), *ports.get("none", ()))
    port = one_of(fitting or [one for found in ports.values() for one in found], "which listener it uses")
    target = ResourceTarget(cluster.address, port, placement, "Kafka cluster")
    evidence = f"{workload.address} reads its topics"
    return Need(workload, target, "read from the brokers", evidence, Certainty.PROVED, Phase.RUN)


def _of_cluster(scene: Scene, cluster: Resource) -> Placement:
    if cluster.type == "AWS::MSK::Cluster":
        given = as_dict(cluster.get("BrokerNodeGroupInfo"))
        return placed(scene, given.get("ClientSubnets"), given.get("SecurityGroups"))
    networks = as_list(cluster.get("VpcConfigs"))
    first = as_dict(networks[0]) if networks else {}
    return placed(scene, first.get("SubnetIds"), first.get("SecurityGroups"))


def _of_mapping(scene: Scene, mapping: Resource) -> Placement | None:
    """A self-managed cluster: the mapping names subnets and groups itself, each perhaps as `subnet:ID`."""
    if mapping.get("SelfManagedEventSource") is None:
        return None
    found: dict[str | None, list[Value]] = {}
    for item in as_list(mapping.get("SourceAccessConfigurations")):
        found.setdefault(known_text(as_dict(item).get("Type")), []).append(as_dict(item).get("URI"))
    if None in found or "VPC_SUBNET" not in found:
        return None
    places, groups = (tuple(_meant(scene, value) for value in found.get(kind, [])) for kind in _PLACES)
    return Placement(places, groups)


def _meant(scene: Scene, value: Value) -> Address | Unknown:
    """The resource of an id, or of an id behind `subnet:` or `security_group:`."""
    named = [item.address for item in references_in(value) if item.address in scene.world.resources]
    return named[0] if len(named) == 1 else to_address(scene.world, value)
