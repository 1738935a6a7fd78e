"""The id of a rule of others -> what becomes of it here, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.preflight import read_record
from stackflight.check.standard import BLOCKS, OURS
from stackflight.facts.load import read_table


def tell_rule(id: str) -> Iterator[str]:
    """`standard/F3034` or `preflight/pf-…`: whose it is, whether it blocks, which of our checks goes before it."""
    of, _, rule = id.partition("/")
    yield from _standard(rule) if of == "standard" else _preflight(rule)


def _standard(rule: str) -> Iterator[str]:
    yield "A rule of cloudformation-validate; the words of its findings are its own."
    reason = next((row["because"] for row in read_table("standard")["left_out"] if rule in row["rules"]), "")
    if reason:
        yield f"It is left out: {reason}."
    elif rule in BLOCKS:
        yield "It blocks, unless a macro changes the template first: CloudFormation refuses the template while it reads it."
    else:
        yield "It is a warning, or a note where an input decides or it is a mere hint: schemas and limits age faster than releases."
    yield from _ours(OURS.get(rule, ()))


def _preflight(rule: str) -> Iterator[str]:
    record = read_record()
    yield "A rule of cdk-preflight; the words of its findings are its own."
    if rule in record["left_out"]:
        yield f"It is left out. {record['left_out'][rule]}"
    elif rule in record["clean"]:
        yield (
            f"It blocks where all that it looks at is written in the template: it was silent on {record['clean'][rule]} deployed "
            "templates that hold what it judges."
        )
    else:
        yield f"It is a warning. {record['weakened'].get(rule, 'Too few deployed templates hold what it judges.')}"
    if rule in record["left_out_where"]:
        yield f"One of its sayings is left out. {record['left_out_where'][rule]['because']}"
    yield from _ours(record["ours"].get(rule, ()))


def _ours(checks: tuple[str, ...] | list[str]) -> Iterator[str]:
    if checks:
        yield f"Where {' or '.join(checks)} says the same, that stands alone."
