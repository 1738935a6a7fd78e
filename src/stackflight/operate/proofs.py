"""What a check has proved of the failed resource -> the same diagnosis with its proof.

Where a text only says that something did not come to an end, the proof says why, and the check is the cause. Where the
text says what the check says, both are one, by the check's id: what a rehearsal tells is diagnosed as what it played.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stackflight.model.diagnosis import Cause, Confidence, Diagnosis, Retry
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.records import dataclass

# What only says that something did not come to an end: a proved finding about it says why.
_OPEN_FAMILIES = frozenset(
    {"timeout", "app-start", "custom-resource", "network", "health-check", "service-fault", "ordering", "propagation"}
)
_PHASES = {"delete": "delete-blocked", "update": "immutable-update"}
_LONGEST = 2_000_000


@dataclass(frozen=True)
class Proof:
    """A proved finding that stops a deployment. `resources` are ids that it is about, `hops` what stops it on the way,
    each with its place; `words` are those that it would be told in; `reaches` says that it is about a way."""

    check: str
    message: str
    remedy: str
    where: str
    resources: frozenset[str]
    hops: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    phase: str = "create"
    reaches: bool = False


def proofs_of(findings: Iterable[Finding]) -> tuple[Proof, ...]:
    """The proofs among findings."""
    return tuple(
        Proof(
            finding.check,
            finding.message,
            finding.remedy,
            f"{finding.where.file}:{finding.where.line}" if finding.where.line else finding.where.file,
            frozenset({*finding.resources, *(address.id for address in finding.struck)}),
            tuple((hop.at, f"{hop.verdict} {hop.at}: {hop.why}") for hop in finding.path if hop.verdict == "blocks"),
            tuple(text for text in (finding.says, finding.message) if text),
            finding.phase.value,
            bool(finding.path),
        )
        for finding in findings
        if finding.severity is Severity.BLOCKING and finding.certainty is Certainty.PROVED
    )


def proofs_in(found: Mapping[str, Any]) -> tuple[Proof, ...]:
    """The proofs in an object of `stackflight.check/1`, as the ledger keeps it with a run."""
    proved = (
        one
        for one in found.get("findings") or ()
        if (one.get("severity"), one.get("certainty")) == ("blocking", "proved")
    )
    return tuple(_proof_in(one) for one in proved)


def proofs_told(text: str) -> tuple[Proof, ...]:
    """What a rehearsal says itself of the failure that it played: an object of `stackflight.rehearsal/1`."""
    if "stackflight.rehearsal/" not in text[:200] or len(text) > _LONGEST:
        return ()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    told = document.get("diagnosis") if isinstance(document, dict) else None
    if not isinstance(told, dict) or not isinstance(told.get("root"), dict) or not told.get("cause"):
        return ()
    remedies = [str(one) for one in told.get("remedies") or ()]
    resource, said = str(told["root"].get("resource", "")), str(told.get("explanation", ""))
    reason = str(told["root"].get("reason", ""))
    return (Proof(str(told["cause"]), said, " ".join(remedies[:1]), "", frozenset({resource}), words=(reason,)),)


def confirm(diagnosis: Diagnosis, proofs: Sequence[Proof]) -> Diagnosis:
    """The diagnosis with what is proved of its root."""
    root = diagnosis.root
    about = [proof for proof in proofs if root is not None and root.resource in proof.resources]
    if root is None or not about:
        return diagnosis
    said = next((proof for proof in about if any(word in root.reason for word in proof.words)), None)
    proof = said or about[0]
    told = Evidence(EvidenceKind.TEMPLATE, f"{proof.check}: {proof.message}", root.resource, proof.where)
    hops = [Evidence(EvidenceKind.TEMPLATE, text, at) for at, text in proof.hops]
    proved = replace(diagnosis, evidence=(*diagnosis.evidence[:1], told, *hops, *diagnosis.evidence[1:]))
    cause = diagnosis.cause
    unclear = cause is None or cause.family in _OPEN_FAMILIES or diagnosis.confidence is Confidence.LOW
    return _by_the_check(proved, proof, said is not None) if said or unclear else proved


def _by_the_check(diagnosis: Diagnosis, proof: Proof, same: bool) -> Diagnosis:
    """The check is the cause; what the words alone say is told beside it."""
    before = diagnosis.cause
    named = before is not None and before.id == proof.check
    others = (before, *diagnosis.alternatives) if before is not None and not named else diagnosis.alternatives
    remedies = tuple(dict.fromkeys(text for text in (proof.remedy, *diagnosis.remedies) if text))
    return replace(
        diagnosis,
        root=replace(diagnosis.root, cause=proof.check) if diagnosis.root else None,
        cause=before if named else _cause_of(proof, before, same),
        confidence=Confidence.HIGH,
        explanation=proof.message if same else f"{proof.message.rstrip('.')}. {diagnosis.explanation}".strip(),
        remedies=remedies,
        alternatives=tuple(others),
        retry=Retry.NO,
        retry_why="the template has to change first",
        missing=(),
    )


def _cause_of(proof: Proof, before: Cause | None, same: bool) -> Cause:
    family = "network" if proof.reaches else _PHASES.get(proof.phase, "contract")
    if before is not None and (same or not proof.reaches) and before.family not in {"none", "client"}:
        family = before.family
    return Cause(
        proof.check, family, "", proof.message, proof.message, (proof.remedy,) if proof.remedy else (),
        (f"stackflight explain {proof.check}",),
    )  # fmt: skip


def _proof_in(one: Mapping[str, Any]) -> Proof:
    where, path = one.get("where") or {}, one.get("path") or ()
    place = f"{where.get('file', '')}:{where['line']}" if where.get("line") else str(where.get("file", ""))
    hops = tuple(
        (str(hop.get("at", "")), f"{hop.get('verdict')} {hop.get('at')}: {hop.get('why')}")
        for hop in path
        if hop.get("verdict") == "blocks"
    )
    return Proof(
        str(one.get("check", "")), str(one.get("message", "")), str(one.get("remedy", "")), place,
        frozenset(map(str, one.get("resources") or ())), hops, tuple(str(one[key]) for key in ("says", "message") if one.get(key)), str(one.get("phase", "create")), bool(path),
    )  # fmt: skip
