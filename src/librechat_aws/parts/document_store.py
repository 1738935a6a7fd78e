"""The MongoDB-compatible store: where it is, and the secret whose key `uri` is LibreChat's MONGO_URI."""

from __future__ import annotations

from aws_cdk import Acknowledgment, ArnFormat, Duration, RemovalPolicy, Stack, Validations
from aws_cdk import aws_docdb as docdb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from librechat_aws import config as c
from librechat_aws import versions
from librechat_aws.host import CA_PATH
from librechat_aws.parts.initialise import INIT_DOCUMENTDB, Initialiser
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import PORTS, Tier
from librechat_aws.parts.secrets import DOCUMENT_USER, ContractedSecret, keep_with_its_store

DATABASE = "LibreChat"
MASTER_USER = "docdbadmin"


class DocumentCluster(Construct):
    """DocumentDB 5.0 with an application user; `user` is ready once the stack that holds this is."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        store: c.DocumentDb | c.DocumentDbServerless,
        network: Network,
        config: c.Config,
        encryption_key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id)
        self.user = ContractedSecret(self, DOCUMENT_USER, protected=config.protected, encryption_key=encryption_key)
        self.cluster = self._cluster(store, network, config, encryption_key)
        keep_with_its_store(self.cluster, config.protected)
        if store.snapshot is not None:
            self._restore(store.snapshot)
        if isinstance(store, c.DocumentDbServerless):
            self._add_serverless_instances(store.instances, _removal(config))
        self._initialise(network, config)

    @property
    def cluster_arn(self) -> str:
        """DocumentDB's clusters have ARNs of RDS."""
        return Stack.of(self).format_arn(
            service="rds",
            resource="cluster",
            resource_name=self.cluster.cluster_identifier,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _cluster(
        self,
        store: c.DocumentDb | c.DocumentDbServerless,
        network: Network,
        config: c.Config,
        encryption_key: kms.IKey | None,
    ) -> docdb.DatabaseCluster:
        provisioned = isinstance(store, c.DocumentDb)
        return docdb.DatabaseCluster(
            self,
            "Cluster",
            master_user=docdb.Login(username=MASTER_USER, kms_key=encryption_key, exclude_characters="\"@/:%?#[]' \\"),
            engine_version=versions.engine("documentdb"),
            instance_type=ec2.InstanceType(store.instance_class) if isinstance(store, c.DocumentDb) else None,
            instances=store.instances if provisioned else None,
            serverless_v2_scaling_configuration=None
            if isinstance(store, c.DocumentDb)
            else docdb.ServerlessV2ScalingConfiguration(
                min_capacity=store.min_capacity, max_capacity=store.max_capacity
            ),
            ca_certificate=docdb.CaCertificate.RDS_CA_RSA2048_G1 if provisioned else None,
            vpc=network.vpc,
            vpc_subnets=network.data,
            security_group=network.groups.of(Tier.DOCUMENTS, self),
            port=PORTS[Tier.DOCUMENTS],
            storage_encrypted=True,
            kms_key=encryption_key,
            parameter_group=self._parameters() if config.protected else None,
            export_audit_logs_to_cloud_watch=config.protected,
            export_profiler_logs_to_cloud_watch=config.protected,
            backup=docdb.BackupProps(retention=Duration.days(store.backup_days)),
            copy_tags_to_snapshot=True,
            deletion_protection=config.protected,
            removal_policy=_removal(config),
        )

    def _restore(self, snapshot: str) -> None:
        """Make the cluster of a snapshot, which brings the name of the administrator; the password is set anew."""
        resource = self.cluster.node.default_child
        if not isinstance(resource, docdb.CfnDBCluster):
            raise AssertionError("a cluster has a resource of its type")
        resource.snapshot_identifier = snapshot
        resource.add_property_deletion_override("MasterUsername")

    def _parameters(self) -> docdb.ClusterParameterGroup:
        """Logs of logins and slow operations; TLS is on as by default."""
        family = ".".join(versions.engine("documentdb").split(".")[:2])
        return docdb.ClusterParameterGroup(
            self,
            "Parameters",
            family=f"docdb{family}",
            parameters={"audit_logs": "enabled", "profiler": "enabled", "tls": "enabled"},
        )

    def _add_serverless_instances(self, count: int, removal: RemovalPolicy) -> None:
        # The L2 construct of a serverless cluster makes no instances, and a cluster without one cannot be reached.
        for number in range(1, count + 1):
            instance = docdb.CfnDBInstance(
                self.cluster,
                f"Serverless{number}",
                db_cluster_identifier=self.cluster.cluster_identifier,
                db_instance_class="db.serverless",
                ca_certificate_identifier="rds-ca-rsa2048-g1",
            )
            instance.apply_removal_policy(removal)
            reason = "db.serverless is the class of DocumentDB's serverless instances; tables of classes do not list it"
            instance.add_metadata(
                "stackflight", {"ignore": [{"check": "database-class-not-offered", "because": reason}]}
            )
            Validations.of(instance).acknowledge(
                Acknowledgment(
                    id="CloudFormation-Validate::E3620", reason="db.serverless is the class of serverless instances"
                )
            )

    def _initialise(self, network: Network, config: c.Config) -> None:
        master = self.cluster.secret
        if master is None:
            raise AssertionError("the cluster has no generated secret")
        initialiser = Initialiser(
            self,
            "Initialise",
            function=INIT_DOCUMENTDB,
            resource_type="Custom::DocumentUser",
            vpc=network.vpc,
            subnets=network.app,
            security_group=network.groups.of(Tier.INITIALISER, self),
            properties={
                "Host": self.cluster.cluster_endpoint.hostname,
                "Port": str(PORTS[Tier.DOCUMENTS]),
                "Database": DATABASE,
                "MasterSecretArn": master.secret_arn,
                "UserSecretArn": self.user.secret.secret_arn,
                "ContainerCaFile": CA_PATH,
                "Rotation": str(config.rotation),
            },
            config=config,
        )
        master.grant_read(initialiser.is_complete)
        self.user.secret.grant_read(initialiser.is_complete)
        self.user.secret.grant_write(initialiser.is_complete)
        # A cluster without a ready instance answers nobody; the dependency covers cluster and instances.
        initialiser.resource.node.add_dependency(self.cluster)


def _removal(config: c.Config) -> RemovalPolicy:
    return RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY
