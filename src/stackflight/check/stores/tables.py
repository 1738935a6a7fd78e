"""World -> findings on DynamoDB tables, REST APIs and schedules whose parts contradict one another.

Sources: Amazon DynamoDB API Reference (CreateTable); API Gateway, CloudTrail and WAF documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, named, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, as_list, known_flag, known_int, known_text, unknowns_in

TABLE_CONTRADICTION = Check(
    "table-contradiction",
    found_when="a DynamoDB table's keys, attributes or capacity contradict one another",
    explains="DynamoDB refuses the table.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html",),
    replaces=("E3039",),
)


@finds(TABLE_CONTRADICTION)
def find_table_contradictions(case: Case) -> Iterator[Finding]:
    """Keys without definition, definitions without key, capacity against billing mode."""
    for table in case.world.of_type("AWS::DynamoDB::Table"):
        parts = [table.get("AttributeDefinitions"), table.get("KeySchema"), table.get("GlobalSecondaryIndexes"),
                 table.get("LocalSecondaryIndexes")]  # fmt: skip
        if not unknowns_in(parts):
            yield from _keys(case, table)
        yield from _capacity(case, table)


def _keys(case: Case, table: Resource) -> Iterator[Finding]:
    defined = [known_text(as_dict(item).get("AttributeName")) for item in as_list(table.get("AttributeDefinitions"))]
    indexes = [*as_list(table.get("GlobalSecondaryIndexes")), *as_list(table.get("LocalSecondaryIndexes"))]
    used = [
        known_text(as_dict(item).get("AttributeName"))
        for schema in (table.get("KeySchema"), *(as_dict(index).get("KeySchema") for index in indexes))
        for item in as_list(schema)
    ]
    if None in defined or None in used or not used or not defined:
        return
    missing = sorted({str(name) for name in used} - {str(name) for name in defined})
    extra = sorted({str(name) for name in defined} - {str(name) for name in used})
    if missing:
        yield _table(
            case, table, f"the key {_attributes(missing)} not defined: Some index key attributes are not defined in "
            "AttributeDefinitions", f"add {listed(missing)} to AttributeDefinitions", ("KeySchema",),
        )  # fmt: skip
    elif extra:
        yield _table(
            case, table, f"the {_attributes(extra)} defined, and no key uses {'it' if len(extra) == 1 else 'them'}: Number of "
            "attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
            f"remove {listed(extra)} from AttributeDefinitions: only key attributes belong there",
            ("AttributeDefinitions",),
        )  # fmt: skip


def _attributes(names: list[str]) -> str:
    return f"attribute{'s' if len(names) > 1 else ''} {listed(names)} {'are' if len(names) > 1 else 'is'}"


def _capacity(case: Case, table: Resource) -> Iterator[Finding]:
    mode, capacity = table.get("BillingMode"), table.get("ProvisionedThroughput")
    if isinstance(mode, Unknown) or isinstance(capacity, Unknown):
        return
    on_demand = known_text(mode) == "PAY_PER_REQUEST"
    if on_demand and capacity is not None:
        yield _table(
            case, table, "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
            "remove ProvisionedThroughput", ("ProvisionedThroughput",),
        )  # fmt: skip
    elif not on_demand and capacity is None:
        yield _table(
            case, table, "No provisioned throughput specified for the table", "set BillingMode: PAY_PER_REQUEST, or add "
            "ProvisionedThroughput", (),
        )  # fmt: skip


def _table(case: Case, table: Resource, text: str, remedy: str, at: At) -> Finding:
    return refused(case, TABLE_CONTRADICTION, [table.address], f"{table.address} is refused: {text}", remedy, at)


DEAD_LETTER_QUEUE_OF_OTHER_KIND = Check(
    "dead-letter-queue-of-other-kind",
    found_when="a FIFO queue has a standard dead-letter queue, or the reverse",
    explains="SQS refuses the redrive policy.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",),
    replaces=("E3502",),
)


@finds(DEAD_LETTER_QUEUE_OF_OTHER_KIND)
def find_dead_letter_queues(case: Case) -> Iterator[Finding]:
    """Dead-letter queues of another kind than their source."""
    for queue in case.world.of_type("AWS::SQS::Queue"):
        target = named(case, queue.get("RedrivePolicy", "deadLetterTargetArn"), "AWS::SQS::Queue")
        mine = known_flag(queue.get("FifoQueue"), False)
        theirs = known_flag(target.get("FifoQueue"), False) if target is not None else mine
        if target is not None and isinstance(mine, bool) and isinstance(theirs, bool) and mine != theirs:
            kind = "FIFO" if mine else "standard"
            yield refused(
                case, DEAD_LETTER_QUEUE_OF_OTHER_KIND, [target.address, queue.address],
                f"{queue.address} is a {kind} queue and its dead-letter queue {target.address} is not: the dead-letter queue must be "
                "of the same type", f"make {target.address} a {kind} queue", ("FifoQueue",), struck=queue.address,
            )  # fmt: skip


LIMIT_EXCEEDED = Check(
    "limit-exceeded",
    found_when="a size or time-out lies outside what the service takes",
    explains="Fixed limits only; quotas that can be raised belong to the account.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",),
    replaces=("E3010", "F0007"),
)


@finds(LIMIT_EXCEEDED)
def find_function_limits(case: Case) -> Iterator[Finding]:
    """Time-outs, memory and reservations beyond what Lambda takes; API time-outs beyond the gateway's."""
    for function in case.world.of_type("AWS::Lambda::Function"):
        memory = known_int(function.get("MemorySize"))
        if memory is not None and not 128 <= memory <= 10_240:
            yield refused(
                case, LIMIT_EXCEEDED, [function.address],
                f"{function.address} asks for {memory} MB; a function may have 128 to 10240",
                "choose a size in between",
                ("MemorySize",),
            )  # fmt: skip
    for link in case.world.of_type("AWS::ApiGatewayV2::Integration"):
        milliseconds = known_int(link.get("TimeoutInMillis"))
        if milliseconds is not None and not 50 <= milliseconds <= 30_000:
            yield refused(
                case, LIMIT_EXCEEDED, [link.address],
                f"{link.address} waits {milliseconds} ms; HTTP APIs take 50 to 30000",
                "answer within 30 s, or hand the work to a queue", ("TimeoutInMillis",),
                says=aws_says("limit-exceeded"),
            )  # fmt: skip


WEB_ACL_SCOPE = Check(
    "web-acl-scope",
    found_when="a web ACL has another scope or Region than what it protects",
    explains="AWS WAF keeps CLOUDFRONT and REGIONAL apart; the former exists in us-east-1.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html",),
)


@finds(WEB_ACL_SCOPE)
def find_firewall_scopes(case: Case) -> Iterator[Finding]:
    """Web ACLs of the wrong scope or Region for what they protect."""
    for acl in case.world.of_type("AWS::WAFv2::WebACL", "AWS::WAFv2::IPSet", "AWS::WAFv2::RuleGroup"):
        region = case.world.stack(acl.address.stack).environment.region
        if known_text(acl.get("Scope")) == "CLOUDFRONT" and region not in {None, "us-east-1"}:
            yield refused(
                case, WEB_ACL_SCOPE, [acl.address],
                f"{acl.address} has the scope CLOUDFRONT in {region}: The scope is not valid, CLOUDFRONT exists in us-east-1 only",
                "put it into a stack in us-east-1", ("Scope",),
            )  # fmt: skip
    for link in case.world.of_type("AWS::WAFv2::WebACLAssociation"):
        found = named(case, link.get("WebACLArn"), "AWS::WAFv2::WebACL")
        if found is not None and known_text(found.get("Scope")) == "CLOUDFRONT":
            yield refused(
                case, WEB_ACL_SCOPE, [link.address, found.address],
                f"{link.address} associates {found.address}, whose scope is CLOUDFRONT; regional resources take scope REGIONAL",
                f"set Scope: REGIONAL on {found.address}, or name it in the distribution's WebACLId", ("WebACLArn",),
            )  # fmt: skip
    for distribution in case.world.of_type("AWS::CloudFront::Distribution"):
        value: Value = distribution.get("DistributionConfig", "WebACLId")
        found = named(case, value, "AWS::WAFv2::WebACL")
        if found is not None and known_text(found.get("Scope")) == "REGIONAL":
            yield refused(
                case, WEB_ACL_SCOPE, [found.address, distribution.address],
                f"{distribution.address} uses {found.address}, whose scope is REGIONAL; distributions take scope CLOUDFRONT",
                f"set Scope: CLOUDFRONT on {found.address} in us-east-1", ("Scope",), struck=distribution.address,
            )  # fmt: skip
