"""The verb `runs`: the ledger out, as a table, as one run, or as a bundle to hand to somebody."""

from __future__ import annotations

from argparse import Namespace

from stackflight.cli.arguments import Option, Verb, near
from stackflight.cli.aws_place import BUCKET, CREDENTIALS, shared_ledger
from stackflight.cli.bundle import write_bundle
from stackflight.cli.files import write_text
from stackflight.cli.judging import FORMAT, LEDGER, OUTPUT
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.whereabouts import show_moment
from stackflight.cli.writers import deliver
from stackflight.errors import WrongUsage
from stackflight.model.run import Run
from stackflight.ports import Clock, Ledger


def _runs(asked: Namespace, clock: Clock) -> int:
    """List all runs, or show one."""
    from stackflight.views import run_json, run_text

    ledger = open_ledger()
    if asked.lock_bucket:
        asked.patience = None
        ledger = shared_ledger(ledger, asked, clock)
    if not asked.run:
        for flag in ("export", "bundle"):
            if getattr(asked, flag):
                raise WrongUsage(f"--{flag} goes with one run", hint=f"name it: stackflight runs RUN --{flag} FILE")
        runs = ledger.runs(asked.stack or "")
        if asked.format == "json":
            deliver(asked.output, lambda: run_json.render_runs(runs))
        else:
            deliver(asked.output, lambda: run_text.render_runs(runs, show_moment, read_paper()))
        return 0
    run = find_run(ledger, asked.run)
    events, notes = ledger.events(run.id), ledger.notes(run.id)
    if asked.export:
        write_text("--export", asked.export, run_json.render_run(run, events, notes) + "\n")
    if asked.bundle:
        write_bundle(asked.bundle, run, events, notes, ledger.notes(templates_key(run)))
        say(f"wrote {asked.bundle}")
    if asked.format == "json":
        deliver(asked.output, lambda: run_json.render_run(run, events, notes))
    else:
        deliver(asked.output, lambda: run_text.render_run(run, events, notes, show_moment, read_paper()))
    return 0


def open_ledger() -> Ledger:
    """The ledger of this machine."""
    from stackflight.local.home import state_folder
    from stackflight.local.ledger import LocalLedger

    return LocalLedger(state_folder())


def find_run(ledger: Ledger, id: str) -> Run:
    """One run. Raises WrongUsage where the ledger has none of this id."""
    run = ledger.run(id)
    if run is None:
        known = [one.id for one in ledger.runs()]
        raise WrongUsage(f"the ledger has no run {id}", hint=near(id, known, "stackflight runs lists them"))
    return run


def templates_key(run: Run) -> str:
    """Where the templates of a run are kept: once, whatever the number of runs."""
    return f"templates-{run.template_hash}"


RUNS = Verb(
    "runs",
    "List the runs in the ledger, or show one.",
    "Every deployment is kept with its events, change sets and outcome in the folder STACKFLIGHT_HOME, else in the "
    "user's folder for state. Secrets are taken out before anything is kept.",
    Option("run", "The id of a run; all are listed unless given.", "RUN", optional=True),
    (
        FORMAT,
        OUTPUT,
        BUCKET,
        LEDGER,
        *CREDENTIALS[:2],
        Option("--stack", "Only the runs of this stack.", "NAME"),
        Option("--export", "Write the run with its events as JSON, which diagnose reads.", "FILE"),
        Option(
            "--bundle", "Write a zip for support: the run, events, notes, templates, versions; without secrets.", "FILE"
        ),
    ),
    _runs,
)
