"""An address in, what a visitor finds there out: the smoke test after a deployment, without AWS credentials.

It asks what a browser asks first. With `LIBRECHAT_EMAIL` and `LIBRECHAT_PASSWORD` in the environment it logs in as well; it
sends no chat and changes nothing. Paths and answers: LibreChat v0.8.8, api/server/index.js and its routes.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from librechat_aws.errors import SettingsError

TIMEOUT_SECONDS = 30
# LibreChat answers "Illegal request" to who is no browser.
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `hint` is where to look where it is not `good`."""

    what: str
    good: bool
    found: str = ""
    hint: str = ""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def look_at(url: str, email: str = "", password: str = "") -> Iterator[Finding]:
    """Everything that was looked at, in order; ends early where nobody answers. Raises SettingsError for no address."""
    if not re.match(r"https?://[^/\s]+/?$", url):
        raise SettingsError(f"{url} is not an address", "As in the output Url: https://chat.example.com")
    base = url.rstrip("/")
    ready = _ask(f"{base}/readyz")
    if isinstance(ready, str):
        yield Finding("it answers", False, ready, "name, certificate and way in: the output Url, entry, allowed_cidrs")
        return
    hint = "LibreChat is starting, or misses its database: the output Logs"
    yield Finding("it is ready", ready.status == 200, f"/readyz answers {ready.status}", hint)
    page = _ask(base + "/")
    if isinstance(page, str) or page.status != 200 or b'id="root"' not in page.body:
        yield Finding("the page is there", False, page if isinstance(page, str) else f"{page.status} {page.kind}", hint)
        return
    yield Finding("the page is there", True)
    yield from _assets(base, page.body.decode("utf-8", "replace"))
    yield from _doors(base)
    if email and password:
        yield _login(base, email, password)


def _assets(base: str, page: str) -> Iterator[Finding]:
    hint = "the cache behaviour of /assets/* and error pages of CloudFront"
    script = re.search(r'src="(/assets/[^"]+\.js)"', page)
    if script:
        asset = _ask(base + script[1])
        good = not isinstance(asset, str) and asset.status == 200 and "javascript" in asset.kind
        yield Finding("its script is a script", good, _told(asset), hint)
    absent = _ask(f"{base}/assets/there-is-none.js")
    good = not isinstance(absent, str) and absent.status == 404
    yield Finding("what is not there is not found", good, _told(absent), hint)


def _doors(base: str) -> Iterator[Finding]:
    user = _ask(f"{base}/api/user")
    good = not isinstance(user, str) and user.status == 401
    yield Finding(
        "strangers are told to log in", good, _told(user), "the API is not LibreChat's, or something answers for it"
    )
    config = _ask(f"{base}/api/config")
    content = {} if isinstance(config, str) else config.json()
    yield Finding("its configuration is read", bool(content), _told(config), "the output Logs: librechat.yaml")
    opened = content.get("registrationEnabled") is True
    yield Finding(
        "registration is closed",
        not opened,
        "anybody may make an account",
        "registration = false, if that is not meant",
    )
    if base.startswith("https://"):
        plain = _ask("http://" + base.removeprefix("https://") + "/", follow=False)
        moved = isinstance(plain, str) or (plain.status in (301, 302, 307, 308))
        yield Finding("nothing is said without encryption", moved, _told(plain), "the listener of port 80")


def _login(base: str, email: str, password: str) -> Finding:
    answer = _ask(f"{base}/api/auth/login", {"email": email, "password": password})
    good = not isinstance(answer, str) and bool(answer.json().get("token"))
    return Finding("one can log in", good, _told(answer), "the account, its verification, DOMAIN_CLIENT")


def _told(answer: _Answer | str) -> str:
    return answer if isinstance(answer, str) else f"{answer.status} {answer.kind}".strip()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """The answer itself is wanted."""


def _ask(url: str, body: Mapping[str, str] | None = None, *, follow: bool = True) -> _Answer | str:
    """The answer whatever its status, or why there is none."""
    headers = {"User-Agent": _AGENT, "Accept": "*/*", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    opener = urllib.request.build_opener(*([] if follow else [_Stay]))
    try:
        with opener.open(urllib.request.Request(url, data, headers), timeout=TIMEOUT_SECONDS) as answer:
            return _Answer(answer.status, _lower(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return _Answer(error.code, _lower(error.headers), error.read())
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
