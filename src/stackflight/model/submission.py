"""What is really sent to CloudFormation with an operation, beside the world that the template describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.records import dataclass

INLINE_BYTES = 51_200
"""A template of more bytes goes by URL. Source: CloudFormation User Guide, quotas."""

LARGEST_BYTES = 1_000_000
"""A template of more bytes is refused. The documented limit is 1 MB; the smaller reading of it is taken here."""


@dataclass(frozen=True)
class Submission:
    """One call's input. `template` is the body as text, `template_url` where it lies in S3 where it is too long.

    A parameter that is None keeps the value that the stack has (UsePreviousValue). `role` is the ARN that CloudFormation
    acts as from now on; `notifications` are at most five topic ARNs; `description` is a change set's.
    """

    template: str = ""
    template_url: str = ""
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    notifications: tuple[str, ...] = ()
    description: str = ""

    @property
    def open_parameters(self) -> frozenset[str]:
        """Those that nobody gave a value."""
        return frozenset(name for name, value in self.parameters.items() if value is None)
