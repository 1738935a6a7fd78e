"""Physical names: the property that gives one, how long it may be, and where it has to be unique.

Date: 2026-11-20. Source: API references of the services (length constraints of the name parameters). `Unique` is "account"
(one Region of an account), "global", or the property that holds the parent within which the name is unique.
"""

from __future__ import annotations

from typing import NamedTuple


class Name(NamedTuple):
    """How a type is named."""

    property: str
    longest: int
    unique: str = "account"


NAMES: dict[str, Name] = {
    "AWS::ApiGateway::ApiKey": Name("Name", 1024, ""),
    "AWS::AutoScaling::AutoScalingGroup": Name("AutoScalingGroupName", 255),
    "AWS::AutoScaling::LaunchConfiguration": Name("LaunchConfigurationName", 255),
    "AWS::Athena::WorkGroup": Name("Name", 128),
    "AWS::Backup::BackupVault": Name("BackupVaultName", 50),
    "AWS::CloudTrail::Trail": Name("TrailName", 128),
    "AWS::CloudWatch::Alarm": Name("AlarmName", 255),
    "AWS::CloudWatch::Dashboard": Name("DashboardName", 255),
    "AWS::CodeBuild::Project": Name("Name", 255),
    "AWS::CodeCommit::Repository": Name("RepositoryName", 100),
    "AWS::CodePipeline::Pipeline": Name("Name", 100),
    "AWS::DynamoDB::Table": Name("TableName", 255),
    "AWS::EC2::KeyPair": Name("KeyName", 255),
    "AWS::EC2::LaunchTemplate": Name("LaunchTemplateName", 128),
    "AWS::EC2::SecurityGroup": Name("GroupName", 255, "VpcId"),
    "AWS::ECR::Repository": Name("RepositoryName", 256),
    "AWS::ECS::Cluster": Name("ClusterName", 255),
    "AWS::ECS::Service": Name("ServiceName", 255, "Cluster"),
    "AWS::ECS::TaskDefinition": Name("Family", 255, ""),
    "AWS::EKS::Cluster": Name("Name", 100),
    "AWS::ElastiCache::CacheCluster": Name("ClusterName", 50),
    "AWS::ElastiCache::ReplicationGroup": Name("ReplicationGroupId", 40),
    "AWS::ElastiCache::SubnetGroup": Name("CacheSubnetGroupName", 255),
    "AWS::ElasticLoadBalancing::LoadBalancer": Name("LoadBalancerName", 32),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Name("Name", 32),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Name("Name", 32),
    "AWS::Events::Rule": Name("Name", 64, "EventBusName"),
    "AWS::Glue::Job": Name("Name", 255),
    "AWS::IAM::Group": Name("GroupName", 128),
    "AWS::IAM::InstanceProfile": Name("InstanceProfileName", 128),
    "AWS::IAM::ManagedPolicy": Name("ManagedPolicyName", 128),
    "AWS::IAM::Role": Name("RoleName", 64),
    "AWS::IAM::User": Name("UserName", 64),
    "AWS::KMS::Alias": Name("AliasName", 256),
    "AWS::Kinesis::Stream": Name("Name", 128),
    "AWS::KinesisFirehose::DeliveryStream": Name("DeliveryStreamName", 64),
    "AWS::Lambda::Function": Name("FunctionName", 64),
    "AWS::Logs::LogGroup": Name("LogGroupName", 512),
    "AWS::OpenSearchService::Domain": Name("DomainName", 28),
    "AWS::RDS::DBCluster": Name("DBClusterIdentifier", 63),
    "AWS::RDS::DBInstance": Name("DBInstanceIdentifier", 63),
    "AWS::RDS::DBProxy": Name("DBProxyName", 63),
    "AWS::RDS::DBSubnetGroup": Name("DBSubnetGroupName", 255),
    "AWS::DocDB::DBCluster": Name("DBClusterIdentifier", 63),
    "AWS::DocDB::DBInstance": Name("DBInstanceIdentifier", 63),
    "AWS::S3::Bucket": Name("BucketName", 63, "global"),
    "AWS::SNS::Topic": Name("TopicName", 256),
    "AWS::SQS::Queue": Name("QueueName", 80),
    "AWS::SSM::Parameter": Name("Name", 2048),
    "AWS::Scheduler::Schedule": Name("Name", 64, "GroupName"),
    "AWS::SecretsManager::Secret": Name("Name", 512),
    "AWS::StepFunctions::StateMachine": Name("StateMachineName", 80),
    "AWS::WAFv2::WebACL": Name("Name", 128, "Scope"),
}
