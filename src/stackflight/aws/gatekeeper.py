"""The `Gatekeeper` port over a session: who comes, whose clock is right, what is prepared, and which roles may be taken. Read only."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stackflight.aws.bootstrap import read_bootstrap
from stackflight.aws.placeholders import fill_in
from stackflight.aws.refusals import translated
from stackflight.aws.session import Session
from stackflight.model.publication import Publication
from stackflight.model.run import Caller
from stackflight.ports import Gatekeeper


class AwsGatekeeper:
    """Asks with one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def has_credentials(self) -> bool:
        """Whether there are any, that work or not."""
        return self._session.has_credentials

    def caller(self) -> Caller:
        """Who asks, and where."""
        return self._session.caller()

    def time(self) -> float | None:
        """AWS's time as its answers tell it, those too that refuse; None where it does not."""
        with translated():
            try:
                answer = self._session.client("sts").get_caller_identity()
            except ClientError as error:
                answer = error.response
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        return parsedate_to_datetime(date).timestamp() if date else None

    def bootstrap(self, publication: Publication, caller: Caller) -> int | None:
        """The version of the bootstrap stack in the caller's account and Region; None where there is none."""
        return read_bootstrap(self._client("ssm", publication.deploy_role, caller), publication.bootstrap_parameter)

    def refusal(self, role: str, caller: Caller) -> str:
        """Why a role cannot be taken; empty where it can."""
        self._client("sts", role, caller)
        return self._session.fallbacks.get(fill_in(role, caller), "")

    def _client(self, service: str, role: str, caller: Caller) -> Any:
        other = caller.region if caller.region != self._session.region else ""
        return self._session.client(service, fill_in(role, caller), other)


if TYPE_CHECKING:
    _GATEKEEPER: type[Gatekeeper] = AwsGatekeeper
