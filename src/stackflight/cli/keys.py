"""The keys of `stackflight.toml`: what each one holds, and which option of the command line it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.cli.arguments import Option, Verb
from stackflight.records import dataclass


@dataclass(frozen=True)
class Key:
    """One key. `holds` is its type; `flag` the option that it gives a value to, `targets` for what is judged.

    A key with a dot in its name stands in a table. `paths` says that it holds names of files, read from the folder of
    `stackflight.toml`. `help` is said where the option does not say it already.
    """

    name: str
    holds: str
    flag: str
    help: str = ""
    default: str = "nothing"
    paths: bool = False

    @property
    def attribute(self) -> str:
        """Its name among the values that a verb is given."""
        return self.flag.removeprefix("--").replace("-", "_")

    def read_by(self, verb: Verb) -> bool:
        """Whether the verb takes what it holds."""
        if self.flag == "targets":
            return takes_targets(verb)
        if verb.reads_project and self.name == "account_id":
            return True
        if self.name in _WITH_INPUTS:
            return any(option.flag == "--params" for option in verb.options)
        return any(option.flag == self.flag for option in verb.options)


TEXT, TEXTS, NUMBER, SWITCH, TABLE, IGNORES = (
    "text",
    "list of texts",
    "number",
    "true or false",
    "table",
    "list of tables",
)

KEYS = (
    Key("targets", TEXTS, "targets", "What is judged where the command names nothing.", "cdk.out, where there is one", True),
    Key("settings", TEXT, "settings", "The settings file of an app: a target that is the name of an app, or a preset of it, "
        "becomes APP:FILE.", paths=True),
    Key("region", TEXT, "--region"),
    Key("account_id", TEXT, "account_id", "The account that the stacks go to, twelve digits. Credentials of another one are "
        "refused, and a template that names another one."),
    Key("profile", TEXT, "--profile"),
    Key("parameters", TABLE, "params", "Values of template parameters; a table within it, called like a stack, holds those of "
        "this stack only. Those of the command line go before."),
    Key("parameter_files", TEXTS, "--params", "Files of parameter values; `parameters` go before.", paths=True),
    Key("snapshot", TEXT, "--account", paths=True),
    Key("nested", TEXTS, "--nested"),
    Key("together", SWITCH, "--together", default="false"),
    Key("rules", TEXT, "--rules", default="all"),
    Key("baseline", TEXT, "--baseline", paths=True),
    Key("jobs", NUMBER, "--jobs", default="1"),
    Key("concurrency", NUMBER, "--concurrency", default="1"),
    Key("durations", TABLE, "--duration"),
    Key("usage", TEXT, "--usage", paths=True),
    Key("limits.max_duration", TEXT, "--max-duration"),
    Key("limits.max_monthly", NUMBER, "--max-monthly"),
    Key("ledger", TEXT, "--ledger", default="the user's folder for state", paths=True),
    Key("lock_bucket", TEXT, "--lock-bucket"),
    Key("notify", TEXTS, "--notify"),
    Key("retries", NUMBER, "--retries", default="0"),
    Key("notify_every", TEXT, "--notify-every", default="5m"),
    Key("ignore", IGNORES, "ignore", "Findings that are left out: `check` is the id of the check, `resource` a logical id, "
        "`STACK/ID` or the path of a construct, `because` the reason, and `until` a date after which it counts again."),
)  # fmt: skip

_WITH_INPUTS = {"account_id", "parameters", "ignore", "settings"}
"""Keys without an option of their own; every verb that resolves templates reads them."""

IGNORE_KEYS = ("check", "resource", "because", "until")

PROJECT = (
    Option("--stage", "A stage of stackflight.toml: what stands in its table goes before what stands outside.", "NAME"),
    Option("--isolated", "Read no stackflight.toml and no pyproject.toml."),
)
ALL_STAGES = Option("--all-stages", "Judge every stage of stackflight.toml, and say where they differ.")


def takes_targets(verb: Verb) -> bool:
    """Whether its argument is what is judged or deployed."""
    return verb.argument is not None and verb.argument.flag == "targets"


def keys_of(verb: Verb) -> Iterator[Key]:
    """The keys that a verb reads."""
    return (key for key in KEYS if key.read_by(verb))


def with_stages(verb: Verb) -> Verb:
    """The verb with the options that choose a stage, where it reads any key."""
    if not any(keys_of(verb)):
        return verb
    return replace(verb, options=(*verb.options, *PROJECT))
