"""World -> findings on what an account has once or no longer offers: the account decides, so these are warnings.

Sources: Amazon EC2 Auto Scaling User Guide (launch configurations); service documentation of GuardDuty, Security Hub,
Macie, AWS Config and IAM identity providers.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, NOTE, WARNING, Check, finds
from stackflight.check.outcome import doubtful, noted, refused
from stackflight.check.readers.regions import homes_of
from stackflight.model.finding import Finding
from stackflight.model.value import as_list, known_int, known_text, references_in, render
from stackflight.patterns import compile_later

# Type -> what the service answers to a second one. Each exists once for each account and Region.
_ONCE = {
    "AWS::GuardDuty::Detector": "a detector already exists for the current account",
    "AWS::SecurityHub::Hub": "Account is already subscribed to Security Hub",
    "AWS::Macie::Session": "Macie has already been enabled",
    "AWS::Config::ConfigurationRecorder": "the maximum number of configuration recorders: 1 is reached",
    "AWS::Detective::Graph": "a behavior graph already exists for this account",
}


LAUNCH_CONFIGURATION_NOT_OFFERED = Check(
    "launch-configuration-not-offered",
    found_when="a launch configuration is used, which newer accounts cannot create",
    explains="Accounts created on or after 2024-10-01 cannot create launch configurations by any method, older ones can.",
    may=(WARNING,),
    weighed="the account decides",
    sources=("https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html",),
    replaces=("W3697",),
    example="acct-launch-configuration",
)


@finds(LAUNCH_CONFIGURATION_NOT_OFFERED)
def find_launch_configurations(case: Case) -> Iterator[Finding]:
    """Launch configurations, which accounts made since October 2024 cannot create by any method."""
    for stack in case.world.stacks:
        found = [
            item.address for item in stack.resources.values() if item.type == "AWS::AutoScaling::LaunchConfiguration"
        ]
        if found:
            yield doubtful(
                case, LAUNCH_CONFIGURATION_NOT_OFFERED, found,
                f"{listed(found)}: accounts created since October 2024 cannot create launch configurations: 'The Launch "
                "Configuration creation operation is not available in your account. Use launch templates'",
                "use an AWS::EC2::LaunchTemplate with the same settings", struck=found[0],
            )  # fmt: skip


ONCE_PER_ACCOUNT = Check(
    "once-per-account",
    found_when="a resource exists once for each account and Region, or for each name in the account",
    explains="A second one is refused. Two in one template cannot both be created.",
    may=(BLOCKING, WARNING, NOTE),
    weighed="blocking for two in one stack; warning for one, since the account decides; note for service-linked roles",
    sources=(
        "https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html",
        "https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigurationRecorder.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html",
    ),
    replaces=("E3019",),
)


@finds(ONCE_PER_ACCOUNT)
def find_once_per_account(case: Case) -> Iterator[Finding]:
    """What an account may have once in a Region, and identity providers by their URL."""
    for kind, text in _ONCE.items():
        for stack in case.world.stacks:
            found = [item for item in stack.resources.values() if item.type == kind and item.exists is True]
            if len(found) > 1:
                names = [item.address for item in found]
                yield refused(
                    case, ONCE_PER_ACCOUNT, names[::-1],
                    f"{listed(names)} are {kind}, of which an account has one for each Region: {text}", "keep one",
                    says=text,
                )  # fmt: skip
            elif found:
                yield doubtful(
                    case, ONCE_PER_ACCOUNT, [found[0].address],
                    f"{found[0].address} is {kind}, of which an account has one for each Region; where it exists: {text}",
                    "create it under a condition, or once for the account in a stack of its own", struck=found[0].address,
                )  # fmt: skip
    for provider in case.world.of_type("AWS::IAM::OIDCProvider"):
        if any(reference.address in case.resources for reference in references_in(provider.get("Url"))):
            continue  # the issuer is made by this deployment, so nobody has registered it
        yield doubtful(
            case, ONCE_PER_ACCOUNT, [provider.address],
            f"{provider.address} registers {render(provider.get('Url')) or 'an identity provider'}, of which an account has "
            "one; where it exists: EntityAlreadyExists",
            "create it once for the account, or under a condition", ("Url",), struck=provider.address,
        )  # fmt: skip
    for role in case.world.of_type("AWS::IAM::ServiceLinkedRole"):
        yield noted(
            case, ONCE_PER_ACCOUNT, [role.address],
            f"{role.address} makes a service-linked role; in an account that has it: Service role name has been taken",
            "create it under a condition, or once for the account",
        )  # fmt: skip


_LAYER = compile_later(r"arn:[a-z-]+:lambda:([a-z0-9-]+):(\d{12}):layer:[\w-]+:\d+")


LAYER_OF_ANOTHER_REGION = Check(
    "layer-of-another-region",
    found_when="a function uses a layer by an ARN with a literal Region",
    explains="Layers are read in the function's own Region.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the stack's Region is another one; warning where it is not known",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-layers.html",),
)


@finds(LAYER_OF_ANOTHER_REGION)
def find_foreign_layers(case: Case) -> Iterator[Finding]:
    """Layers by a literal ARN, which hold a Region and perhaps another account."""
    home_of = homes_of(case)
    for function in case.world.of_type("AWS::Lambda::Function"):
        home = home_of(function.address.stack)
        for index, item in enumerate(as_list(function.get("Layers"))):
            match = _LAYER.fullmatch(known_text(item) or "")
            if match is None or match.group(1) == home:
                continue
            say = doubtful if home is None else refused
            yield say(
                case, LAYER_OF_ANOTHER_REGION, [function.address],
                f"{function.address} uses the layer {match.group(0)} of account {match.group(2)}: outside {match.group(1)}, and once "
                "its owner withdraws the version, the function fails with 'Layer version does not exist'",
                "publish the layer in the stack's own account and Region", ("Layers", index), struck=function.address,
            )  # fmt: skip


# Type -> how many of them an account has in a Region by default, and what a further one meets.
_QUOTAS = {
    "AWS::EC2::EIP": (5, "The maximum number of addresses has been reached (AddressLimitExceeded)"),
    "AWS::EC2::VPC": (5, "The maximum number of VPCs has been reached (VpcLimitExceeded)"),
    "AWS::EC2::InternetGateway": (5, "The maximum number of internet gateways has been reached"),
}


DEFAULT_QUOTA = Check(
    "default-quota",
    found_when="one stack needs more of a kind than an account has by default",
    explains="Quotas can be raised, and what the account has already counts as well.",
    may=(WARNING,),
    weighed="the account decides",
    sources=("https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html",),
)


@finds(DEFAULT_QUOTA)
def find_default_quotas(case: Case) -> Iterator[Finding]:
    """More of a kind in one template than an account has by default."""
    for kind, (most, text) in _QUOTAS.items():
        for stack in case.world.stacks:
            found = [item.address for item in stack.resources.values() if item.type == kind and item.exists is True]
            if len(found) > most:
                yield doubtful(
                    case, DEFAULT_QUOTA, found[most:],
                    f"the stack makes {len(found)} of {kind}, and an account has {most} for each Region by default: {text}",
                    "raise the quota first, or use fewer", struck=found[most],
                )  # fmt: skip
    for function in case.world.of_type("AWS::Lambda::Function"):
        reserved = known_int(function.get("ReservedConcurrentExecutions"))
        if reserved is not None and reserved > 900:
            yield doubtful(
                case, DEFAULT_QUOTA, [function.address],
                f"{function.address} reserves {reserved} concurrent executions, and an account has 1000 by default (new ones 10), of "
                "which 100 stay free: decreases account's UnreservedConcurrentExecution below its minimum value",
                "reserve less, or raise the quota", ("ReservedConcurrentExecutions",), struck=function.address,
            )  # fmt: skip
