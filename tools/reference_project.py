"""The page about `stackflight.toml`: every key with its type, its default and the verbs that read it."""

from __future__ import annotations

from stackflight.cli.keys import KEYS, Key
from stackflight.cli.verbs import load_verbs

_HEAD = """\
# stackflight.toml

What a project's commands have in common stands in `stackflight.toml`, or in `[tool.stackflight]` of `pyproject.toml`: in the
folder that a command is given in or, within a repository, in one above it; the nearest counts. What the command line says
goes before it. Paths are read from the folder of the file. An unknown key is refused with its line. `--isolated` reads none.

```toml
targets = ["cdk.out"]
region = "eu-central-1"

[limits]
max_duration = "45m"
max_monthly = 300

[parameters]
Size = 3
Shop.Name = "shop"              # the stack Shop only

[[ignore]]
check = "no-circuit-breaker"
resource = "Shop/Service"       # a logical id, STACK/ID or the path of a construct
because = "one task, watched by hand"
until = 2027-03-31              # the last day; from then on it counts again

[stage.staging]
parameters = { Size = 1 }

[stage.production]
account_id = "111122223333"     # credentials of another account are refused
snapshot = "production.json"
parameter_files = ["production.params.json"]
```

`stackflight check --stage production` judges one stage; `stackflight check --all-stages` judges each and says where they differ.
A stage may hold every key below; its value goes before the one outside, and parameters, durations and ignores are joined.
`stackflight init` writes a first file for the project that it is called in.
"""


def render_project() -> str:
    """The page."""
    rows = [
        "| key | type | unless given | what it is | read by |",
        "|---|---|---|---|---|",
        *(
            f"| `{key.name}` | {key.holds} | {key.default} | {_meaning(key)} | {_readers(key)} |"
            for key in KEYS
            if _readers(key)
        ),
    ]
    return _HEAD + "\n## Keys\n\n" + "\n".join(rows) + "\n"


def _meaning(key: Key) -> str:
    option = next((option for verb in load_verbs() for option in verb.options if option.flag == key.flag), None)
    same = f" As `{key.flag}`." if option is not None else ""
    return (key.help or (option.help if option else "")).replace("|", "\\|") + same


def _readers(key: Key) -> str:
    return ", ".join(verb.name for verb in load_verbs() if key.read_by(verb))
