"""World -> findings on databases: classes that are not offered, and settings that contradict one another.

Sources: Amazon RDS, Aurora, DocumentDB and Neptune user guides and API references.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, doubtful, named, refused
from stackflight.facts.load import read_table
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Address, known_flag, known_int, known_text

_INSTANCES = {
    "AWS::RDS::DBInstance": "",
    "AWS::DocDB::DBInstance": "docdb",
    "AWS::Neptune::DBInstance": "neptune",
}


_PROOF = "Only values that the templates determine are compared."


def offered(engine: str, name: str) -> bool | None:
    """Whether a class such as db.t3.micro is offered for an engine; None for engines that are not in the table."""
    known = read_table("database_classes")
    families = known["classes"].get(engine)
    if families is None:
        return None
    _, _, rest = name.partition(".")
    family, _, size = rest.partition(".")
    if family in known["retired"] and not engine.startswith(("aurora", "docdb", "neptune")):
        return False
    return any(family in names.split() and (size in sizes.split() or not sizes) for names, sizes in families.items())


DATABASE_CLASS_NOT_OFFERED = Check(
    "database-class-not-offered",
    found_when="a database asks for an instance class that its engine does not offer",
    explains="Classes are those with a price in any Region on the day of the table; t1, t2, m1 to m4, r3 and r4 take no new instances of MySQL, "
    "MariaDB and PostgreSQL.",
    may=(WARNING,),
    weighed="warning, since the table ages",
    sources=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.html",),
    replaces=("E3025", "E3062"),
    example="eng-class-version-mismatch",
)


@finds(DATABASE_CLASS_NOT_OFFERED)
def find_classes_not_offered(case: Case) -> Iterator[Finding]:
    """Instance classes that an engine does not have."""
    for kind, fixed in _INSTANCES.items():
        for instance in case.world.of_type(kind):
            engine = fixed or known_text(instance.get("Engine")) or ""
            name = known_text(instance.get("DBInstanceClass"))
            if name is None or instance.get("SourceDBInstanceIdentifier") is not None:
                continue
            if offered(engine, name) is False:
                version = known_text(instance.get("EngineVersion"))
                yield doubtful(
                    case, DATABASE_CLASS_NOT_OFFERED, [instance.address],
                    f"{instance.address} asks for {name}, which {engine} does not offer (table of {read_table('database_classes')['date']}): RDS does not support "
                    f"creating a DB instance with the following combination: DBInstanceClass={name}, Engine={engine}"
                    + (f", EngineVersion={version}" if version else ""),
                    "use a current class (aws rds describe-orderable-db-instance-options lists them)", ("DBInstanceClass",),
                    struck=instance.address,
                )  # fmt: skip


_EXTENSIONS = {
    "vector",
    "postgis",
    "uuid-ossp",
    "hstore",
    "citext",
    "pgcrypto",
    "pg_trgm",
    "ltree",
    "tablefunc",
    "unaccent",
}


def find_preloaded_extensions(case: Case) -> Iterator[Finding]:
    """Extensions in shared_preload_libraries that are created, not preloaded."""
    for group in case.world.of_type("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup"):
        given = known_text(group.get("Parameters", "shared_preload_libraries"))
        wrong = sorted(_EXTENSIONS & {name.strip().lower() for name in (given or "").split(",")})
        if wrong:
            yield refused(
                case, DATABASE_CONTRADICTION, [group.address],
                f"{group.address} preloads {listed(wrong)}, made by CREATE EXTENSION and no preload library",
                f"remove {listed(wrong)} from the list; CREATE EXTENSION is enough", ("Parameters", "shared_preload_libraries"),
                says=aws_says("database-contradiction"),
            )  # fmt: skip


_RESERVED = {
    "postgres": {"admin", "rdsadmin"},
    "docdb": {"admin", "rdsadmin"},
    "mysql": {"rdsadmin"},
    "mariadb": {"rdsadmin"},
}


DATABASE_CONTRADICTION = Check(
    "database-contradiction",
    found_when="settings of a database exclude one another",
    explains=_PROOF,
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
    ),
)


@finds(DATABASE_CONTRADICTION)
def find_database_contradictions(case: Case) -> Iterator[Finding]:
    """Settings that RDS, Aurora or DocumentDB refuse together."""
    yield from find_preloaded_extensions(case)
    for instance in case.world.of_type("AWS::RDS::DBInstance"):
        for text, remedy, key in _instance_contradictions(instance):
            yield _database(case, instance, text, remedy, (key,))
        cluster = named(case, instance.get("DBClusterIdentifier"), "AWS::RDS::DBCluster")
        if cluster is not None:
            yield from _member(case, instance, cluster)
    for kind, engine in (("AWS::RDS::DBInstance", ""), ("AWS::RDS::DBCluster", ""), ("AWS::DocDB::DBCluster", "docdb")):
        for database in case.world.of_type(kind):
            yield from _login(case, database, engine or known_text(database.get("Engine")) or "")


def _instance_contradictions(instance: Resource) -> Iterator[tuple[str, str, str]]:
    if known_flag(instance.get("MultiAZ"), False) is True and instance.get("AvailabilityZone") is not None:
        yield (
            "Requesting a specific availability zone is not valid for Multi-AZ instances",
            "remove AvailabilityZone or MultiAZ", "AvailabilityZone",
        )  # fmt: skip
    interval = known_int(instance.get("MonitoringInterval"))
    if interval and instance.get("MonitoringRoleArn") is None:
        yield (
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0",
            "add MonitoringRoleArn with a role that monitoring.rds.amazonaws.com may assume", "MonitoringInterval",
        )  # fmt: skip
    if instance.get("KmsKeyId") is not None and known_flag(instance.get("StorageEncrypted"), True) is False:
        yield "Storage encryption must be enabled when a KMS key is given", "set StorageEncrypted: true", "KmsKeyId"
    small = (known_text(instance.get("DBInstanceClass")) or "").endswith((".micro", ".small"))
    engine = known_text(instance.get("Engine")) or ""
    if (
        known_flag(instance.get("EnablePerformanceInsights"), False) is True
        and small
        and engine in {"mysql", "mariadb"}
    ):
        yield (
            "Performance Insights not supported for this configuration", "use a larger class, or turn it off",
            "EnablePerformanceInsights",
        )  # fmt: skip
    storage = known_text(instance.get("StorageType"))
    if storage in {"io1", "io2"} and instance.get("Iops") is None:
        yield f"you must specify Iops for the storage type {storage}", "add Iops", "StorageType"
    if storage == "gp2" and instance.get("Iops") is not None:
        yield "You can't specify Iops for the storage type gp2", "remove Iops, or use gp3 or io1", "Iops"


def _member(case: Case, instance: Resource, cluster: Resource) -> Iterator[Finding]:
    mine, theirs = known_text(instance.get("Engine")), known_text(cluster.get("Engine"))
    if mine is not None and theirs is not None and mine != theirs:
        yield _database(
            case, instance, f"the engine {mine} of {instance.address} is not the engine {theirs} of its cluster {cluster.address}",
            f"set Engine: {theirs}", ("Engine",), cluster.address,
        )  # fmt: skip
    own, shared = known_text(instance.get("EngineVersion")), known_text(cluster.get("EngineVersion"))
    if own is not None and shared is not None and not (own.startswith(shared) or shared.startswith(own)):
        yield _database(
            case, instance, f"The engine version that you requested for your DB instance ({own}) does not match the engine version "
            f"of your DB cluster ({shared})",
            "remove EngineVersion from the instance", ("EngineVersion",), cluster.address,
        )  # fmt: skip
    serverless = known_text(instance.get("DBInstanceClass")) == "db.serverless"
    if serverless and cluster.get("ServerlessV2ScalingConfiguration") is None and cluster.exists is True:
        yield _database(
            case, cluster, f"{instance.address} is db.serverless: Set the Serverless v2 scaling configuration on the parent DB "
            "cluster before creating a Serverless v2 DB instance", "add ServerlessV2ScalingConfiguration with MinCapacity and "
            "MaxCapacity", (), instance.address,
        )  # fmt: skip
    if known_text(instance.attributes.get("DeletionPolicy")) == "Snapshot":
        yield _database(
            case, instance, "DeletionPolicy:Snapshot cannot be specified for a cluster instance, use deletion policy on the cluster "
            "instead", f"set DeletionPolicy: Snapshot on {cluster.address} and Delete on {instance.address}", (), cluster.address,
        )  # fmt: skip


def _login(case: Case, database: Resource, engine: str) -> Iterator[Finding]:
    user, password = known_text(database.get("MasterUsername")), database.get("MasterUserPassword")
    family = next((name for name in _RESERVED if name in engine), "")
    if user is not None and user.lower() in _RESERVED.get(family, ()):
        yield _database(
            case, database, f"MasterUsername {user} cannot be used as it is a reserved word used by the engine",
            "choose another name", ("MasterUsername",),
        )  # fmt: skip
    if isinstance(password, str) and not password.startswith("{{") and 0 < len(password) < 8:
        yield _database(
            case, database, "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters",
            "use ManageMasterUserPassword, or a generated secret", ("MasterUserPassword",),
        )  # fmt: skip
    if known_flag(database.get("ManageMasterUserPassword"), False) is True and password is not None:
        yield _database(
            case, database, "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword",
            "remove MasterUserPassword", ("MasterUserPassword",),
        )  # fmt: skip


def _database(case: Case, resource: Resource, text: str, remedy: str, at: At, other: Address | None = None) -> Finding:
    involved = [resource.address, *([other] if other else [])]
    return refused(case, DATABASE_CONTRADICTION, involved, f"{resource.address} is refused: {text}", remedy, at)
