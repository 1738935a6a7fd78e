"""Everything that holds state: keys, secrets, databases, cache, files. Ready for use once its stack is."""

from __future__ import annotations

from typing import assert_never, cast

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts import secrets
from librechat_aws.parts.audit import AccessLogs, Trail
from librechat_aws.parts.backup import BackupPlan
from librechat_aws.parts.cache import SharedCache
from librechat_aws.parts.data_volume import DataVolume
from librechat_aws.parts.document_store import DocumentCluster
from librechat_aws.parts.files import FileStore
from librechat_aws.parts.mail import Mail
from librechat_aws.parts.network import Network
from librechat_aws.parts.user_pool import UserPool
from librechat_aws.parts.vector_store import VectorDatabase


class Data(Construct):
    """`files`, and where chosen `documents`, `vectors` and `cache`; secrets by id and key."""

    def __init__(self, scope: Construct, id: str, *, network: Network, config: c.Config) -> None:
        super().__init__(scope, id)
        self._secrets: dict[str, secrets.ContractedSecret] = {}
        self._brought: dict[str, secretsmanager.ISecret] = {}
        self._external_uri = self._external(config)
        self.key = self._key(config)
        key = self.key
        for contract in _application_contracts(config):
            self._keep(secrets.ContractedSecret(self, contract, protected=config.protected, encryption_key=key))
        self.files = FileStore(self, "Files", config=config, encryption_key=key)
        self.documents: DocumentCluster | None = None
        self.vectors: VectorDatabase | None = None
        self.cache: SharedCache | None = None
        self.volume = self._volume(network, config)
        if isinstance(config.documents, c.DocumentDb | c.DocumentDbServerless):
            self.documents = DocumentCluster(
                self, "Documents", store=config.documents, network=network, config=config, encryption_key=key
            )
            self._keep(self.documents.user)
        if config.rag and isinstance(config.rag.store, c.RdsPostgres | c.AuroraServerless):
            self.vectors = VectorDatabase(
                self, "Vectors", store=config.rag.store, network=network, config=config, encryption_key=key
            )
            self._keep(self.vectors.user)
        if isinstance(config.cache, c.Valkey):
            self.cache = SharedCache(
                self, "Cache", cache=config.cache, network=network, config=config, encryption_key=key
            )
            self._keep(self.cache.password)
        if config.chat.mail:
            self._keep(Mail(self, "Mail", mail=config.chat.mail, encryption_key=key, config=config).user)
        self.user_pool = UserPool(self, "UserPool", config=config) if config.chat.user_pool else None
        self.access_logs = AccessLogs(self, "AccessLogs", config=config) if config.operations.access_logs else None
        self._guard(config)

    def _guard(self, config: c.Config) -> None:
        """Record what is done with the data, and keep copies of it, as far as the settings ask for it."""
        if self.access_logs is not None:
            self.access_logs.record(self.files.bucket, "files")
        if config.operations.trail:
            Trail(self, "Audit", config=config, encryption_key=self.key, access_logs=self.access_logs)
        if config.operations.backup_plan:
            BackupPlan(self, "Backup", arns=self._irreplaceable(), config=config, encryption_key=self.key)

    def _irreplaceable(self) -> list[str]:
        """ARNs of the stores that cannot be built again from another."""
        stack = Stack.of(self)
        arns = [self.files.bucket.bucket_arn]
        if self.documents is not None:
            arns.append(self.documents.cluster_arn)
        if self.vectors is not None:
            arns.append(self.vectors.arn)
        if self.volume is not None:
            volume = self.volume.volume.volume_id
            arns.append(stack.format_arn(service="ec2", resource="volume", resource_name=volume))
        return arns

    def for_container(self, scope: Construct, id: str, key: str) -> ecs.Secret:
        """A key of a secret, by id or ARN, for a container of another stack; KeyError for a key nobody writes."""
        if id in self._secrets:
            key = self._secrets[id].key(key)
        return ecs.Secret.from_secrets_manager(self.imported_secret(scope, id), key)

    def bring(self, id: str, secret: secretsmanager.ISecret) -> None:
        """Hand out `secret` under the id from now on: one whose value is known only in the application's stack."""
        self._brought[id] = secret

    def imported_secret(self, scope: Construct, id: str) -> secretsmanager.ISecret:
        """A handle of a secret for another stack, which must not edit the secret or its key."""
        if id in self._brought:
            return self._brought[id]
        known = scope.node.try_find_child(_construct_id(id))
        if known is not None:
            return cast(secretsmanager.ISecret, known)
        return secretsmanager.Secret.from_secret_complete_arn(scope, _construct_id(id), self._arn(id))

    def _arn(self, id: str) -> str:
        if id.startswith("arn:"):
            return id
        if id == secrets.DOCUMENT_USER.id and self._external_uri is not None:
            return self._external_uri.secret_arn
        arn = self._secrets[id].secret.secret_arn
        # Left to itself, the CDK would export it when it meets it in a policy, whose resources it sorts by the number
        # of their tokens; those grow with everything that the process ever synthesised.
        Stack.of(self).export_value(arn)
        return arn

    def allow_key_use(self, role: iam.IRole) -> None:
        """Let a role of another stack use the key, by its own policy; the key trusts the account's policies."""
        if self.key is not None:
            role.add_to_principal_policy(
                iam.PolicyStatement(
                    sid="UseKey", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self.key.key_arn]
                )
            )

    def allow_key_grants(self, role: iam.IRole) -> None:
        """Let a role attach a volume that the key encrypts: EC2 asks for a grant in the role's name."""
        if self.key is not None:
            role.add_to_principal_policy(
                iam.PolicyStatement(
                    sid="AttachEncrypted",
                    actions=["kms:CreateGrant"],
                    resources=[self.key.key_arn],
                    conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
                )
            )
            role.add_to_principal_policy(
                iam.PolicyStatement(
                    actions=["kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"], resources=[self.key.key_arn]
                )
            )

    def _keep(self, secret: secrets.ContractedSecret) -> None:
        self._secrets[secret.contract.id] = secret

    def _external(self, config: c.Config) -> secretsmanager.ISecret | None:
        if not isinstance(config.documents, c.ExternalMongo):
            return None
        return secretsmanager.Secret.from_secret_complete_arn(self, "MongoUri", config.documents.secret_arn)

    def _volume(self, network: Network, config: c.Config) -> DataVolume | None:
        match config.compute:
            case c.Ec2(data_volume_gib=int(gib)) as machine:
                return DataVolume(
                    self,
                    "Volume",
                    gib=gib,
                    snapshot=machine.data_snapshot,
                    days=None if config.operations.backup_plan else machine.snapshot_days,
                    zone=network.first_zone,
                    config=config,
                    encryption_key=self.key,
                )
            case c.Ec2() | c.Ecs() | c.WebFunction():
                return None
            case _ as never:
                assert_never(never)

    def _key(self, config: c.Config) -> kms.Key | None:
        if not config.operations.customer_managed_key:
            return None
        return kms.Key(
            self,
            "Key",
            description=f"LibreChat {config.name}: data at rest",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
        )


def _application_contracts(config: c.Config) -> list[secrets.SecretContract]:
    contracts = [secrets.CREDS_KEY, secrets.CREDS_IV, secrets.JWT, secrets.JWT_REFRESH]
    if config.search:
        contracts.append(secrets.SEARCH_KEY)
    if config.chat.user_pool:
        contracts.append(secrets.OPENID_SESSION)
    if config.admin_panel:
        contracts.append(secrets.ADMIN_SESSION)
    if isinstance(config.documents, c.MongoOnInstance):
        contracts += [secrets.MONGO_USER, secrets.MONGO_APP_USER]
    if config.rag and isinstance(config.rag.store, c.PostgresOnInstance):
        contracts.append(secrets.VECTOR_USER)
    return contracts


def _construct_id(id: str) -> str:
    """A contract's id as it is; of an ARN the secret's own name."""
    return id.rpartition(":secret:")[2].replace("/", "-")
