"""PostgreSQL with pgvector for rag_api: its endpoint, and the secret of rag_api's role."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from librechat_aws import config as c
from librechat_aws import versions
from librechat_aws.parts.initialise import INIT_POSTGRES, Initialiser
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import PORTS, Tier
from librechat_aws.parts.secrets import VECTOR_USER, ContractedSecret, keep_with_its_store

MASTER_USER = "postgres"


class VectorDatabase(Construct):
    """RDS or Aurora with database, role and extension; `host` and `user` are ready once the stack is."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        store: c.RdsPostgres | c.AuroraServerless,
        network: Network,
        config: c.Config,
        encryption_key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id)
        self.user = ContractedSecret(self, VECTOR_USER, protected=config.protected, encryption_key=encryption_key)
        self.server: rds.DatabaseInstance | rds.DatabaseCluster
        if isinstance(store, c.RdsPostgres):
            self.server = instance = self._instance(store, network, config, encryption_key)
            self.host, master = instance.db_instance_endpoint_address, instance.secret
        else:
            self.server = cluster = self._cluster(store, network, config, encryption_key)
            self.host, master = cluster.cluster_endpoint.hostname, cluster.secret
        keep_with_its_store(self.server, config.protected)
        if store.snapshot is not None:
            _restore(self.server, store.snapshot)
        if master is None:
            raise AssertionError("the server has no generated secret")
        self._initialise(master, network, config)

    @property
    def arn(self) -> str:
        server = self.server
        return server.instance_arn if isinstance(server, rds.DatabaseInstance) else server.cluster_arn

    def _instance(
        self, store: c.RdsPostgres, network: Network, config: c.Config, encryption_key: kms.IKey | None
    ) -> rds.DatabaseInstance:
        version = versions.engine("postgres")
        return rds.DatabaseInstance(
            self,
            "Instance",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.of(version, version)),
            instance_type=ec2.InstanceType(store.instance_class),
            allocated_storage=store.storage_gib,
            max_allocated_storage=store.storage_gib * 4,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=encryption_key,
            multi_az=store.multi_az,
            credentials=rds.Credentials.from_generated_secret(MASTER_USER, encryption_key=encryption_key),
            ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
            vpc=network.vpc,
            vpc_subnets=network.data,
            security_groups=[network.groups.of(Tier.VECTORS, self)],
            port=PORTS[Tier.VECTORS],
            publicly_accessible=False,
            backup_retention=Duration.days(store.backup_days),
            delete_automated_backups=not config.protected,
            copy_tags_to_snapshot=True,
            cloudwatch_logs_exports=["postgresql"],
            deletion_protection=config.protected,
            removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
        )

    def _cluster(
        self, store: c.AuroraServerless, network: Network, config: c.Config, encryption_key: kms.IKey | None
    ) -> rds.DatabaseCluster:
        version = versions.engine("aurora_postgres")
        engine_version = rds.AuroraPostgresEngineVersion.of(version, version.partition(".")[0])
        certificate = rds.CaCertificate.RDS_CA_RSA2048_G1
        return rds.DatabaseCluster(
            self,
            "Cluster",
            engine=rds.DatabaseClusterEngine.aurora_postgres(version=engine_version),
            serverless_v2_min_capacity=store.min_capacity,
            serverless_v2_max_capacity=store.max_capacity,
            writer=rds.ClusterInstance.serverless_v2("Writer", ca_certificate=certificate),
            readers=[
                rds.ClusterInstance.serverless_v2(
                    f"Reader{number}", ca_certificate=certificate, scale_with_writer=number == 1
                )
                for number in range(1, store.readers + 1)
            ],
            credentials=rds.Credentials.from_generated_secret(MASTER_USER, encryption_key=encryption_key),
            vpc=network.vpc,
            vpc_subnets=network.data,
            security_groups=[network.groups.of(Tier.VECTORS, self)],
            port=PORTS[Tier.VECTORS],
            storage_encrypted=True,
            storage_encryption_key=encryption_key,
            backup=rds.BackupProps(retention=Duration.days(store.backup_days)),
            copy_tags_to_snapshot=True,
            cloudwatch_logs_exports=["postgresql"],
            deletion_protection=config.protected,
            removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
        )

    def _initialise(self, master: secretsmanager.ISecret, network: Network, config: c.Config) -> None:
        initialiser = Initialiser(
            self,
            "Initialise",
            function=INIT_POSTGRES,
            resource_type="Custom::VectorDatabase",
            vpc=network.vpc,
            subnets=network.app,
            security_group=network.groups.of(Tier.INITIALISER, self),
            properties={
                "Host": self.host,
                "Port": str(PORTS[Tier.VECTORS]),
                "MasterSecretArn": master.secret_arn,
                "UserSecretArn": self.user.secret.secret_arn,
                "Rotation": str(config.rotation),
            },
            config=config,
        )
        master.grant_read(initialiser.is_complete)
        self.user.secret.grant_read(initialiser.is_complete)
        self.user.secret.grant_write(initialiser.is_complete)
        initialiser.resource.node.add_dependency(self.server)


def _restore(server: rds.DatabaseInstance | rds.DatabaseCluster, snapshot: str) -> None:
    """Make the server of a snapshot, which brings the administrator's name and its encryption; the password is new.

    Source of what must not stand beside a snapshot: CloudFormation template reference, AWS::RDS::DBInstance.
    """
    resource = server.node.default_child
    if isinstance(resource, rds.CfnDBInstance):
        resource.db_snapshot_identifier = snapshot
        for name in ("MasterUsername", "StorageEncrypted", "KmsKeyId"):
            resource.add_property_deletion_override(name)
    elif isinstance(resource, rds.CfnDBCluster):
        resource.snapshot_identifier = snapshot
        resource.add_property_deletion_override("MasterUsername")
        # As the CDK's own DatabaseClusterFromSnapshot does it.
        reason = "The administrator's name comes with the snapshot, and only the password is new."
        resource.add_metadata("stackflight", {"ignore": [{"check": "standard/F3021", "because": reason}]})
        Validations.of(resource).acknowledge(Acknowledgment(id="CloudFormation-Validate::F3021", reason=reason))
    else:
        raise AssertionError("a server has a resource of its type")
