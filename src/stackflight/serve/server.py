"""The endpoint on a port of this machine's loopback address, and on no other address."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import field
from typing import Any

from stackflight.errors import WrongUsage
from stackflight.ports import Clock
from stackflight.records import dataclass
from stackflight.rehearse.behaviour import Behaviour
from stackflight.serve.endpoint import Endpoint, Heard
from stackflight.serve.failures import Wanted
from stackflight.serve.realm import Pace
from stackflight.serve.weather import Weather

ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Setting:
    """How to play: `clock` is the cloud's, `pace` how its seconds are told to clients, `heard` is told of every call."""

    clock: Clock
    pace: Pace
    seed: int = 0
    failures: tuple[Wanted, ...] = ()
    weather: Weather = field(default_factory=Weather)
    heard: Heard = lambda _call, _status: None


class Server:
    """A bound server. `url` is where clients find it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.url = f"http://{ADDRESS}:{inner.server_port}"

    def run(self) -> None:
        """Answer until `stop` is called or the process is interrupted."""
        self._inner.serve_forever(poll_interval=0.05)

    def begin_anew(self, setting: Setting) -> None:
        """From the next request on play another setting, with no stack in it. What moto holds stays."""
        self._inner.app = _make_endpoint(setting)

    def stop(self) -> None:
        """Answer no more; called from another thread."""
        self._inner.shutdown()
        self._inner.server_close()


def open_server(port: int, setting: Setting) -> Server:
    """Bind. Raises WrongUsage where the extra is missing or the port is taken."""
    try:
        from moto.moto_server.werkzeug_app import MotoRequestHandler
        from werkzeug.serving import make_server
    except ImportError:
        raise WrongUsage(
            "serve needs packages that are not installed", hint="pip install 'stackflight[serve]'"
        ) from None

    class Handler(MotoRequestHandler):
        """Says nothing of requests."""

        def log(self, type: str, message: str, *args: object) -> None:
            """Nothing."""

    logging.getLogger("moto").addHandler(logging.NullHandler())  # what moto does not know is told to the client
    logging.getLogger("moto").propagate = False
    endpoint = _make_endpoint(setting)

    def bind() -> Any:
        return make_server(ADDRESS, port, endpoint, threaded=True, request_handler=Handler)

    return Server(_bind(bind, port))


def _make_endpoint(setting: Setting) -> Endpoint:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return Endpoint(
        DomainDispatcherApplication(create_backend_app), DEFAULT_ACCOUNT_ID, setting.clock, setting.pace,
        Behaviour(seed=setting.seed), setting.failures, setting.weather, setting.heard,
    )  # fmt: skip


def _bind(bind: Callable[[], Any], port: int) -> Any:
    """Werkzeug ends the process where a port is taken; that is turned into an error that says so."""
    try:
        return bind()
    except (OSError, SystemExit, OverflowError):
        raise WrongUsage(f"port {port} cannot be had", hint="choose another, or 0 for any that is free") from None
