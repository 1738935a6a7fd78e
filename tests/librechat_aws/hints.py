"""A person who is refused and does what the hint says: which settings they try next, and where that ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from librechat_aws.errors import SettingsError
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from librechat_aws.settings import Settings

Choices = dict[str, str]  # key -> value, as after --set
_ARN = "arn:aws:{service}:{region}:123456789012:{what}"
# What somebody has at hand when a hint says "give" and no value.
AT_HAND: Choices = {
    "domain": "chat.example.com",
    "certificate_arn": _ARN.format(service="acm", region="us-east-1", what="certificate/0a1b2c3d"),
    "hosted_zone_id": "Z0123456789ABC",
    "hosted_zone_name": "example.com",
    "mongo_uri_secret_arn": _ARN.format(service="secretsmanager", region="eu-west-1", what="secret:uri-AbCdEf"),
    "alarm_email": "ops@example.com",
    "vpc_id": "vpc-0a1b2c3d",
    "vpc_zones": '["eu-west-1a","eu-west-1b"]',
    "public_subnet_ids": '["subnet-0a1b2c31","subnet-0a1b2c32"]',
    "app_subnet_ids": '["subnet-0a1b2c33","subnet-0a1b2c34"]',
    "data_subnet_ids": '["subnet-0a1b2c35","subnet-0a1b2c36"]',
}
_SAID = re.compile(r'\b([a-z_]+) = (\[[^\]]*\]|"[^"]*"|[\w.-]*\w)')


@dataclass(frozen=True)
class Person:
    """Somebody who wants `choices` of a preset; where a hint says in words what to write, they write what is `corrected`."""

    preset: str
    choices: Choices
    corrected: Choices = field(default_factory=dict)

    def refusal(self) -> SettingsError | None:
        """What the settings say against it; None where it can be deployed."""
        try:
            resolve(read_request(self.preset, [f"{key}={value}" for key, value in self.choices.items()]))
        except SettingsError as error:
            return error
        return None

    def lost(self, tried: tuple[Choices, ...] = ()) -> Iterator[str]:
        """The ways on which the hints lead in a circle, or say nothing that could be done."""
        error = self.refusal()
        if error is None:
            return
        told = f"{self.preset} {self.choices}: {error}\nhint: {error.hint}"
        if self.choices in tried:
            yield f"in a circle: {told}"
            return
        ways = [way for way in self._ways(str(error), error.hint) if way != self.choices]
        if not ways:
            yield f"nothing to do: {told}"
        for way in ways:
            yield from Person(self.preset, way).lost((*tried, self.choices))

    def _ways(self, message: str, hint: str) -> Iterator[Choices]:
        """What each alternative of a hint makes of the choices."""
        if self.corrected:
            yield {**self.choices, **self.corrected}
        for alternative in re.split(r"[,;] or ", hint):
            said = {key: value for key, value in _SAID.findall(alternative) if key in Settings.model_fields}
            before, _, after = re.sub("^Give", "give", _SAID.sub("", alternative)).partition("give")
            gone = set(_keys(before)) if re.search("remove", before, re.IGNORECASE) else set()
            if re.search(r"remove it\b", before, re.IGNORECASE):
                gone = set(re.findall(r"^--set ([a-z_]+)=", message))
            given = {key: AT_HAND[key] for key in _keys(after) if key in AT_HAND}
            yield {key: value for key, value in {**self.choices, **given, **said}.items() if key not in gone}


def _keys(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z_0-9]+", text) if word in Settings.model_fields]
