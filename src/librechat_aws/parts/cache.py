"""ElastiCache for Valkey: TLS, a password, and the address LibreChat connects to."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_kms as kms
from constructs import Construct

from librechat_aws import config as c
from librechat_aws import versions
from librechat_aws.parts.network import Network
from librechat_aws.parts.paths import PORTS, Tier
from librechat_aws.parts.secrets import CACHE_PASSWORD, ContractedSecret


class SharedCache(Construct):
    """One replication group in single-shard mode; `uri` has no password, that is in `password`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cache: c.Valkey,
        network: Network,
        config: c.Config,
        encryption_key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id)
        # A cache holds nothing that outlives it, so its password may go with it.
        self.password = ContractedSecret(self, CACHE_PASSWORD, protected=False, encryption_key=encryption_key)
        subnets = elasticache.CfnSubnetGroup(
            self,
            "Subnets",
            description="LibreChat cache",
            subnet_ids=network.vpc.select_subnets(
                subnet_group_name=network.data.subnet_group_name, subnet_type=network.data.subnet_type
            ).subnet_ids,
        )
        token = self.password.secret.secret_value_from_json(self.password.key("password"))
        self.group = elasticache.CfnReplicationGroup(
            self,
            "Group",
            replication_group_description="LibreChat sessions and streams",
            engine="valkey",
            engine_version=versions.engine("valkey"),
            cache_node_type=cache.node_type,
            num_cache_clusters=1 + cache.replicas,
            automatic_failover_enabled=cache.replicas > 0,
            multi_az_enabled=cache.replicas > 0,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=encryption_key.key_arn if encryption_key else None,
            auth_token=token.unsafe_unwrap(),
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[network.groups.of(Tier.CACHE, self).security_group_id],
            port=PORTS[Tier.CACHE],
            snapshot_retention_limit=0 if not config.protected else 1,
        )
        self.group.apply_removal_policy(RemovalPolicy.DESTROY)
        self.uri = f"rediss://{self.group.attr_primary_end_point_address}:{PORTS[Tier.CACHE]}"
