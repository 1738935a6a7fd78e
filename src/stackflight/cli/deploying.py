"""The verb `deploy`: a target in, reviewed, confirmed, deployed and followed to its end."""

from __future__ import annotations

from argparse import Namespace

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.aws_place import BUCKET
from stackflight.cli.judging import FORMAT, INPUTS, LEDGER, RULES, TARGET
from stackflight.cli.learnt import DURATION
from stackflight.cli.limits import LIMITS, USAGE
from stackflight.cli.live import NOTIFY
from stackflight.ports import Clock


def _deploy(asked: Namespace, clock: Clock) -> int:
    """Review a target, then deploy what it holds."""
    from stackflight.cli.desk import Desk

    return Desk(asked, clock).serve()


DEPLOY = Verb(
    "deploy",
    "Review, confirm, deploy and follow to the end; say what failed first and why.",
    "A change set is made for each stack, shown and confirmed; every event is in the ledger before it is shown. Exit "
    "code 1 where the deployment fails, 2 where another one holds the stack, 3 where it goes on without you (Ctrl-C), 10 "
    "where a finding or a loss of data stops it.",
    Option("targets", TARGET + " Behind it the stacks to deploy, with what they depend on; all unless given.",
           "TARGET [STACK]", many=True),
    (
        FORMAT,
        *INPUTS,
        Option("--simulate", "Deploy to the simulated cloud: a whole life, and nothing real is touched."),
        Option("--speed", "How many times as fast the simulated cloud is; 1 unless given.", "NUMBER"),
        Option("--fail", "Let a resource of the simulated cloud fail, with this text, so many seconds after it began.",
               "RESOURCE[=TEXT][@SECONDS]", many=True),
        Option("--current", "What the simulated cloud holds already: its stacks are updated instead of created.", "TARGET"),
        Option("--seed", "Begin with other luck; the same seed plays the same.", "NUMBER"),
        Option("--profile", "Whose credentials are used; those of the environment unless given.", "NAME"),
        Option("--patience", "How long a pause may last where credentials have ended or the network is gone; 1h unless "
               "given.", "DURATION"),
        Option("--yes", "Ask nothing. Without a terminal nothing is deployed without it."),
        Option("--plan", "Make, show and remove the change sets; nothing is deployed."),
        Option("--override", "Deploy in spite of a blocking finding; the reason is kept.", "CHECK=REASON", many=True),
        Option("--allow-loss", "A resource whose data may be lost by being replaced or deleted.", "ID", many=True),
        Option("--stack", "The name of a plain template's stack; that of its file unless given.", "NAME"),
        Option("--concurrency", "How many stacks may be deployed at a time; 1 unless given.", "NUMBER"),
        BUCKET,
        LEDGER,
        Option("--wait", "How long to wait where another run holds the stack, for example 40m.", "DURATION"),
        Option("--recover", "Where a stack takes no deployment as it is, bring it first to where it does: delete the shell of a failed "
               "creation, roll back, or continue a rollback. Data that would go has to be named."),
        Option("--retries", "How often to try again where the diagnosis says that it helps and the stacks are clean; 0 unless "
               "given.", "NUMBER"),
        Option("--no-rollback", "Keep what a failed deployment has made, for a look at it."),
        Option("--detach", "Leave once the first stack is begun; the run id is printed."),
        Option("--outputs-file", "Write the outputs of the stacks as JSON.", "FILE"),
        DURATION,
        *LIMITS,
        USAGE,
        *NOTIFY,
        *RULES,
    ),
    _deploy,
)  # fmt: skip
