"""The `StandardRules` port over the package cloudformation-validate, whose rules AWS keeps.

Building its engine takes a quarter of a second, which a thread spends while the templates are being read.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import cache
from threading import Thread
from typing import Any

from stackflight.errors import StackflightError
from stackflight.model.template import Path
from stackflight.model.violation import Violation


class BundledRules:
    """The rules that come with the package; nothing is fetched."""

    def __init__(self) -> None:
        self._engine: Any = None
        self._package: Any = None
        self._error: Exception | None = None
        self._building = Thread(target=self._build, daemon=True)
        self._building.start()
        # The package cannot take its engine down once the interpreter has begun to forget its modules.
        atexit.register(self._release)

    def judge(self, text: str, region: str | None) -> Sequence[Violation]:
        """Every rule that a template's text breaks. Raises StackflightError where the package cannot be loaded."""
        self._building.join()
        if self._error is not None:
            raise StackflightError(
                f"the standard rules cannot be loaded: {self._error}",
                hint="--no-standard-rules leaves them out",
            ) from None
        package = self._package
        config = package.ValidateConfig(
            detail_level=package.DetailLevel.STANDARD,
            pseudo_parameter_overrides=package.PseudoParameterOverrides(region=region),
        )
        try:
            report = self._engine.validate_template(package.TemplateContent(text), config)
        except package.ValidationError as error:
            return [Violation("not-judged", "info", f"the standard rules cannot judge this template: {error}")]
        return [_violation(diagnostic) for diagnostic in report.diagnostics]

    def _release(self) -> None:
        self._building.join()
        self._engine = None

    def _build(self) -> None:
        try:
            import cloudformation_validate

            self._package = cloudformation_validate
            self._engine = cloudformation_validate.CompositeEngine()
        except Exception as error:  # whatever a foreign library raises while it loads
            self._error = error


@cache
def load_standard_rules() -> BundledRules:
    """The one rule set of this process; begins to load it."""
    return BundledRules()


def _violation(diagnostic: Any) -> Violation:
    entity = diagnostic.entity
    of_resource = entity is not None and entity.entity_type.name == "RESOURCE"
    return Violation(
        rule=diagnostic.rule_id,
        level=diagnostic.severity.name.lower(),
        message=diagnostic.message,
        resource=entity.logical_id if of_resource else "",
        path=_path(diagnostic.property_path) if of_resource else (),
        line=diagnostic.start_line,
        remedy=diagnostic.suggested_fix or "",
    )


def _path(text: str | None) -> Path:
    """`Properties.Subnets.0` -> its steps; "Resources/Name" says no more than the name does."""
    if not text or "/" in text.split(".")[0]:
        return ()
    return tuple(int(step) if step.isdigit() else step for step in text.split("."))
