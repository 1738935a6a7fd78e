"""Names that people and code use for AWS services -> the endpoint name that DNS and VPC endpoints use.

Source: AWS PrivateLink guide, "AWS services that integrate"; botocore's endpoint prefixes.
"""

from __future__ import annotations

import re

from stackflight.facts.services import endpoints_of_clients

# IAM prefix -> (beginnings of the actions of its data plane, their endpoint, the endpoint of the others).
_PLANES = {
    "sagemaker": (("invokeendpoint",), "sagemaker.runtime", "sagemaker.api"),
    "appconfig": (("getlatestconfiguration", "startconfigurationsession"), "appconfigdata", "appconfig"),
    "codecommit": (("git",), "git-codecommit", "codecommit"),
    "aps": (("remotewrite", "query", "get"), "aps-workspaces", "aps"),
}

# Services whose actions in a role say nothing about traffic from the workload's own network interface:
# granted for the platform (logs of functions, X-Ray, mounts, database login), answered at one of several endpoints
# (IoT, SES, Timestream, Location), or evaluated elsewhere.
_SILENT = {
    "aws-marketplace", "cloudformation", "ec2messages", "elasticfilesystem", "iam", "kms", "logs", "organizations",
    "rds-db", "ssmmessages", "tag", "xray", "route53", "cloudfront", "support", "kafka-cluster", "elasticache", "docdb-elastic",
    "ec2", "apigateway", "execute-api", "aoss", "es", "a4b", "fsx", "network-firewall", "dax", "elasticloadbalancing",
    "autoscaling", "ecs", "rds", "lambda", "signer", "acm", "wafv2", "backup", "cloudtrail", "config", "neptune-db",
    "s3files", "dsql", "iot", "ses", "timestream", "geo", "mobiletargeting", "qbusiness",
}  # fmt: skip


def endpoint_of_client(name: str) -> str:
    """The endpoint service of a client of boto3 ("stepfunctions"), or a package or class of the SDKs for JavaScript."""
    name = name.strip().lower()
    return endpoints_of_clients().get(name, name)


_BUCKET_HOST = re.compile(
    r"(?:.+\.)?s3(?:[.-]dualstack)?(?:[.-](?P<region>[a-z]+(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?"
)
_SERVICE_HOST = re.compile(
    r"(?:.+\.)?(?P<service>[a-z0-9-]+)\.(?P<region>[a-z]+(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)


# Labels before the Region or the domain in names of resources that may have private addresses only.
_RESOURCES = {
    "aoss", "cache", "dax-clusters", "docdb", "efs", "eks", "elb", "es", "fsx", "kafka", "kafka-serverless", "memorydb", "mq", "neptune",
    "rds", "redshift", "redshift-serverless", "timestream-influxdb", "vpc-lattice-svcs", "vpce",
}  # fmt: skip
_OF_AWS = re.compile(r"(.+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws|awsapprunner\.com)")
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-\d")


def names_resource(host: str) -> bool:
    """Whether a host is the name of somebody's resource at AWS, of which nobody can say whether its addresses are private.

    Source: the guides of the services (endpoints of load balancers, domains, clusters, brokers, file systems).
    """
    found = _OF_AWS.fullmatch(host)
    labels = [label for label in found.group(1).split(".") if not _REGION.fullmatch(label)] if found else []
    return host.endswith(".awsapprunner.com") or (len(labels) > 1 and bool(_RESOURCES & set(labels[1:])))


def service_of_host(host: str) -> tuple[str, str] | None:
    """The endpoint service and the Region, empty where the name has none, of a host name of AWS."""
    bucket = _BUCKET_HOST.fullmatch(host)
    if bucket:
        return "s3", bucket["region"] or ""
    named = _SERVICE_HOST.fullmatch(host)
    return (endpoint_of_client(named["service"]), named["region"]) if named else None


def endpoint_of_action(action: str) -> str | None:
    """The endpoint service that an IAM action implies; None where it implies no call from the workload."""
    prefix, _, verb = action.partition(":")
    prefix = prefix.lower()
    if not verb or prefix in _SILENT or prefix == "*":
        return None
    if prefix == "bedrock":
        return "bedrock-runtime" if verb.lower().startswith(("invokemodel", "converse")) or verb == "*" else None
    if prefix in _PLANES:
        beginnings, data, control = _PLANES[prefix]
        return None if verb == "*" else data if verb.lower().startswith(beginnings) else control
    if prefix == "sts":
        return "sts" if verb.lower().startswith("assumerole") else None
    return endpoint_of_client(prefix)
