"""Findings that stay, each with the reason: cdk-nag's and cdk-preflight's rules, and warnings of `stackflight check`.

Everything else is fixed. `rule` and `where` are regular expressions that match the whole rule id and construct path. A row that matches
nothing any more is an error in the tests, so this table cannot outlive its reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Accepted:
    """A rule that may be broken at some constructs, and why."""

    rule: str
    where: str
    reason: str

    def covers(self, rule: str, path: str) -> bool:
        return bool(re.fullmatch(self.rule, rule) and re.fullmatch(self.where, path))


_FRAMEWORK = r"(Data/Data/((Documents|Vectors)/Initialise|Mail)|App/Application/GateCheck)/.*"
_FRONT = r"App/(FrontDoor|Application/Front)/.*"
_TASK_ROLES = r"App/Application/.*Role/DefaultPolicy/Resource"

ACCEPTED: Final = (
    Accepted(
        r"AwsSolutions-SMG4",
        r"Data/Data/.*|App/(Application/OriginSecret|Login)/Secret/Resource",
        "LibreChat and rag_api read secrets once, at start: rotation is a step of a deployment. "
        "CREDS_KEY and CREDS_IV must never change, or stored user keys become unreadable.",
    ),
    Accepted(
        r"AwsSolutions-COG2",
        r"Data/Data/UserPool/Pool/Resource",
        "A second factor is offered to everybody; whoever keeps the pool may demand it.",
    ),
    Accepted(
        r"AwsSolutions-COG8",
        r"Data/Data/UserPool/Pool/Resource",
        "Threat protection needs the plan Plus, which has a price for every user.",
    ),
    Accepted(
        r"AwsSolutions-AEC4",
        r"Data/Data/Cache/Group",
        "A development cache is one node and holds nothing that must survive.",
    ),
    Accepted(
        r"AwsSolutions-AS3",
        r"App/Application/Group/ASG",
        "The group replaces one instance; alarms watch the instance and the targets instead of scaling events.",
    ),
    Accepted(r"AwsSolutions-CFR1", _FRONT, "LibreChat is for people in every country."),
    Accepted(
        r"AwsSolutions-CFR2",
        _FRONT,
        "The firewall is a setting; before a load balancer it stands there, in the stack's own Region.",
    ),
    Accepted(r"AwsSolutions-CFR3", _FRONT, "Access logs are a setting; production presets write them."),
    Accepted(
        r"AwsSolutions-CFR4",
        _FRONT,
        "Without an own domain CloudFront's certificate fixes the protocol; with one it is TLS 1.2 or later.",
    ),
    Accepted(
        r"AwsSolutions-(DOC2|RDS11)",
        r"Data/Data/(Documents|Vectors)/.*",
        "Security groups name their clients; an unusual port would hide nothing from them.",
    ),
    Accepted(
        r"AwsSolutions-DOC3",
        r"Data/Data/Documents/Cluster/Resource",
        "The rule cannot read a user name that is a reference to a generated secret.",
    ),
    Accepted(
        r"AwsSolutions-(DOC4|RDS10|RDS3)",
        r"Data/Data/(Documents|Vectors)/.*",
        "Short backups, one zone and no deletion protection are what a disposable environment is; "
        "durability = protected changes all of them.",
    ),
    Accepted(
        r"AwsSolutions-DOC5\[.*\]",
        r"Data/Data/Documents/Cluster/Resource",
        "The rule looks for event names among log types; protected clusters export the logs audit and profiler.",
    ),
    Accepted(
        r"AwsSolutions-RDS6",
        r"Data/Data/Vectors/.*",
        "rag_api logs in with a password; it cannot refresh an IAM token.",
    ),
    Accepted(
        r"AwsSolutions-EC23",
        r"Network/Network/Groups/FrontDoor/Resource",
        "A public front door is open to the world unless allowed_cidrs says otherwise.",
    ),
    Accepted(
        r"AwsSolutions-EC(26|28|29)",
        r"Network/Network/Vpc/PublicSubnet1/NatInstance/Resource",
        "A NAT instance keeps nothing on its disk and can be replaced at any time; it is the cheap way out.",
    ),
    Accepted(
        r"AwsSolutions-ECS2",
        r"App/Application/.*/Task/Resource",
        "Variables in the task are settings; every secret comes from Secrets Manager.",
    ),
    Accepted(
        r"AwsSolutions-ECS4",
        r"App/Application/Cluster/Resource",
        "Container Insights is on where data is protected; for a trial it costs more than it tells.",
    ),
    Accepted(r"AwsSolutions-ELB2", r"App/FrontDoor/.*", "Access logs are a setting; production presets write them."),
    Accepted(
        r"AwsSolutions-S1",
        r"(Data/Data/(Files|Audit)|App/Application/Package)/Bucket/Resource",
        "Access logs are a setting; production presets write them.",
    ),
    Accepted(
        r"AwsSolutions-IAM4\[.*AWSLambda(Basic|VPCAccess)ExecutionRole\]",
        rf"{_FRAMEWORK}|App/Application/Administrator/.*|App/AWS.*|Data/.*",
        "AWS's own policies for writing logs and joining a VPC follow what Lambda needs.",
    ),
    Accepted(
        r"AwsSolutions-IAM4\[.*(AmazonSSMManagedInstanceCore|ForBackup|ForS3Backup|LifecycleManagerServiceRole)\]",
        r"App/Application/Role/Resource|Data/Data/(Backup|Volume)/.*",
        "AWS's own policies for Session Manager, AWS Backup and snapshots follow what these services need.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::<(Data.*Initialise|DataMailCredentials|ApplicationGateCheck).*\.Arn>:\*\]",
        _FRAMEWORK,
        "The provider framework calls any version of its own functions.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::\*\]",
        rf"{_TASK_ROLES}|App/FrontDoor/Distribution/OriginFacing/CustomResourcePolicy/Resource",
        "These actions have no resources: ssmmessages (shell), ecr:GetAuthorizationToken, "
        "ec2:Describe*, cloudwatch:PutMetricData (bound to one namespace).",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:bedrock:\*::foundation-model/.*\]",
        _TASK_ROLES,
        "An inference profile runs the model in several Regions; the model itself is named.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:ec2:.*:instance/\*\]",
        _TASK_ROLES,
        "The id of an instance is not known before it starts; a condition demands this deployment's tag.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::(\*|arn:<AWS::Partition>:ec2:.*:(network-interface|subnet|security-group)/\*)\]",
        r"App/Application/ConnectorRole/DefaultPolicy/Resource",
        "Lambda makes the interfaces of the connector, in subnets and groups that the connector names.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::<ApplicationPackageBucket.*\.Arn>/\*\]",
        r"App/Application/Package/Copy/CustomResourcePolicy/Resource",
        "The package is copied under the name of its content, into a bucket that holds nothing else.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:logs:.*ShellLogs.*:\*\]",
        _TASK_ROLES,
        "Streams of one log group.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::.*DataFilesBucket.*/\*\]",
        _TASK_ROLES,
        "LibreChat stores files under any key of its own bucket.",
    ),
    Accepted(
        r"AwsSolutions-SF[12]",
        r"(Data/Data/(Documents|Vectors)/Initialise|App/Application/GateCheck)/Provider/waiter-state-machine/Resource"
        r"|App/Application/SearchRefill/Machine/Resource",
        "The waiter runs minutes per deployment, and the function it asks writes a log; "
        "the other one makes a single call, which CloudTrail and the service's own events show.",
    ),
    Accepted(
        r"AwsSolutions-VPC7", r"Network/Network/Vpc/Resource", "Flow logs are a setting; production presets write them."
    ),
    Accepted(
        r"zone-of-another-region",
        r"Data/Data/Volume/Volume",
        "In an existing VPC the volume must be in the zone of the subnet that the settings name.",
    ),
)


def reason_for(rule: str, path: str, accepted: Iterable[Accepted] = ACCEPTED) -> Accepted | None:
    """The row that explains a finding, or None if it has to be fixed."""
    return next((row for row in accepted if row.covers(rule, path)), None)
