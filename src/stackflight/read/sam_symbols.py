"""Parameters as the SAM translator takes them -> references again: no value is taken for a fact while it translates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackflight.model.template import Raw
from stackflight.patterns import compile_later
from stackflight.records import dataclass

_PSEUDO = ("AWS::Region", "AWS::Partition", "AWS::AccountId", "AWS::StackName", "AWS::StackId", "AWS::URLSuffix")
_STANDS_FOR = compile_later(r"Valueof(\d+)x")


@dataclass(frozen=True)
class Symbols:
    """`values` is what each parameter is said to be; `names` the parameters by the number in the text for them."""

    values: Mapping[str, Any]
    names: tuple[str, ...] = ()

    @staticmethod
    def references(source: Mapping[str, Raw]) -> Symbols:
        """Every parameter is a reference to itself."""
        return Symbols({name: {"Ref": name} for name in _all_names(source)})

    @staticmethod
    def texts(source: Mapping[str, Raw]) -> Symbols:
        """Every parameter is a text of its own, for what the translator wants to put together itself."""
        names = _all_names(source)
        return Symbols({name: f"Valueof{number}x" for number, name in enumerate(names)}, names)

    def restore(self, made: Any) -> Any:
        """The translated template with references instead of the texts."""
        return self._restored(made) if self.names else made

    def _restored(self, raw: Any) -> Any:
        if isinstance(raw, str):
            return self._text(raw)
        if isinstance(raw, list):
            return [self._restored(item) for item in raw]
        if not isinstance(raw, dict):
            return raw
        if raw.keys() == {"Fn::Sub"}:
            given = raw["Fn::Sub"]
            template, *rest = given if isinstance(given, list) else [given]
            template = self._named(template) if isinstance(template, str) else template
            return {"Fn::Sub": [template, *map(self._restored, rest)] if rest else template}
        return {key: self._restored(item) for key, item in raw.items()}

    def _text(self, text: str) -> Any:
        whole = _STANDS_FOR.fullmatch(text)
        if whole:
            return {"Ref": self.names[int(whole[1])]}
        if not _STANDS_FOR.search(text):
            return text
        return {"Fn::Sub": self._named(text.replace("${", "${!"))}

    def _named(self, text: str) -> str:
        return _STANDS_FOR.sub(lambda found: "${" + self.names[int(found[1])] + "}", text)


def _all_names(source: Mapping[str, Raw]) -> tuple[str, ...]:
    declared = source.get("Parameters")
    return (*(declared if isinstance(declared, dict) else ()), *_PSEUDO)
