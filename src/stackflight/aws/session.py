"""Profile, Region and roles -> boto3 clients, which are made anew when the credentials were renewed."""

from __future__ import annotations

import os
from threading import RLock
from typing import Any

from stackflight.aws.refusals import translated
from stackflight.errors import CloudUnavailable, OperationRefused, WrongUsage
from stackflight.model.run import Caller


class Session:
    """Whose credentials are used, and where. `name` is the session name of roles that are taken: the id of the run.

    `fallbacks` are roles that could not be taken, with why; the caller's own credentials are used in their place.
    Raises WrongUsage where boto3 is not installed.
    """

    def __init__(self, profile: str | None = None, region: str | None = None, name: str = "stackflight") -> None:
        self._profile = profile
        self._region = region
        self.name = name
        self.fallbacks: dict[str, str] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._roles: dict[str, dict[str, str] | None] = {}
        self._turn = RLock()
        self._open()

    @property
    def region(self) -> str:
        """The Region that is asked; empty where none is known."""
        return str(self._session.region_name or "")

    def client(self, service: str, role: str = "", region: str = "") -> Any:
        """The client of a service, of another Region or with the rights of a role where one is named."""
        with self._turn:  # making clients is not safe in several threads at once
            return self._client(service, role, region)

    def _client(self, service: str, role: str, region: str) -> Any:
        key = (service, role, region)
        if key not in self._clients:
            from botocore.config import Config

            # Patience is ours: one try here, so that nobody waits unseen.
            config = Config(
                retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30, user_agent_extra="stackflight"
            )
            taken = self._take(role) if role else None
            with translated():
                self._clients[key] = self._session.client(
                    service, config=config, region_name=region or None, **(taken or {})
                )
        return self._clients[key]

    def renew(self) -> None:
        """Read profile, environment and caches again, and take roles anew."""
        self._clients.clear()
        self._roles.clear()
        self._open()

    def rename(self, name: str) -> None:
        """Take roles in sessions of another name."""
        if name != self.name:
            self.name = name
            self._roles.clear()
            self._clients = {key: client for key, client in self._clients.items() if not key[1]}

    @property
    def has_credentials(self) -> bool:
        """Whether there are any, that work or not."""
        with translated():
            return self._session.get_credentials() is not None

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

    def _take(self, role: str) -> dict[str, str] | None:
        """Credentials of a role; None where it cannot be taken, which is remembered and said."""
        if role not in self._roles:
            try:
                with translated():
                    answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName=self.name)["Credentials"]
            except CloudUnavailable:
                raise
            except OperationRefused as error:
                self.fallbacks[role] = error.message
                self._roles[role] = None
            else:
                self._roles[role] = {
                    "aws_access_key_id": answer["AccessKeyId"],
                    "aws_secret_access_key": answer["SecretAccessKey"],
                    "aws_session_token": answer["SessionToken"],
                }
        return self._roles[role]

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
