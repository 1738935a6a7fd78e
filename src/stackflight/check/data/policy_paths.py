"""AWS managed policies whose ARN is often written with the wrong path, and some that are gone.

Date: 2026-11-20. Source: AWS Managed Policy Reference Guide.
"""

from __future__ import annotations

SERVICE_ROLE = frozenset(
    [
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
        "AWSLambdaDynamoDBExecutionRole",
        "AWSLambdaKinesisExecutionRole",
        "AWSLambdaMSKExecutionRole",
        "AWSLambdaENIManagementAccess",
        "AWSLambdaRole",
        "AmazonECSTaskExecutionRolePolicy",
        "AmazonEC2ContainerServiceforEC2Role",
        "AmazonEC2ContainerServiceRole",
        "AmazonEC2ContainerServiceAutoscaleRole",
        "AmazonEC2ContainerServiceEventsRole",
        "AmazonRDSEnhancedMonitoringRole",
        "AmazonAPIGatewayPushToCloudWatchLogs",
        "AWSGlueServiceRole",
        "AmazonSSMAutomationRole",
        "AmazonSSMMaintenanceWindowRole",
        "AWSBatchServiceRole",
        "AWS_ConfigRole",
        "AWSBackupServiceRolePolicyForBackup",
        "AWSBackupServiceRolePolicyForRestores",
        "AWSCodeDeployRole",
        "AWSCodeDeployRoleForLambda",
        "AmazonEBSCSIDriverPolicy",
        "AmazonEFSCSIDriverPolicy",
        "AmazonEC2SpotFleetTaggingRole",
        "AmazonElasticMapReduceRole",
        "AmazonElasticMapReduceforEC2Role",
        "AmazonEC2RoleforSSM",
        "AWSAppSyncPushToCloudWatchLogs",
        "AmazonECSInfrastructureRolePolicyForVolumes",
        "AWSDataPipelineRole",
    ]
)
"""Policies below policy/service-role/."""

ROOT = frozenset(
    [
        "AdministratorAccess",
        "PowerUserAccess",
        "ReadOnlyAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonDynamoDBFullAccess",
        "AmazonEC2FullAccess",
        "AmazonEC2ReadOnlyAccess",
        "AmazonSSMManagedInstanceCore",
        "AmazonSSMReadOnlyAccess",
        "AmazonSSMFullAccess",
        "CloudWatchAgentServerPolicy",
        "CloudWatchFullAccess",
        "CloudWatchLogsFullAccess",
        "CloudWatchReadOnlyAccess",
        "AmazonEKSClusterPolicy",
        "AmazonEKSServicePolicy",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEKSVPCResourceController",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSQSFullAccess",
        "AmazonSNSFullAccess",
        "AmazonRDSFullAccess",
        "SecretsManagerReadWrite",
        "AmazonVPCFullAccess",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "AmazonKinesisFullAccess",
        "AmazonBedrockFullAccess",
        "AWSStepFunctionsFullAccess",
        "AmazonECS_FullAccess",
        "AWSLambda_FullAccess",
        "AWSLambda_ReadOnlyAccess",
        "AWSLambdaExecute",
        "AmazonElasticFileSystemFullAccess",
        "AmazonElasticFileSystemClientReadWriteAccess",
        "AmazonCognitoPowerUser",
    ]
)
"""Policies directly below policy/."""

GONE = frozenset(
    [
        "AWSConfigRole",
        "AWSLambdaFullAccess",
        "AWSLambdaReadOnlyAccess",
        "AmazonEC2ContainerServiceFullAccess",
        "AWSCodePipelineFullAccess",
        "AWSCodePipelineReadOnlyAccess",
        "AmazonMachineLearningRoleforRedshiftDataSource",
    ]
)
"""Policies that AWS has removed or that cannot be attached any more."""
