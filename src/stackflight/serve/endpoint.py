"""Requests in, answers out: CloudFormation's own from the simulated cloud, all others from moto. A WSGI application."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from stackflight.model.template import Environment
from stackflight.ports import Clock
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.simulator import SimulatedCloud
from stackflight.serve.calls import Caller, Environ, is_unsigned_cloudformation, name_call, read_caller, read_form
from stackflight.serve.elsewhere import answer_elsewhere, refuse_elsewhere
from stackflight.serve.failures import Failures, Wanted
from stackflight.serve.neighbours import Application, MotoNeighbours
from stackflight.serve.operations import OPERATIONS
from stackflight.serve.realm import Pace, Realm, new_id
from stackflight.serve.refusals import Refusal, not_served
from stackflight.serve.weather import Weather
from stackflight.serve.wire import read_parameters, service_model, write_refusal, write_result

StartResponse = Callable[..., Any]
Heard = Callable[[str, int], None]
"""Told of every call, `SERVICE OPERATION`, and the HTTP status of its answer."""


class Endpoint:
    """One account on one loopback port. One request to CloudFormation is answered at a time."""

    def __init__(
        self, others: Application, account: str, clock: Clock, pace: Pace, behaviour: Behaviour,
        failures: tuple[Wanted, ...], weather: Weather, heard: Heard,
    ) -> None:  # fmt: skip
        self._others = others
        self._account = account
        self._clock = clock
        self._pace = pace
        self._behaviour = behaviour
        self._wanted = failures
        self._weather = weather
        self._heard = heard
        self._realms: dict[str, Realm] = {}
        self._turn = threading.RLock()
        self._writing = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        caller = read_caller(environ)
        with self._turn:
            now = self._clock.now()
            if self._weather.is_offline(now):
                _hang_up(environ)
            for realm in self._realms.values():
                realm.catch_up()
        unsigned = is_unsigned_cloudformation(environ, caller)
        if caller.service != "cloudformation" and not unsigned:
            return self._answer_by_others(environ, start_response, caller, now)
        status, body = self._answer(environ, caller, now)
        self._heard(name_call(environ, caller), status)
        headers = [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {'OK' if status == 200 else 'Error'}", headers)
        return [body]

    def _answer_by_others(
        self, environ: Environ, start_response: StartResponse, caller: Caller, now: float
    ) -> Iterable[bytes]:
        call = name_call(environ, caller)
        refused = None
        try:
            if caller.key:
                self._weather.require_fresh(caller.key, caller.token, now)
        except Refusal as refusal:
            refused = refuse_elsewhere(environ, caller, refusal)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self._heard(call, int(status.split(maxsplit=1)[0]))
            return start_response(status, headers, *rest)

        # Moto compares ETags and writes in two steps: conditional writes hold only while nobody writes in between.
        writes = caller.service == "s3" and environ["REQUEST_METHOD"] not in {"GET", "HEAD"}
        with self._writing if writes else nullcontext():
            return answer_elsewhere(self._others, environ, begin, call, refused)

    def _answer(self, environ: Environ, caller: Caller, now: float) -> tuple[int, bytes]:
        request_id = new_id()
        model = service_model()
        try:
            fields = read_form(environ)
            name = fields.get("Action", "")
            if not caller.key:
                raise Refusal("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
            with self._turn:
                self._weather.require_fresh(caller.key, caller.token, now)
                if name not in model.operation_names:
                    raise Refusal("InvalidAction", f"Could not find operation {name} for version 2010-05-15")
                if name not in OPERATIONS:
                    raise not_served(name)
                self._weather.require_calm(name)
                operation = model.operation_model(name)
                result = OPERATIONS[name](self._realm(caller.region), read_parameters(operation, fields))
                return 200, write_result(operation, result, request_id).encode()
        except Refusal as refusal:
            refused = refusal
        except Exception as fault:
            traceback.print_exc()
            refused = Refusal("InternalFailure", f"a fault of stackflight serve: {type(fault).__name__}: {fault}", 500)
        return refused.status, write_refusal(refused, model.metadata["xmlNamespace"], request_id).encode()

    def _realm(self, region: str) -> Realm:
        if region not in self._realms:
            failures = Failures(self._wanted)
            cloud = SimulatedCloud(self._clock, self._behaviour, failures)
            environment = Environment(self._account, region)
            neighbours = MotoNeighbours(self._others, region)
            self._realms[region] = Realm(environment, cloud, failures, neighbours, self._pace)
        return self._realms[region]


def _hang_up(environ: Environ) -> None:
    """End the connection without an answer."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("the endpoint is offline")
