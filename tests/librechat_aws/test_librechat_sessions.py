"""Logins that go elsewhere and come back, with the session that LibreChat uses, from npm."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from node_packages import install
from test_librechat_user_data import AROUND

from librechat_aws.environment import arrives_encrypted, librechat_environment, proxies
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

pytestmark = pytest.mark.slow

PACKAGES = ("express@5.2.1", "express-session@1.18.2")
# A server as LibreChat's social logins make it: trust in so many proxies, and a cookie that is secure or not.
SERVER = """
const express = require('express'), session = require('express-session'), http = require('http');
const [proxies, secure, proto] = [Number(process.argv[2]), process.argv[3] === 'true', process.argv[4]];
const app = express();
app.set('trust proxy', proxies);
app.use(session({ secret: 's', resave: false, saveUninitialized: false, cookie: { secure } }));
app.get('/oauth/openid', (request, response) => { request.session.state = 'x'; response.send('go there'); });
const server = app.listen(0, '127.0.0.1', () => http.get(
  { port: server.address().port, host: '127.0.0.1', path: '/oauth/openid', headers: { 'x-forwarded-proto': proto } },
  (answer) => { console.log(JSON.stringify(answer.headers['set-cookie'] ?? [])); server.close(); answer.resume(); }));
"""
HERE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
CLOUDFRONT = (
    "entry=cloudfront",
    "domain=chat.example.com",
    f"certificate_arn={HERE.replace('eu-west-1', 'us-east-1')}",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = install(tmp_path_factory.mktemp("npm"), PACKAGES)
    (path / "server.js").write_text(SERVER)
    return path


def _cookies(folder: Path, trusted: int, secure: str, proto: str) -> list[str]:
    command = [os.environ["JSII_NODE"], folder / "server.js", str(trusted), secure, proto]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    cookies: list[str] = json.loads(done.stdout)
    return cookies


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("entry=https", "domain=chat.example.com", f"certificate_arn={HERE}"),
        ("entry=cloudfront",),
        (*CLOUDFRONT,),
        (*CLOUDFRONT, f"origin_certificate_arn={HERE}"),
    ],
)
def test_every_entry_lets_a_login_keep_its_state(folder: Path, overrides: tuple[str, ...]) -> None:
    from dataclasses import replace

    config = resolve(read_request("standard-dev", overrides))
    encrypted = arrives_encrypted(config.entry)
    around = replace(AROUND, secure=encrypted, proxies=proxies(config.entry))
    secure = librechat_environment(config, around)["SESSION_COOKIE_SECURE"]
    assert _cookies(folder, around.proxies, secure, "https" if encrypted else "http")


def test_a_secure_cookie_over_a_connection_that_is_not_would_never_be_sent(folder: Path) -> None:
    assert _cookies(folder, 2, "true", "http") == []
