"""Profile and Region -> a boto3 session, and clients that are made anew when the credentials were renewed."""

from __future__ import annotations

import os
from typing import Any

from stackflight.aws.refusals import translated
from stackflight.errors import WrongUsage
from stackflight.model.run import Caller


class Session:
    """Whose credentials are used, and where. Raises WrongUsage where boto3 is not installed."""

    def __init__(self, profile: str | None = None, region: str | None = None) -> None:
        self._profile = profile
        self._region = region
        self._clients: dict[str, Any] = {}
        self._open()

    @property
    def region(self) -> str:
        """The Region that is asked; empty where none is known."""
        return str(self._session.region_name or "")

    def client(self, service: str) -> Any:
        """The client of a service."""
        if service not in self._clients:
            from botocore.config import Config

            # Patience is ours: one try here, so that nobody waits unseen.
            config = Config(
                retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30, user_agent_extra="stackflight"
            )
            with translated():
                self._clients[service] = self._session.client(service, config=config)
        return self._clients[service]

    def renew(self) -> None:
        """Read profile, environment and caches again."""
        self._clients.clear()
        self._open()

    def caller(self) -> Caller:
        """Who asks, and where. Raises CloudUnavailable where that cannot be told."""
        with translated():
            answer = self.client("sts").get_caller_identity()
        credentials = self._session.get_credentials()
        expires = getattr(credentials, "_expiry_time", None)
        return Caller(
            account=answer["Account"],
            region=self.region,
            arn=answer["Arn"],
            source=self._source(credentials),
            expires=expires.timestamp() if expires is not None else None,
        )

    def _source(self, credentials: Any) -> str:
        if self._profile:
            return f"profile {self._profile}"
        method = getattr(credentials, "method", "") or "unknown"
        return {"env": "the environment", "sso": "single sign-on", "iam-role": "the machine's role"}.get(method, method)

    def _open(self) -> None:
        try:
            import boto3
        except ImportError:
            raise WrongUsage(
                "deploying to AWS needs boto3, which is not installed", hint="pip install 'stackflight[aws]'"
            ) from None
        with translated():
            region = self._region or os.environ.get("AWS_REGION") or None
            self._session = boto3.Session(profile_name=self._profile, region_name=region)
