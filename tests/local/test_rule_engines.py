"""How often the engine of the rules is made anew."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from stackflight.local import rule_engines
from stackflight.local.preflight_rules import find_archive
from stackflight.local.rule_engines import RuleEngines


class Package:
    """As much of cloudformation-validate as is asked; it counts its engines and notes their rules."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def ExternalRuleSource(self, name: str, content: str) -> tuple[str, str]:  # noqa: N802
        return name, content

    def CompositeEngineConfig(self, rego_rules: list[tuple[str, str]]) -> list[tuple[str, str]]:  # noqa: N802
        return rego_rules

    def CompositeEngine(self, rules: list[tuple[str, str]] | None = None) -> Any:  # noqa: N802
        self.made.append(sum(len(text) for _, text in rules or ()))
        self.modules = rules or []
        return SimpleNamespace(validate_template=lambda _text, _config: SimpleNamespace(diagnostics=[]))

    def __getattr__(self, _: str) -> Any:
        return lambda *_args, **_named: SimpleNamespace(STANDARD=None)


def request(*types: str) -> dict[str, Any]:
    whole = {"text": "{}", "decided": "", "resolved": "{}", "region": None, "without": [], "parameters": {}}
    return {**whole, "types": types}


@pytest.fixture
def engines() -> tuple[RuleEngines, Package]:
    package = Package()
    package.DetailLevel = SimpleNamespace(STANDARD=None)  # type: ignore[attr-defined]
    return RuleEngines(package), package


def test_types_that_were_met_need_no_new_engine(engines: tuple[RuleEngines, Package]) -> None:
    judge, package = engines[0].judge, engines[1]
    judge(request("AWS::S3::Bucket"))
    judge(request("AWS::S3::Bucket"))
    assert len(package.made) == 2
    assert package.made[0] == 0
    assert package.made[1] > 20_000


def test_whoever_has_many_templates_of_new_types_gets_all_rules_once(engines: tuple[RuleEngines, Package]) -> None:
    judge, package = engines[0].judge, engines[1]
    for service in (
        "S3::Bucket",
        "SQS::Queue",
        "SNS::Topic",
        "ECS::Service",
        "RDS::DBCluster",
        "EKS::Cluster",
        "MSK::Cluster",
    ):
        judge(request(f"AWS::{service}"))
    assert find_archive() is not None
    assert len(package.made) <= 2 + rule_engines._MOST_MADE
    assert package.made[-1] > 1_500_000
    assert len(package.modules) < 10  # each of them costs the engine memory of its own
    assert all(len(text) < 1_000_000 and text.count("\n") < 20_000 for _, text in package.modules)  # it takes no more


def test_the_rule_that_fails_is_known_by_its_line_in_what_was_put_together(
    engines: tuple[RuleEngines, Package],
) -> None:
    rules, package = engines
    rules.judge(request("AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Lambda::Function"))

    for id, rule in rules._rules.items():
        first = next(line for line in rule.rego.splitlines() if line.startswith("_pf_") or "contains" in line)
        places = [
            (module, number)
            for module, text in package.modules
            for number, line in enumerate(text.splitlines(), 1)
            if line == first
        ]
        assert id in {rules._name_at(module, number) for module, number in places}
