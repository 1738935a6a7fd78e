"""Metrics of AWS services, as far as the checks ask: names of namespaces, names of metrics, units.

Date: 2026-11-20. Source: the monitoring chapters of the services' guides; Amazon CloudWatch User Guide (AWS services that
publish CloudWatch metrics). A metric that is not listed may be new: it is said to be misspelt only where it resembles one.
"""

from __future__ import annotations

NAMESPACES = [
    "AWS/ApiGateway",
    "AWS/AppRunner",
    "AWS/AppSync",
    "AWS/ApplicationELB",
    "AWS/Athena",
    "AWS/AutoScaling",
    "AWS/Backup",
    "AWS/Batch",
    "AWS/Bedrock",
    "AWS/Billing",
    "AWS/CertificateManager",
    "AWS/CloudFront",
    "AWS/CodeBuild",
    "AWS/Cognito",
    "AWS/DDoSProtection",
    "AWS/DMS",
    "AWS/DocDB",
    "AWS/DynamoDB",
    "AWS/EBS",
    "AWS/EC2",
    "AWS/EC2Spot",
    "AWS/ECS",
    "AWS/EFS",
    "AWS/EKS",
    "AWS/ELB",
    "AWS/ES",
    "AWS/ElastiCache",
    "AWS/ElasticBeanstalk",
    "AWS/ElasticMapReduce",
    "AWS/Events",
    "AWS/FSx",
    "AWS/Firehose",
    "AWS/GatewayELB",
    "AWS/Kafka",
    "AWS/Kinesis",
    "AWS/KinesisAnalytics",
    "AWS/Lambda",
    "AWS/Logs",
    "AWS/MemoryDB",
    "AWS/NATGateway",
    "AWS/Neptune",
    "AWS/NetworkELB",
    "AWS/NetworkFirewall",
    "AWS/PrivateLinkEndpoints",
    "AWS/RDS",
    "AWS/Redshift",
    "AWS/Route53",
    "AWS/S3",
    "AWS/SES",
    "AWS/SNS",
    "AWS/SQS",
    "AWS/SageMaker",
    "AWS/Scheduler",
    "AWS/SecretsManager",
    "AWS/States",
    "AWS/TransitGateway",
    "AWS/Usage",
    "AWS/VPN",
    "AWS/WAFV2",
]

METRICS = {
    "AWS/ApiGateway": "4XXError 5XXError CacheHitCount CacheMissCount Count IntegrationLatency Latency 4xx 5xx DataProcessed "
    "ConnectCount MessageCount IntegrationError ClientError ExecutionError",
    "AWS/ApplicationELB": "ActiveConnectionCount AnomalousHostCount ClientTLSNegotiationErrorCount ConsumedLCUs PeakLCUs "
    "DesyncMitigationMode_NonCompliant_Request_Count DroppedInvalidHeaderRequestCount ForwardedInvalidHeaderRequestCount "
    "GrpcRequestCount HTTP_Fixed_Response_Count HTTP_Redirect_Count HTTP_Redirect_Url_Limit_Exceeded_Count HTTPCode_ELB_3XX_Count "
    "HTTPCode_ELB_4XX_Count HTTPCode_ELB_5XX_Count HTTPCode_ELB_500_Count HTTPCode_ELB_502_Count HTTPCode_ELB_503_Count "
    "HTTPCode_ELB_504_Count IPv6ProcessedBytes IPv6RequestCount MitigatedHostCount NewConnectionCount NonStickyRequestCount "
    "ProcessedBytes RejectedConnectionCount RequestCount RuleEvaluations HealthyHostCount HealthyStateDNS HealthyStateRouting "
    "HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count RequestCountPerTarget "
    "TargetConnectionErrorCount TargetResponseTime TargetTLSNegotiationErrorCount UnhealthyRoutingRequestCount UnHealthyHostCount "
    "UnhealthyStateDNS UnhealthyStateRouting ZonalShiftedHostCount LambdaInternalError LambdaTargetProcessedBytes LambdaUserError "
    "ELBAuthError ELBAuthFailure ELBAuthLatency ELBAuthRefreshTokenSuccess ELBAuthSuccess ELBAuthUserClaimsSizeExceeded",
    "AWS/ECS": "CPUUtilization MemoryUtilization CPUReservation MemoryReservation GPUReservation EBSFilesystemUtilization "
    "ActiveConnectionCount NewConnectionCount ProcessedBytes RequestCount GrpcRequestCount HTTPCode_Target_2XX_Count "
    "HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count RequestCountPerTarget TargetProcessedBytes "
    "TargetResponseTime ClientTLSNegotiationErrorCount TargetTLSNegotiationErrorCount",
    "AWS/Lambda": "Invocations Errors DeadLetterErrors DestinationDeliveryFailures Throttles OversizedRecordCount "
    "ProvisionedConcurrencyInvocations ProvisionedConcurrencySpilloverInvocations RecursiveInvocationsDropped Duration "
    "PostRuntimeExtensionsDuration IteratorAge OffsetLag ConcurrentExecutions ProvisionedConcurrentExecutions "
    "ProvisionedConcurrencyUtilization UnreservedConcurrentExecutions ClaimedAccountConcurrency AsyncEventsReceived AsyncEventAge "
    "AsyncEventsDropped PolledEventCount FilteredOutEventCount InvokedEventCount FailedInvokeEventCount DroppedEventCount "
    "OnFailureDestinationDeliveredEventCount DeletedEventCount ProvisionedPollers SignatureValidationErrors UrlRequestCount "
    "UrlRequestLatency Url4xxCount Url5xxCount",
    "AWS/SNS": "NumberOfMessagesPublished NumberOfNotificationsDelivered NumberOfNotificationsFailed "
    "NumberOfNotificationsFilteredOut NumberOfNotificationsFilteredOut-InvalidAttributes "
    "NumberOfNotificationsFilteredOut-NoMessageAttributes NumberOfNotificationsFilteredOut-MessageAttributes "
    "NumberOfNotificationsFilteredOut-MessageBody NumberOfNotificationsFilteredOut-InvalidMessageBody "
    "NumberOfNotificationsRedrivenToDlq NumberOfNotificationsFailedToRedriveToDlq PublishSize SMSMonthToDateSpentUSD SMSSuccessRate",
    "AWS/SQS": "ApproximateAgeOfOldestMessage ApproximateNumberOfGroupsWithInflightMessages ApproximateNumberOfMessagesDelayed "
    "ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesVisible ApproximateNumberOfNoisyGroups "
    "NumberOfDeduplicatedSentMessages NumberOfEmptyReceives NumberOfMessagesDeleted NumberOfMessagesReceived NumberOfMessagesSent "
    "SentMessageSize",
}

UNITS = {
    ("AWS/ApiGateway", "IntegrationLatency"): "Milliseconds",
    ("AWS/ApiGateway", "Latency"): "Milliseconds",
    ("AWS/ApplicationELB", "TargetResponseTime"): "Seconds",
    ("AWS/EC2", "CPUUtilization"): "Percent",
    ("AWS/ECS", "CPUUtilization"): "Percent",
    ("AWS/ECS", "MemoryUtilization"): "Percent",
    ("AWS/Lambda", "Duration"): "Milliseconds",
    ("AWS/Lambda", "IteratorAge"): "Milliseconds",
    ("AWS/RDS", "CPUUtilization"): "Percent",
    ("AWS/RDS", "FreeStorageSpace"): "Bytes",
    ("AWS/RDS", "FreeableMemory"): "Bytes",
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): "Seconds",
}

OF_THE_AGENT = {"MemoryUtilization", "DiskSpaceUtilization", "mem_used_percent", "disk_used_percent"}
"""What EC2 does not publish: the CloudWatch agent on the instance does, in a namespace of its own."""
