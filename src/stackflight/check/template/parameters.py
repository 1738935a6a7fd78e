"""World -> findings on values of parameters that the template itself does not take.

Source: CloudFormation User Guide, Parameters (properties; AllowedPattern, AllowedValues, MinLength, MinValue, Type).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.model.constraints import unmet
from stackflight.model.finding import Finding
from stackflight.model.template import Raw, Stack, Where
from stackflight.model.value import Value, known_text

PARAMETER_REFUSED = Check(
    "parameter-refused",
    found_when="a parameter has a value that its own declaration does not allow",
    explains="CloudFormation holds every value, given or by default, against the type, the allowed values and pattern and the bounds of "
    "the parameter before it makes anything. Values that are not known, those of SSM parameters and secret ones are silent.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where it is the default, which another value may replace",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",),
    replaces=("F0015", "F2012", "F2015"),
)


@finds(PARAMETER_REFUSED)
def find_refused_parameters(case: Case) -> Iterator[Finding]:
    """Values of parameters beyond what is declared."""
    for stack in case.world.stacks:
        for name, declared in stack.template.section("Parameters").items():
            text = _text(stack.parameters.get(name), declared)
            why = unmet(name, declared, text) if text is not None else ""
            if why and stack.resources:
                yield _finding(case, stack, name, text or "", why)


def _text(value: Value, declared: Raw) -> str | None:
    """The value as it is given; None where it is not known, or is a name of a value elsewhere."""
    if "AWS::SSM::Parameter" in str(declared.get("Type", "") if isinstance(declared, dict) else ""):
        return None
    if isinstance(value, list):
        items = [known_text(item) for item in value]
        return ",".join(item for item in items if item is not None) if None not in items else None
    return known_text(value)


def _finding(case: Case, stack: Stack, name: str, text: str, why: str) -> Finding:
    subject = next(iter(stack.resources.values())).address
    origin = "its default is" if name in stack.defaulted else "it is given"
    found = refused(
        case, PARAMETER_REFUSED, [subject],
        f"CloudFormation refuses the parameter {name} of {stack.name}: {origin} {text or 'empty'}",
        f"give {name} a value that its declaration takes", says=why,
    )  # fmt: skip
    line = stack.template.positions.find(("Parameters", name)).line
    return replace(found, where=Where(stack.template.file, line))
