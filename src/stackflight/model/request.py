"""One call of a workload, as far as the templates and its code tell it."""

from __future__ import annotations

from stackflight.model.identity import Caller
from stackflight.model.value import Address
from stackflight.patterns import compile_later
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One call that is known beforehand: its action and the resource it is for, whose unknown parts are `${…}`.

    `of_aws` says that AWS owns the resource; `own` is the resource of the templates that it is, where it is one, `path` what
    stands behind that in the ARN ("/index/by-mail"), `outside` says that it is none of them. `sure` is False where the code
    may go on without it; `caller` is the role that asks, where it is known.
    """

    action: str
    resource: str = "${any}"
    of_aws: bool = False
    own: Address | None = None
    path: str = ""
    outside: bool = False
    sure: bool = True
    caller: Caller | None = None

    @property
    def title(self) -> str:
        """How it is called on screens."""
        if self.own is None and self.resource == "${any}":
            return self.action
        return f"{self.action} on {_SPOKEN.sub('*', f'{self.own}{self.path}' if self.own else self.resource)}"

    @property
    def pattern(self) -> str:
        """The ARN as Fn::Sub takes it, with a star for each part that is not known."""
        named = _SPOKEN.sub("*", self.resource).replace("arn:aws:", "arn:${AWS::Partition}:", 1)
        return f"${{{self.own.id}.Arn}}{self.path}" if self.own is not None else named


_SPOKEN = compile_later(r"\$\{(?!AWS::\w+\})[^}]*\}")
