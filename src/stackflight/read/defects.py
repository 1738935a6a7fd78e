"""What CloudFormation refuses while it reads a template, as far as evaluating it shows: Defects, one for each place."""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.model.near import Suggestions
from stackflight.model.template import Defect, Path
from stackflight.patterns import compile_later

NOTHING, EXPORTED = "reference-to-nothing", "export-taken-twice"
"""The checks that tell of them."""

_LEGAL = compile_later(r"[A-Za-z0-9_.:]+")


class Defects:
    """The defects of one template; of two at one place the first counts."""

    def __init__(self) -> None:
        self.found: dict[Path, Defect] = {}
        self._near = Suggestions()

    def _note(self, check: str, message: str, remedy: str, path: Path, owner: str = "") -> None:
        self.found.setdefault(path, Defect(check, message, remedy, path, (owner,) if owner else ()))

    def undeclared(self, kind: str, target: str, known: Iterable[str], path: Path, owner: str) -> None:
        """A reference to what the template does not declare; `known` are the names that may have been meant."""
        near = self._near.closest(target, list(known))
        remedy = f"write {near} instead, or declare {target}" if near else f"declare {target} or remove the reference"
        message = f"{kind} names {target}, which is neither a resource nor a parameter of this template"
        self._note(NOTHING, message, remedy, path, owner)

    def absent(self, kind: str, target: str, condition: str, path: Path, owner: str) -> None:
        """A reference that will be followed to a resource whose condition is false."""
        self._note(
            NOTHING,
            f"{kind} names {target}, which is not created: its condition {condition} is false",
            f"refer to {target} inside Fn::If of {condition}, or give what refers to it the same condition",
            path,
            owner,
        )

    def no_variable(self, name: str, path: Path, owner: str) -> None:
        """A text in `${}` of Fn::Sub that no logical id, parameter or attribute can be: most often the shell's own variable."""
        why = "is no variable of the template" if _LEGAL.fullmatch(name) else "has characters that no variable has"
        remedy = f"write ${{!{name}}} where the text is to stay as it is, for a shell to read"
        self._note(NOTHING, f"${{{name}}} in Fn::Sub {why}", remedy, path, owner)

    def undeclared_condition(self, name: str, path: Path, owner: str) -> None:
        """A condition that is named and not declared."""
        self._note(NOTHING, f"the condition {name} is not declared", f"declare {name} under Conditions", path, owner)

    def exported_twice(self, export: str, first: str, second: str, path: Path) -> None:
        """Two outputs that export one name, of which a Region of an account has one."""
        self._note(
            EXPORTED,
            f"the outputs {first} and {second} both export {export}: Export with name {export} is already exported",
            f"give the export of {second} a name of its own",
            path,
        )
