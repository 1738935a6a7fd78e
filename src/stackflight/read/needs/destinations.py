"""Resources that answer inside a VPC -> where their interfaces are and on which port they listen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import Placement
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, dig, known_flag, known_int, known_text
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """One thing to connect to. `kind` is the word for screens."""

    address: Address
    kind: str
    port: int | Unknown
    placement: Placement
    transport: str = "tcp"
    public: bool | Unknown = False
    serverless_cache: bool = False


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where a type keeps its groups and subnets. `subnet_group` names the property with the subnet group."""

    kind: str
    groups: tuple[str, ...]
    port: Callable[[Resource], int | Unknown]
    subnet_group: str = ""
    subnets: tuple[str, ...] = ()


_ENGINE_PORTS = {"postgres": 5432, "mysql": 3306, "mariadb": 3306, "oracle": 1521, "sqlserver": 1433, "aurora": 3306}


def _fixed(port: int, key: str = "Port") -> Callable[[Resource], int | Unknown]:
    def read(resource: Resource) -> int | Unknown:
        given = resource.get(key)
        if given is None:
            return port
        number = known_int(given)
        if number is not None:
            return number
        return given if isinstance(given, Unknown) else Unknown(f"the port of {resource.address}")

    return read


def _rds_port(resource: Resource) -> int | Unknown:
    given = resource.get("Port")
    if given is None:
        given = as_dict(resource.get("Endpoint")).get("Port")
    if given is not None:
        number = known_int(given)
        return number if number is not None else Unknown(f"the port of {resource.address}", _decided(given))
    engine = known_text(resource.get("Engine"))
    if engine is None:
        return Unknown(f"the engine of {resource.address}", _decided(resource.get("Engine")))
    if engine == "aurora-postgresql" and resource.type == "AWS::RDS::DBCluster":
        return _aurora_postgres_port(resource)
    names = [name for name in _ENGINE_PORTS if name in engine]
    return _ENGINE_PORTS[names[0]] if names else Unknown(f"the port of {engine}")


def _aurora_postgres_port(resource: Resource) -> int | Unknown:
    """CloudFormation documents 3306 for a provisioned cluster without Port, Amazon RDS 5432 for the engine.

    Source: CloudFormation template reference, AWS::RDS::DBCluster Port; Amazon RDS API reference, CreateDBCluster Port.
    """
    if known_text(resource.get("EngineMode")) == "serverless":
        return 5432
    return Unknown(
        f"whether {resource.address} listens on 5432 or 3306: set its Port (CloudFormation documents 3306 where it is "
        "not given, Amazon RDS 5432)",
        candidates=(5432, 3306),
    )


def _proxy_port(resource: Resource) -> int | Unknown:
    """A proxy listens on the port that is usual for its engine family, whatever the database's own."""
    family = known_text(resource.get("EngineFamily"))
    port = {"MYSQL": 3306, "POSTGRESQL": 5432, "SQLSERVER": 1433}.get((family or "").upper())
    return port if port is not None else Unknown(f"the engine family of {resource.address}", _decided(family))


def broker_ports(cluster: Resource) -> dict[str, tuple[int, ...]]:
    """The listeners of a cluster by how clients log in: "iam", "scram", "tls", "none"; as far as they are switched on.

    Without ClientAuthentication nobody logs in. Source: Amazon MSK Developer Guide, port information; Amazon MSK API,
    ClientAuthentication, EncryptionInTransit (TLS unless given).
    """
    if cluster.type == "AWS::MSK::ServerlessCluster":
        return {"iam": (9098,)}
    plain = {"TLS": (9094,), "PLAINTEXT": (9092,)}.get(
        known_text(cluster.get("EncryptionInfo", "EncryptionInTransit", "ClientBroker") or "TLS") or "", (9094, 9092)
    )
    given = cluster.get("ClientAuthentication")
    if given is None:
        return {"none": plain}
    switches = {
        "iam": (("Sasl", "Iam"), (9098,)),
        "scram": (("Sasl", "Scram"), (9096,)),
        "tls": (("Tls",), (9094,)),
        "none": (("Unauthenticated",), plain),
    }
    return {
        way: ports
        for way, (path, ports) in switches.items()
        if known_flag(dig(given, *path, "Enabled"), False) is not False
    }


def one_of(ports: Iterable[int], why: str) -> int | Unknown:
    """A port, or that it is one of several."""
    distinct = tuple(dict.fromkeys(ports))
    return distinct[0] if len(distinct) == 1 else Unknown(why, candidates=distinct)


def _broker_port(cluster: Resource) -> int | Unknown:
    ports = [port for found in broker_ports(cluster).values() for port in found]
    return one_of(ports or (9092, 9094, 9096, 9098), "which listener it uses")


def _message_port(resource: Resource) -> int | Unknown:
    """Source: Amazon MQ Developer Guide, broker endpoints and ports (RabbitMQ: AMQPS; ActiveMQ: one for each protocol)."""
    if (known_text(resource.get("EngineType")) or "").upper() == "RABBITMQ":
        return 5671
    return Unknown("which protocol it is called by", candidates=tuple(_BY_PROTOCOL.values()))


_BY_PROTOCOL = {
    "OpenWireEndpoints": 61617,
    "AmqpEndpoints": 5671,
    "StompEndpoints": 61614,
    "MqttEndpoints": 8883,
    "WssEndpoints": 61619,
}
"""The attribute of a broker of ActiveMQ that names its endpoints for a protocol -> the port there."""


def _cache_port(resource: Resource) -> int | Unknown:
    given = known_int(resource.get("Port"))
    if given is not None:
        return given
    return 11211 if known_text(resource.get("Engine")) == "memcached" else 6379


_SHAPES = {
    "AWS::RDS::DBInstance": _Shape("database", ("VPCSecurityGroups",), _rds_port, "DBSubnetGroupName"),
    "AWS::RDS::DBCluster": _Shape("database", ("VpcSecurityGroupIds",), _rds_port, "DBSubnetGroupName"),
    "AWS::RDS::DBProxy": _Shape("database proxy", ("VpcSecurityGroupIds",), _proxy_port, subnets=("VpcSubnetIds",)),
    "AWS::DocDB::DBCluster": _Shape("database", ("VpcSecurityGroupIds",), _fixed(27017), "DBSubnetGroupName"),
    "AWS::Neptune::DBCluster": _Shape("database", ("VpcSecurityGroupIds",), _fixed(8182, "DBPort"), "DBSubnetGroupName"),
    "AWS::ElastiCache::CacheCluster": _Shape("cache", ("VpcSecurityGroupIds",), _cache_port, "CacheSubnetGroupName"),
    "AWS::ElastiCache::ReplicationGroup": _Shape("cache", ("SecurityGroupIds",), _cache_port, "CacheSubnetGroupName"),
    "AWS::ElastiCache::ServerlessCache": _Shape("cache", ("SecurityGroupIds",), _cache_port, subnets=("SubnetIds",)),
    "AWS::MemoryDB::Cluster": _Shape("cache", ("SecurityGroupIds",), _fixed(6379), "SubnetGroupName"),
    "AWS::DAX::Cluster": _Shape("cache", ("SecurityGroupIds",), _fixed(8111), "SubnetGroupName"),
    "AWS::Redshift::Cluster": _Shape("database", ("VpcSecurityGroupIds",), _fixed(5439), "ClusterSubnetGroupName"),
    "AWS::MSK::Cluster": _Shape(
        "Kafka cluster", ("BrokerNodeGroupInfo", "SecurityGroups"), _broker_port,
        subnets=("BrokerNodeGroupInfo", "ClientSubnets"),
    ),
    "AWS::AmazonMQ::Broker": _Shape("message broker", ("SecurityGroups",), _message_port, subnets=("SubnetIds",)),
    "AWS::RedshiftServerless::Workgroup": _Shape("database", ("SecurityGroupIds",), _fixed(5439), subnets=("SubnetIds",)),
    "AWS::Timestream::InfluxDBInstance": _Shape("database", ("VpcSecurityGroupIds",), _fixed(8086), subnets=("VpcSubnetIds",)),
    "AWS::DocDBElastic::Cluster": _Shape("database", ("VpcSecurityGroupIds",), _fixed(27017), subnets=("SubnetIds",)),
    "AWS::OpenSearchService::Domain": _Shape(
        "search domain", ("VPCOptions", "SecurityGroupIds"), lambda _: 443, subnets=("VPCOptions", "SubnetIds")
    ),
    "AWS::Elasticsearch::Domain": _Shape(
        "search domain", ("VPCOptions", "SecurityGroupIds"), lambda _: 443, subnets=("VPCOptions", "SubnetIds")
    ),
}  # fmt: skip

# Instances that answer under their cluster's groups and subnets.
_MEMBERS = {
    "AWS::RDS::DBInstance": "DBClusterIdentifier",
    "AWS::DocDB::DBInstance": "DBClusterIdentifier",
    "AWS::Neptune::DBInstance": "DBClusterIdentifier",
}


def find_destinations(world: World) -> dict[Address, Destination]:
    """Everything with an own address in a VPC, by the resource that templates refer to."""
    found: dict[Address, Destination] = {}
    for kind, shape in _SHAPES.items():
        for resource in world.of_type(kind):
            if kind.endswith("Domain") and resource.get("VPCOptions") is None:
                continue
            if resource.get("DBClusterIdentifier") is None or kind != "AWS::RDS::DBInstance":
                found[resource.address] = _destination(world, resource, shape)
    for kind, key in _MEMBERS.items():
        for resource in world.of_type(kind):
            cluster = to_address(world, resource.get(key)) if resource.get(key) is not None else None
            if isinstance(cluster, Address) and cluster in found:
                found[resource.address] = found[cluster]
    return found


def at_attribute(destination: Destination, attribute: str) -> Destination:
    """A destination by the name that one of its attributes gives.

    That for reading of a serverless cache has a port beside it; a broker's name is for one protocol.

    Sources: Amazon ElastiCache User Guide, connecting to a serverless cache (6379, and 6380 for reading); Amazon MQ Developer
    Guide, broker endpoints.
    """
    if destination.kind == "message broker" and isinstance(destination.port, Unknown):
        return replace(destination, port=_BY_PROTOCOL.get(attribute.partition(".")[0], destination.port))
    if destination.serverless_cache and attribute.startswith("ReaderEndpoint") and destination.port == 6379:
        return replace(
            destination, port=Unknown("whether its name for reading is called on 6379 or 6380", candidates=(6379, 6380))
        )
    return destination


def port_of(world: World, address: Address) -> int | Unknown | None:
    """The port that a database, cache or member of one listens on; None for other resources."""
    resource = world.resources.get(address)
    member = _MEMBERS.get(resource.type) if resource is not None else None
    if resource is not None and member is not None and resource.get(member) is not None:
        resource = resource_named(world, resource.get(member))
    shape = _SHAPES.get(resource.type) if resource is not None else None
    return shape.port(resource) if resource is not None and shape is not None else None


def _destination(world: World, resource: Resource, shape: _Shape) -> Destination:
    groups = to_addresses(world, resource.get(*shape.groups))
    placement = Placement(_subnets(world, resource, shape), groups)
    serverless = resource.type == "AWS::ElastiCache::ServerlessCache"
    port = shape.port(resource)
    return Destination(
        resource.address, shape.kind, port, placement, public=_public(resource), serverless_cache=serverless
    )


def _public(resource: Resource) -> bool | Unknown:
    """Whether a database has a public address; only Amazon RDS and Redshift can, and omitted it depends on the VPC."""
    if not resource.type.startswith(("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::Redshift::")):
        return False
    given = resource.get("PubliclyAccessible")
    return Unknown("whether it is publicly accessible") if given is None else known_flag(given, False)


def _subnets(world: World, resource: Resource, shape: _Shape) -> tuple[Address | Unknown, ...]:
    if shape.subnets:
        return to_addresses(world, resource.get(*shape.subnets))
    given = resource.get(shape.subnet_group)
    if given is None:
        return (Unknown(f"the default subnets that {resource.address} gets"),)
    group = to_address(world, given)
    if isinstance(group, Unknown):
        named = _by_name(world, resource.type, known_text(given))
        if named is None:
            return (group,)
        group = named
    return subnets_of_group(world, group)


def subnets_of_group(world: World, group: Address) -> tuple[Address | Unknown, ...]:
    """The subnets of a database or cache subnet group."""
    return to_addresses(world, world.resources[group].get("SubnetIds"))


def _by_name(world: World, kind: str, name: str | None) -> Address | None:
    """A subnet group that is named by a literal instead of a Ref."""
    service = kind.split("::")[1]
    for resource in world.resources.values():
        if resource.type.startswith(f"AWS::{service}::") and resource.type.endswith("SubnetGroup"):
            for key in ("DBSubnetGroupName", "CacheSubnetGroupName", "SubnetGroupName", "ClusterSubnetGroupName"):
                if name and known_text(resource.get(key)) == name:
                    return resource.address
    return None


def mount_targets(world: World, file_system: Address) -> Iterator[tuple[Resource, Unknown | None]]:
    """The mount targets of an EFS file system; those of a file system that is not known with what they leave open."""
    for resource in world.of_type("AWS::EFS::MountTarget"):
        named = to_address(world, resource.get("FileSystemId"))
        if named == file_system:
            yield resource, None
        elif isinstance(named, Unknown):
            yield resource, Unknown(f"whether {resource.address} belongs to {file_system}", named.decided_by)


def _decided(value: Value) -> tuple[str, ...]:
    return value.decided_by if isinstance(value, Unknown) else ()


__all__ = ["Destination", "as_list", "find_destinations", "mount_targets", "subnets_of_group"]
