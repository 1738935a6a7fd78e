"""The verb `serve`: options in, a CloudFormation endpoint on loopback until the process is interrupted."""

from __future__ import annotations

import re
import signal
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from stackflight.cli.amounts import read_duration, read_number, read_share
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.talk import say
from stackflight.errors import WrongUsage
from stackflight.local.clock import RunningClock
from stackflight.ports import Clock

if TYPE_CHECKING:
    from stackflight.serve.weather import Weather

_PORTS = 65_535
_FASTEST = 100_000.0


def _serve(asked: Namespace, clock: Clock) -> int:
    from stackflight.serve.failures import read_wanted
    from stackflight.serve.realm import Pace
    from stackflight.serve.server import Setting, open_server

    port, seed = read_number("--port", asked.port, 0), read_number("--seed", asked.seed, 0) or 0
    if port is not None and port > _PORTS:
        raise WrongUsage(f"--port {port} is no port", hint="choose one up to 65535, or 0 for any that is free")
    speed = read_share("--speed", asked.speed, _FASTEST) or 1.0
    weather = _read_weather(asked, seed)
    wanted = tuple(read_wanted(text) for text in asked.fail)
    fast = RunningClock(clock, speed)
    setting = Setting(fast, Pace(fast.origin, speed), seed, wanted, weather, _tell if asked.calls else _ignore)
    server = open_server(port or 0, setting)
    # Whoever runs it in the background ends it by SIGTERM: that is no failure either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        say("simulated: nothing reaches AWS; clients find it by AWS_ENDPOINT_URL and any credentials; Ctrl-C ends it")
        sys.stdout.write(f"listening on {server.url}\n")
        sys.stdout.flush()
        server.run()
    except KeyboardInterrupt:
        say("ended; what was deployed here is gone")
    return 0


def _tell(call: str, status: int) -> None:
    say(f"{status} {call}")


def _ignore(_call: str, _status: int) -> None:
    """Not asked for."""


def _read_weather(asked: Namespace, seed: int) -> Weather:
    from stackflight.serve.weather import Weather

    expire = read_duration("--expire", asked.expire) if asked.expire else None
    offline = tuple(_read_window(text) for text in asked.offline)
    return Weather(read_share("--throttle", asked.throttle, 1.0) or 0.0, expire, offline, seed)


def _read_window(text: str) -> tuple[float, float]:
    match = re.fullmatch(r"(.+)\.\.(.+)", text)
    if match is None:
        raise WrongUsage(f"--offline {text} is no span of time", hint="write it as in --offline 2m..7m")
    start, end = (read_duration("--offline", part) for part in match.groups())
    if start >= end:
        raise WrongUsage(f"--offline {text} ends before it begins", hint="write it as in --offline 2m..7m")
    return start, end


SERVE = Verb(
    "serve",
    "Play CloudFormation on this machine: an endpoint that AWS's own clients can deploy to, fast, and fail at will.",
    "Nothing reaches AWS and nothing is kept. It listens on 127.0.0.1 alone and prints 'listening on URL' when it is "
    "ready; point clients there by AWS_ENDPOINT_URL, with any credentials. Times of --expire, --offline and --fail are "
    "those of the simulated cloud, which runs as many times faster as --speed says. Ends at Ctrl-C.",
    None,
    (
        Option("--port", "The port to listen on; any that is free unless given.", "PORT"),
        Option("--speed", "How many times faster than real time the cloud runs; 1 unless given.", "NUMBER"),
        Option("--fail", "Let a resource fail, with this text, this many seconds after it began. RESOURCE:delete "
               "means its deletion; create, update and rollback go as well. A TEXT like 'hook TYPE: MESSAGE' is a hook that refuses it.",
               "RESOURCE[=TEXT][@SECONDS]", many=True),
        Option("--throttle", "The share of CloudFormation's reads that are throttled, for example 0.5.", "SHARE"),
        Option("--expire", "Credentials stop working this long after they are first seen; new ones work.", "DURATION"),
        Option("--offline", "A time at which nothing is reached, for example 2m..7m.", "FROM..TO", many=True),
        Option("--calls", "Tell every call and the status of its answer on stderr."),
        Option("--seed", "Begin with other luck; the same seed plays the same.", "NUMBER"),
    ),
    _serve,
)  # fmt: skip
