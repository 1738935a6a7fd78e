"""What a target holds -> what of it is deployed: names, the chosen stacks, what must not be shown, what is kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from stackflight.cli.arguments import near
from stackflight.cli.inputs import Inputs
from stackflight.cli.targets import Loaded
from stackflight.errors import WrongUsage
from stackflight.model.moment import Ended
from stackflight.model.report import CheckReport
from stackflight.model.template import World
from stackflight.operate.stacks import choose_roots, require_stack_name


def name_stack(loaded: Loaded, name: str | None) -> Loaded:
    """A template that stands alone becomes the stack `--stack`, else one of its file's name. Raises WrongUsage."""

    alone = [source for source in loaded.sources if not source.named]
    if name is not None and not alone:
        raise WrongUsage(
            f"--stack {name} names a plain template's stack, and {loaded.title} names its own",
            hint="leave it out, and name stacks behind the target to deploy only them",
        )
    for source in alone:
        require_stack_name(name or source.name, "--stack" if name else loaded.title)
    renamed = [source if source.named or name is None else replace(source, name=name) for source in loaded.sources]
    return replace(loaded, sources=tuple(renamed))


def choose_stacks(world: World, chosen: Sequence[str]) -> dict[str, set[str]]:
    """The root stacks to be deployed, with what they depend on. Raises WrongUsage where there is no such stack."""

    roots = choose_roots(world, chosen)
    missing = [name for name in chosen if name not in roots]
    if missing:
        names = [stack.name for stack in world.stacks if stack.parent is None]
        hint = near(missing[0], names, f"its stacks are {', '.join(names)}")
        raise WrongUsage(f"the target holds no stack {missing[0]}", hint=hint)
    return roots


def find_secrets(loaded: Loaded, inputs: Inputs) -> list[str]:
    """The values of parameters with NoEcho."""
    hidden = []
    for source in loaded.sources:
        for name, declared in source.template.section("Parameters").items():
            if isinstance(declared, dict) and str(declared.get("NoEcho")).lower() == "true":
                values = (inputs.parameters.get(name), inputs.parameters.get(f"{source.name}.{name}"))
                hidden += [value for value in (*values, declared.get("Default")) if isinstance(value, str)]
    return hidden


def hash_templates(loaded: Loaded) -> str:
    """Sixteen characters that tell the templates of one deployment from those of another."""
    return sha256("\0".join(source.template.text for source in loaded.sources).encode()).hexdigest()[:16]


def summarise(report: CheckReport) -> str:
    """What was found, counted."""

    counts = Counter(str(finding.severity) for finding in report.findings)
    words = [f"{number} {severity}" for severity, number in counts.items()]
    return ", ".join(words) or "nothing found that would stop it"


def render_outputs(ended: Ended) -> str:
    """The outputs by stack, as the CDK writes them."""

    return json.dumps({stack: dict(outputs) for stack, outputs in ended.outputs.items()}, indent=2) + "\n"
