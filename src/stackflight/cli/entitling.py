"""The verb `rights`: which rights another verb asks for, as a table and as a policy to paste. Asks nobody."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from stackflight.cli.arguments import Option, Verb, near
from stackflight.cli.inputs import open_inputs
from stackflight.cli.judging import INPUTS, OUTPUT, TARGET, resolve
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets
from stackflight.cli.writers import deliver
from stackflight.errors import WrongUsage
from stackflight.facts.own_calls import asking_verbs
from stackflight.model.demand import Rights
from stackflight.operate.rights import Subject, find_rights_of
from stackflight.operate.stacks import is_stack_name, require_stack_name
from stackflight.ports import Clock

_OF_STACKS = ("watch", "cancel", "diagnose")
"""Verbs that act on what is deployed: beside a target they take the name of a stack."""


def _rights(asked: Namespace, clock: Clock) -> int:
    """Read the target, and say what the verb asks for."""
    from stackflight.cli.verbs import NAMES

    verb, *targets = asked.words
    if len(targets) > 1:
        raise WrongUsage(f"rights takes one TARGET, not {len(targets)}", hint=f"usage: {RIGHTS.usage}")
    if verb not in NAMES:
        raise WrongUsage(f"there is no verb {verb}", hint=near(verb, NAMES, "see stackflight --help"))
    if targets and verb in _OF_STACKS and is_stack_name(targets[0]) and not Path(targets[0]).exists():
        asked.stack = targets.pop()
    subject = _read(targets[0], asked, clock) if targets else _without_target(asked)
    rights = find_rights_of(verb, subject) if verb in asking_verbs() else Rights(verb, subject.target, ())
    deliver(asked.output, lambda: _render(rights, asked.format))
    return 0


def _without_target(asked: Namespace) -> Subject:
    """A stack of a name, or any."""
    if asked.stack:
        require_stack_name(asked.stack, "--stack")
    inputs = open_inputs(asked)
    return Subject(bucket=asked.lock_bucket or "", stack=asked.stack or "", environment=inputs.environment)


def _read(target: str, asked: Namespace, clock: Clock) -> Subject:
    """Raises UnreadableInput, WrongUsage, AppFailed."""
    from stackflight.cli.deployable import name_stack
    from stackflight.read.publication import read_publications

    inputs = open_inputs(asked)
    with Targets(say, clock) as opener:
        loaded = name_stack(opener.open(target), asked.stack)
        inputs.require_declared(loaded.sources)
        world = resolve([loaded], inputs)
        publications = read_publications(loaded.folder, loaded.sources)
    return Subject(target, world, publications, asked.lock_bucket or "", asked.own_credentials)


def _render(rights: Rights, format: str) -> str:
    from stackflight.views import rights_json, rights_text

    if format == "json":
        return rights_json.render_rights(rights)
    if format == "policy":
        return rights_json.render_policy(rights)
    return rights_text.render_rights(rights, read_paper())


RIGHTS = Verb(
    "rights",
    "Say which rights of IAM a verb asks for, as a policy document to paste and as a table with the reasons.",
    "Asks nobody: our own calls are listed in a table, and what CloudFormation calls as whoever deploys is what the schemas of the "
    "template's types name. Where an assembly names roles of the CDK, deploying needs to take them and no more.",
    Option("words", f"VERB: deploy, watch, cancel, diagnose, price, check, doctor, runs. TARGET: {TARGET[0].lower()}{TARGET[1:]} watch, cancel and diagnose also take the name of a STACK.",
           "VERB [TARGET]", many=True),
    (
        Option("--format", "How the rights are written; policy is the document alone.", "FORMAT", choices=("text", "json", "policy")),
        OUTPUT,
        Option("--own-credentials", "As if the roles that an assembly names could not be taken."),
        Option("--stack", "The name of a plain template's stack; that of its file unless given.", "NAME"),
        Option("--lock-bucket", "Also what locks and runs in this bucket ask for.", "BUCKET"),
        *INPUTS,
    ),
    _rights,
)  # fmt: skip
