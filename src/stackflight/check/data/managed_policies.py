"""What some AWS managed policies allow, as far as the checks ask.

Date: 2026-11-20. Source: AWS Managed Policy Reference Guide. A policy that is not listed here is unknown, and a role that
has one is never said to lack an action. Where a list is shortened it is wider than the policy, never narrower.
"""

from __future__ import annotations

_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_PULL = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
)

MANAGED_POLICIES: dict[str, tuple[str, ...]] = {
    "AdministratorAccess": ("*",),
    "AmazonSSMManagedInstanceCore": ("ssm:*", "ssmmessages:*", "ec2messages:*"),
    "AmazonEKSWorkerNodePolicy": ("ec2:Describe*", "eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity"),
    "AmazonEKSWorkerNodeMinimalPolicy": ("*",),
    "AmazonEC2ContainerRegistryReadOnly": ("ecr:*",),
    "AmazonEC2ContainerRegistryPullOnly": ("ecr:*",),
    "AmazonEKS_CNI_Policy": ("ec2:*",),
    "CloudWatchAgentServerPolicy": ("cloudwatch:*", "ec2:Describe*", "logs:*", "xray:*", "ssm:GetParameter"),
    "AWSLambdaBasicExecutionRole": _LOGS,
    "AWSLambdaVPCAccessExecutionRole": (*_LOGS, *_INTERFACES, "ec2:DescribeSubnets"),
    "AWSLambdaENIManagementAccess": _INTERFACES,
    "AWSXRayDaemonWriteAccess": ("xray:*",),
    "AWSXrayWriteOnlyAccess": ("xray:*",),
    "CloudWatchLogsFullAccess": ("logs:*", "cloudwatch:GenerateQuery", "cloudwatch:GenerateQueryResultsSummary"),
    "AmazonS3ReadOnlyAccess": ("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:*"),
    "AmazonS3FullAccess": ("s3:*", "s3-object-lambda:*"),
    "AmazonSSMReadOnlyAccess": ("ssm:Describe*", "ssm:Get*", "ssm:List*"),
    "AmazonECSTaskExecutionRolePolicy": (*_PULL, "logs:CreateLogStream", "logs:PutLogEvents"),
    "AWSLambdaSQSQueueExecutionRole": (
        "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *_LOGS,
    ),
    "AWSLambdaDynamoDBExecutionRole": (
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams", *_LOGS,
    ),
    "AWSLambdaKinesisExecutionRole": (
        "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
        "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard", *_LOGS,
    ),
    "CloudWatchLambdaInsightsExecutionRolePolicy": _LOGS,
}  # fmt: skip
