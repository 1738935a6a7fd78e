"""Declared parameters + what a request gives -> their values, as the stack shows them and as the template uses them.

Source: CloudFormation User Guide, Parameters; error texts as its clients quote them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackflight.model.constraints import as_text, unmet
from stackflight.model.template import Raw, Template
from stackflight.records import dataclass
from stackflight.serve.refusals import invalid

Store = Callable[[str], str | None]
"""The account's SSM parameters: a name -> its value, None where there is none."""

_MASK = "****"


@dataclass(frozen=True)
class Parameter:
    """`given` is what the request says, `used` what the template sees: for an SSM parameter the value behind it."""

    key: str
    given: str
    used: str
    hidden: bool = False

    def show(self, resolved: bool = True) -> dict[str, str]:
        """As DescribeStacks and DescribeChangeSet show it."""
        shown = {"ParameterKey": self.key, "ParameterValue": _MASK if self.hidden else self.given}
        return shown | ({"ResolvedValue": self.used} if resolved and self.used != self.given else {})


def bind(
    template: Template, given: Sequence[Mapping[str, Any]], former: Sequence[Parameter], store: Store
) -> tuple[Parameter, ...]:
    """Every declared parameter with its value. Raises Refusal."""
    declared = template.section("Parameters")
    before = {one.key: one.given for one in former}
    values = {str(one.get("ParameterKey")): one for one in given}
    strange = [key for key in values if key not in declared]
    if strange:
        raise invalid(f"Parameters: [{', '.join(strange)}] do not exist in the template")
    texts: dict[str, str] = {}
    for key, raw in declared.items():
        asked, facts = values.get(key, {}), raw if isinstance(raw, dict) else {}
        text = before.get(key) if asked.get("UsePreviousValue") else asked.get("ParameterValue")
        if text is None and facts.get("Default") is not None:
            text = as_text(facts["Default"])
        if text is not None:
            texts[key] = text
    missing = [key for key in declared if key not in texts]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for key, text in texts.items():
        if why := unmet(key, declared[key], text):
            raise invalid(why)
    used = _look_up(declared, texts, store)
    hidden = {key for key, raw in declared.items() if str((raw or {}).get("NoEcho", "")).lower() == "true"}
    return tuple(Parameter(key, text, used[key], key in hidden) for key, text in texts.items())


def _look_up(declared: Mapping[str, Raw], texts: Mapping[str, str], store: Store) -> dict[str, str]:
    used: dict[str, str] = {}
    missing: list[str] = []
    for key, text in texts.items():
        if "AWS::SSM::Parameter::Value" in str((declared[key] or {}).get("Type", "")):
            found = store(text)
            if found is None:
                missing.append(text)
            used[key] = found or ""
        else:
            used[key] = text
    if missing:
        raise invalid(f"Unable to fetch parameters [{','.join(missing)}] from parameter store for this account.")
    return used
