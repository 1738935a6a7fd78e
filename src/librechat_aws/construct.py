"""LibreChat in a CDK app of one's own: settings in, three stacks out, under a construct that names them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from constructs import Construct

from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from librechat_aws.stack import build_stacks


class LibreChat(Construct):
    """`network`, `data` and `app` are the stacks, deployed in this order; `edge` comes before `app` where CloudFront needs it.

    `settings` is a preset's name or the path of a settings file, `overrides` are `key=value` as on the command line. Raises
    SettingsError for what cannot be deployed. Two in one app need two values of `name`.
    """

    def __init__(self, scope: Construct, id: str, *, settings: str, overrides: Sequence[str] = ()) -> None:
        super().__init__(scope, id)
        self.config = resolve(read_request(settings, overrides))
        build_stacks(self, self.config)

    @property
    def network(self) -> Stack:
        return self._stack("Network")

    @property
    def data(self) -> Stack:
        return self._stack("Data")

    @property
    def edge(self) -> Stack | None:
        """The stack in us-east-1, with CloudFront's certificate and firewall where they are made."""
        return self._stack("Edge") if self.node.try_find_child("Edge") else None

    @property
    def app(self) -> Stack:
        return self._stack("App")

    def _stack(self, id: str) -> Stack:
        child = self.node.find_child(id)
        if not isinstance(child, Stack):
            raise AssertionError(f"{id} is a stack")
        return child
