"""Requests -> violations, by the engine of cloudformation-validate with its own rules and, where asked, those of cdk-preflight.

One engine holds both sets; it is made anew where a template has resource types, or a Region, that it was not made for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stackflight.local.preflight_rules import PreflightRule, all_types, find_archive, load_rules
from stackflight.patterns import compile_later

_TYPE = compile_later(rb"\b(?:AWS|Alexa|Custom)::\w+(?:::\w+)*")
_REGION = compile_later(r"[a-z]{2}(-[a-z]+)+-\d+")
_FAILED_AT = compile_later(r"--> ([\w/-]+):(\d+):\d+")
_PACKAGE = "package cdk_preflight\n\nimport rego.v1\n\n"
_NAME = compile_later(r"\b[A-Z][A-Za-z0-9]+\b")
_HEAD = compile_later(r"(?m)^(?:package cdk_preflight|import rego\.v1)[ \t]*$")
_LARGEST_MODULE, _LONGEST_MODULE = 900_000, 18_000
"""Bytes and lines: the engine takes a megabyte and 20,000 lines. Each module costs it 150 kB beside its text, so that rules are put together."""

_LARGEST_PEEK = 2_000_000
_MOST_MADE = 4
"""Whoever has as many templates of ever new types gets all rules: that takes three seconds, once."""


class RuleEngines:
    """The engine of this process. `peek` are files that will probably be judged, so that it is ready when they are."""

    def __init__(self, package: Any, peek: Sequence[Path] = (), region: str | None = None) -> None:
        self._package = package
        self._types: frozenset[str] = frozenset()
        self._region: str | None = None
        self._regional = False
        self._made = 0
        self._rules: dict[str, PreflightRule] = {}
        self._left_out: set[str] = set()
        self._unread = ""
        self._shared: dict[str, str] = {}
        self._begins: dict[str, list[tuple[int, str]]] = {}
        self._engine: Any = None
        self._plain: Any = None
        types = frozenset(name.decode() for file in peek for name in _TYPE.findall(_head(file)))
        if types and find_archive():
            self._make(types, region)
        else:
            self._engine = package.CompositeEngine()

    def judge(self, request: dict[str, Any]) -> dict[str, Any]:
        """`{"violations": […], "failed": […]}`, `failed` being what could not be evaluated; or `{"refused": why}`."""
        package = self._package
        config = package.ValidateConfig(
            detail_level=package.DetailLevel.STANDARD,
            exclude=package.RuleFilterConfig(ids=request["without"]),
            parameter_overrides=request["parameters"],
            pseudo_parameter_overrides=package.PseudoParameterOverrides(region=request["region"]),
        )
        if request["resolved"]:
            self._ready_for(request)
        failed = [self._unread] if self._unread and request["resolved"] else []
        try:
            report = self._by_its_own_rules(request["decided"] or request["text"], config)
        except Exception as error:  # its own ValidationError, or a fault of the package
            return {"refused": str(error) or type(error).__name__}
        found = [_plain(one) for one in report.diagnostics if one.source.name != "CUSTOM"]
        if request["decided"]:  # whose lines are not those of the template
            found = [{**one, "line": None} for one in found]
        if request["resolved"]:
            found.extend(self._preflight(request, failed))
        return {"violations": found, "failed": failed}

    def _preflight(self, request: dict[str, Any], failed: list[str]) -> Iterator[dict[str, Any]]:
        package = self._package
        config = package.ValidateConfig(
            detail_level=package.DetailLevel.STANDARD,
            disable_builtin_rules=True,
            pseudo_parameter_overrides=package.PseudoParameterOverrides(region=request["region"]),
        )
        try:
            report = self._validate(request["resolved"], config, failed)
        except Exception as error:
            failed.append(str(error) or type(error).__name__)
            return
        for one in report.diagnostics:
            rule = self._rules.get(one.rule_id)
            if one.source.name == "CUSTOM" and rule is not None:
                names = sorted(set(_NAME.findall(rule.rego)))
                yield {**_plain(one), "of": "preflight", "types": rule.types, "names": names, "line": None}

    def _by_its_own_rules(self, text: str, config: Any) -> Any:
        """The report on a text as written; the other set's rules, which ask for resolved values, may fail over it."""
        content = self._package.TemplateContent(text)
        if self._plain is None:
            try:
                return self._engine.validate_template(content, config)
            except Exception as error:
                if not self._rules or not _FAILED_AT.search(str(error)):
                    raise
                self._plain = self._package.CompositeEngine()
        return self._plain.validate_template(content, config)

    def _validate(self, text: str, config: Any, failed: list[str]) -> Any:
        """The report on a text; a rule that fails while it is evaluated is left out from then on."""
        while True:
            try:
                return self._engine.validate_template(self._package.TemplateContent(text), config)
            except Exception as error:
                broken = _FAILED_AT.search(str(error))
                if broken is None or not self._rules:
                    raise
                name = self._name_at(broken[1], int(broken[2]))
                failed.append(name)
                self._left_out |= self._calling(name)
                self._make(self._types, self._region)

    def _name_at(self, module: str, line: int) -> str:
        """The rule, or the shared module, that stands at a line of what was put together."""
        begins = self._begins.get(module, [])
        return next((name for first, name in reversed(begins) if first <= line), module)

    def _calling(self, name: str) -> set[str]:
        """The rule of a name, or all that call the shared module of a name."""
        defined = set(re.findall(r"(?m)^(?:default )?(_pf_\w+)", self._shared.get(name, "")))
        found = {
            id for id, rule in self._rules.items() if id == name or defined & set(re.findall(r"_pf_\w+", rule.rego))
        }
        return found or {*self._rules}

    def _ready_for(self, request: dict[str, Any]) -> None:
        types, region = frozenset(request["types"]), request["region"]
        known = types <= self._types or self._made > _MOST_MADE
        if not known or (region != self._region and self._regional):
            self._make(types | self._types, region)

    def _make(self, types: frozenset[str], region: str | None) -> None:
        package = self._package
        self._types, self._region = types, region
        self._made += 1
        modules = self._modules(types)
        self._regional = any("deploy_region" in rego for _, rego in modules)
        if self._regional and region and _REGION.fullmatch(region):
            modules.append(("region", f'{_PACKAGE}deploy_region := "{region}"\n'))
        self._begins = {}
        sources = [package.ExternalRuleSource(name=name, content=text) for name, text in self._together(modules)]
        self._engine = None  # before the new one is made: each holds a quarter of a gigabyte, and its rules
        self._engine = package.CompositeEngine(package.CompositeEngineConfig(rego_rules=sources))

    def _together(self, modules: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Few large modules for many small ones; which stands where is kept, to name the one that fails."""
        parts, size, line, number = [_PACKAGE], len(_PACKAGE), 5, 0
        for name, rego in modules:
            body = _HEAD.sub("", rego).strip("\n") + "\n"
            bytes, lines = len(body.encode()), body.count("\n")
            if len(parts) > 1 and (size + bytes > _LARGEST_MODULE or line + lines > _LONGEST_MODULE):
                yield f"together-{number}", "".join(parts)
                parts, size, line, number = [_PACKAGE], len(_PACKAGE), 5, number + 1
            self._begins.setdefault(f"together-{number}", []).append((line, name))
            parts.append(body)
            size, line = size + bytes, line + lines
        if modules:
            yield f"together-{number}", "".join(parts)

    def _modules(self, types: frozenset[str]) -> list[tuple[str, str]]:
        """The rules for some types with what they call; none where the package is not there or cannot be read."""
        archive = find_archive()
        self._rules = {}
        if archive is None:
            return []
        try:
            loaded = load_rules(archive, types if self._made <= _MOST_MADE else [*types, *all_types(archive)])
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            self._unread = f"{archive.name}: {type(error).__name__}: {error}"
            return []
        self._shared = dict(loaded.shared)
        self._rules = {rule.id: rule for rule in loaded.rules if rule.id not in self._left_out}
        return [*loaded.shared, *((rule.id, rule.rego) for rule in self._rules.values())] if self._rules else []


def _head(file: Path) -> bytes:
    """The beginning of a file, empty where it cannot be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST_PEEK)
    except (OSError, ValueError):
        return b""


def _plain(diagnostic: Any) -> dict[str, Any]:
    entity = diagnostic.entity
    of_resource = entity is not None and entity.entity_type.name == "RESOURCE"
    return {
        "rule": diagnostic.rule_id,
        "level": diagnostic.severity.name.lower(),
        "message": diagnostic.message,
        "resource": entity.logical_id if of_resource else "",
        "path": diagnostic.property_path if of_resource else None,
        "place": () if of_resource else _place(diagnostic.property_path),
        "line": diagnostic.start_line,
        "remedy": diagnostic.suggested_fix or "",
    }


def _place(path: str | None) -> list[str | int]:
    """`Outputs/Name/Value.Fn::Join.1` -> its steps."""
    steps = re.split(r"[/.]", path) if path and "/" in path else []
    return [int(step) if step.isdigit() else step for step in steps]
