"""Resource type -> the meter that reads it; types that one rate tells are rows of rates.json instead."""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.price.meters import compute, containers, databases, network, operations, stores
from stackflight.price.reading import Meter

METERS: Mapping[str, Meter] = {
    "AWS::EC2::VPCEndpoint": network.measure_endpoint,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": network.measure_balancer,
    "AWS::EC2::Instance": compute.measure_instance,
    "AWS::EC2::Volume": compute.measure_volume,
    "AWS::AutoScaling::AutoScalingGroup": compute.measure_group,
    "AWS::EKS::Nodegroup": compute.measure_nodes,
    "AWS::EKS::FargateProfile": containers.measure_fargate_profile,
    "AWS::AmazonMQ::Broker": compute.measure_broker,
    "AWS::DMS::ReplicationInstance": compute.measure_replication,
    "AWS::ECS::Service": containers.measure_service,
    "AWS::Batch::ComputeEnvironment": containers.measure_compute_environment,
    "AWS::RDS::DBInstance": databases.measure_database,
    "AWS::RDS::DBCluster": databases.measure_cluster,
    "AWS::RDS::DBProxy": databases.measure_proxy,
    "AWS::DocDB::DBCluster": databases.measure_document_cluster,
    "AWS::DocDB::DBInstance": databases.measure_document_instance,
    "AWS::Neptune::DBInstance": databases.measure_neptune,
    "AWS::ElastiCache::CacheCluster": stores.measure_cache,
    "AWS::ElastiCache::ReplicationGroup": stores.measure_replication_group,
    "AWS::ElastiCache::ServerlessCache": stores.measure_serverless_cache,
    "AWS::OpenSearchService::Domain": stores.measure_search,
    "AWS::Elasticsearch::Domain": stores.measure_search,
    "AWS::MSK::Cluster": stores.measure_kafka,
    "AWS::DynamoDB::Table": stores.measure_table,
    "AWS::DynamoDB::GlobalTable": stores.measure_table,
    "AWS::Kinesis::Stream": stores.measure_stream,
    "AWS::EFS::FileSystem": stores.measure_files,
    "AWS::CloudWatch::Alarm": operations.measure_alarm,
    "AWS::Logs::LogGroup": operations.measure_log_group,
    "AWS::WAFv2::WebACL": operations.measure_web_acl,
    "AWS::WAF::WebACL": operations.measure_web_acl,
    "AWS::WAFRegional::WebACL": operations.measure_web_acl,
    "AWS::Lambda::Function": operations.measure_function,
    "AWS::Serverless::Function": operations.measure_function,
    "AWS::Lambda::Alias": operations.measure_provisioned,
    "AWS::Lambda::Version": operations.measure_provisioned,
    "AWS::ApiGatewayV2::Api": operations.measure_http_api,
    "AWS::ApiGateway::RestApi": operations.measure_rest_api,
    "AWS::ApiGateway::Stage": operations.measure_stage,
    "AWS::StepFunctions::StateMachine": operations.measure_states,
    "AWS::SSM::Parameter": operations.measure_parameter,
    "AWS::ACMPCA::CertificateAuthority": operations.measure_authority,
    "AWS::CertificateManager::Certificate": operations.measure_wider_certificate,
    "AWS::SQS::Queue": operations.measure_queue,
}
