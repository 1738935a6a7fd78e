"""World -> findings on event source mappings, and on streams of tables that have none.

Sources: AWS Lambda API Reference (CreateEventSourceMapping); AWS Lambda Developer Guide (SQS, Kinesis, DynamoDB); Amazon
DynamoDB Developer Guide (streams).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, mentions, named, refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import known_flag, known_int, references_in, unknowns_in

_STREAMS = ("AWS::Kinesis::Stream", "AWS::DynamoDB::Table")
_TABLE = "AWS::DynamoDB::Table"


EVENT_SOURCE_REFUSED = Check(
    "event-source-refused",
    found_when="an event source mapping lacks what its source demands, or reads the stream of a table that has none",
    explains="Lambda refuses a stream without a starting position and large batches of a queue without a window; a table has a stream "
    "only if it is asked for one.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html",),
)


@finds(EVENT_SOURCE_REFUSED)
def find_refused_sources(case: Case) -> Iterator[Finding]:
    """Mappings that Lambda refuses, whatever the function does."""
    for mapping in case.world.of_type("AWS::Lambda::EventSourceMapping"):
        source = named(case, mapping.get("EventSourceArn"), "AWS::SQS::Queue", *_STREAMS)
        if source is None:
            continue
        if source.type in _STREAMS and mapping.get("StartingPosition") is None:
            yield _refuse(
                case, mapping, source, "it reads a stream and has no StartingPosition: 1 validation error: StartingPosition is "
                "required for Kinesis and DynamoDB streams", "set StartingPosition: LATEST or TRIM_HORIZON", (),
            )  # fmt: skip
        if source.type == "AWS::SQS::Queue":
            yield from _queue(case, mapping, source)
    yield from _tables(case)


def _queue(case: Case, mapping: Resource, queue: Resource) -> Iterator[Finding]:
    size, given = known_int(mapping.get("BatchSize")), mapping.get("MaximumBatchingWindowInSeconds")
    window = 0 if given is None else known_int(given)
    ordered = known_flag(queue.get("FifoQueue"), False) is True
    if size is not None and size > 10 and ordered:
        yield _refuse(
            case,
            mapping,
            queue,
            f"BatchSize is {size}; FIFO queues take at most 10",
            "set BatchSize to 10 or less",
            ("BatchSize",),
        )
    elif size is not None and size > 10 and window == 0:
        yield _refuse(
            case, mapping, queue, f"BatchSize is {size}: Maximum batch window in seconds must be greater than 0 if maximum batch "
            "size is greater than 10", "set MaximumBatchingWindowInSeconds to 1 or more, or BatchSize to 10 or less", ("BatchSize",),
        )  # fmt: skip
    if ordered and window is not None and window > 0:
        yield _refuse(
            case, mapping, queue, "Batching window is not supported for FIFO queues", "remove MaximumBatchingWindowInSeconds",
            ("MaximumBatchingWindowInSeconds",),
        )  # fmt: skip


def _refuse(case: Case, mapping: Resource, source: Resource, text: str, remedy: str, at: At) -> Finding:
    return refused(
        case, EVENT_SOURCE_REFUSED, [mapping.address, source.address],
        f"{mapping.address}, which reads {source.address}, is refused: {text}", remedy, at,
    )  # fmt: skip


def _tables(case: Case) -> Iterator[Finding]:
    """Tables whose stream is read and that have none."""
    for table in case.world.of_type(_TABLE):
        stream = table.get("StreamSpecification")
        if stream is not None or unknowns_in(stream):
            continue
        users = [
            user
            for user in case.world.referrers.get(table.address, ())
            if user.exists is True
            and any(
                reference.address == table.address and reference.attribute == "StreamArn"
                for reference in references_in(user.properties)
            )
            and not _undecided(user, table)
        ]
        if users:
            yield refused(
                case, EVENT_SOURCE_REFUSED, [table.address, *(user.address for user in users)],
                f"{users[0].address} reads StreamArn of {table.address}, which has no StreamSpecification and so no stream: the "
                "attribute does not exist", "add StreamSpecification with a StreamViewType", struck=users[0].address,
            )  # fmt: skip


def _undecided(user: Resource, table: Resource) -> bool:
    """Whether the reference stands in a branch that may not be taken."""
    return any(mentions(list(item.candidates), table.address) for item in unknowns_in(user.properties))
