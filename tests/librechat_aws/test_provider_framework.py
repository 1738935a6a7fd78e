"""Our function inside the CDK's own provider framework: the code that will run in front of it, with its real events.

The framework's functions run in Node as they are in the cloud assembly. Around them stand a fake Lambda and Step
Functions (the two SDK clients that the framework imports) and an HTTPS server that takes CloudFormation's answers.
"""

import json
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from document_server import MASTER, USER, Secrets

from librechat_aws.functions.init_documentdb import handler

pytestmark = pytest.mark.xdist_group("cdk")

RUN = """
const [folder, name, event] = process.argv.slice(1);
const https = require('https'), request = https.request;
// Answers go to the host of the address on HTTPS's own port; ours listens on another.
https.request = (options, callback) => request({...options, port: process.env.ANSWER_PORT}, callback);
require(folder + '/framework.js')[name](JSON.parse(event), {logStreamName: 'stream'}).then(
  () => {}, (error) => { console.error(JSON.stringify({errorType: error.name, errorMessage: error.message})); process.exit(9); });
"""
SDK = """
const call = async (path, body) => (await fetch(process.env.CLOUD + path, {method: 'POST', body})).text();
class Lambda {
  async invoke(request) {
    const answer = JSON.parse(await call('/invoke/' + request.FunctionName, request.Payload));
    return {Payload: Buffer.from(answer.payload), FunctionError: answer.error};
  }
}
class SFN { async startExecution(request) { await call('/start', request.input); } }
module.exports = {Lambda, SFN, waitUntilFunctionActiveV2: async () => {}};
"""


@dataclass
class Cloud:
    """Lambda, Step Functions and the bucket that takes answers, on one HTTP server each."""

    framework: Path
    modules: Path
    authority: Any
    answers: list[dict[str, Any]] = field(default_factory=list)
    lost_answers: int = 0
    waiting: list[str] = field(default_factory=list)
    address: str = ""
    answer_address: str = ""

    def invoke(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What Lambda returns: a payload, and an error if the function raised."""
        code = {"on-event": handler.on_event, "is-complete": handler.is_complete}[function]
        try:
            return {"payload": json.dumps(code(payload))}
        except Exception as error:
            text = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
            return {"payload": text, "error": "Unhandled"}

    def framework_call(self, name: str, event: dict[str, Any]) -> dict[str, str]:
        """Run one of the framework's functions; what it threw, or nothing."""
        environment = {
            "PATH": os.environ["PATH"],
            "NODE_PATH": str(self.modules),
            "NODE_EXTRA_CA_CERTS": str(self.authority.ca),
            "CLOUD": self.address,
            "ANSWER_PORT": self.answer_address.rpartition(":")[2],
            "USER_ON_EVENT_FUNCTION_ARN": "on-event",
            "USER_IS_COMPLETE_FUNCTION_ARN": "is-complete",
            "WAITER_STATE_MACHINE_ARN": "waiter",
        }
        done = subprocess.run(
            [os.environ["JSII_NODE"], "-e", RUN, str(self.framework), name, json.dumps(event)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for secret in (MASTER["password"], USER["password"]):
            assert secret not in done.stdout + done.stderr
        if done.returncode == 9:
            thrown: dict[str, str] = json.loads(done.stderr.splitlines()[-1])
            return thrown
        assert done.returncode == 0, done.stderr
        return {}

    def deliver(self, event: dict[str, Any], *, patience: int = 3) -> dict[str, Any]:
        """What CloudFormation and the waiter do with one event; the answer that CloudFormation gets."""
        before = len(self.answers)
        event = {**event, "ResponseURL": f"{self.answer_address}/answer?signature=1"}
        assert self.framework_call("onEvent", event) == {}
        if len(self.answers) == before:
            waiter = json.loads(self.waiting.pop())
            thrown = {}
            for _attempt in range(patience):
                thrown = self.framework_call("isComplete", waiter)
                if not thrown:
                    break
            if thrown:
                self.framework_call("onTimeout", {"Cause": json.dumps(thrown)})
        (answer,) = self.answers[before:]
        return answer


@pytest.fixture
def cloud(synthesise, authority, tmp_path: Path) -> Iterator[Cloud]:
    folder = synthesise("standard-dev").folder
    framework = next(path.parent for path in folder.glob("asset.*/framework.js"))
    for name in ("client-lambda", "client-sfn"):
        module = tmp_path / "@aws-sdk" / name
        module.mkdir(parents=True)
        (module / "index.js").write_text(SDK)
    made = Cloud(framework, tmp_path, authority)

    class Services(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/start":
                made.waiting.append(body)
                self._reply("")
            else:
                self._reply(json.dumps(made.invoke(self.path.rpartition("/")[2], json.loads(body))))

        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if made.lost_answers:
                made.lost_answers -= 1
                self.close_connection = True
                self.connection.close()
                return
            made.answers.append(body)
            self._reply("")

        def _reply(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Silence."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.key)
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Services) as plain,
        ThreadingHTTPServer(("127.0.0.1", 0), Services) as tls,
    ):
        tls.socket = context.wrap_socket(tls.socket, server_side=True)
        made.address = f"http://127.0.0.1:{plain.server_port}"
        made.answer_address = f"https://localhost:{tls.server_port}"
        for server in (plain, tls):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield made
        for server in (plain, tls):
            server.shutdown()


@pytest.fixture
def request_of(document_properties: dict[str, Any]):
    def build(kind: str, **more: Any) -> dict[str, Any]:
        return {
            "RequestType": kind,
            "RequestId": "6d2b4f3e",
            "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/librechat-data/1",
            "LogicalResourceId": "Initialise",
            "ResourceType": "Custom::DocumentUser",
            "ServiceToken": "arn:framework",
            "ResourceProperties": {
                "ServiceToken": "arn:framework",
                "ServiceTimeout": "3600",
                **document_properties,
            },
            **more,
        }

    return build


def test_create_update_and_delete_are_answered_with_one_physical_id(
    cloud: Cloud, request_of, document_secrets: Secrets
) -> None:
    created = cloud.deliver(request_of("Create"))
    id = created["PhysicalResourceId"]
    updated = cloud.deliver(request_of("Update", PhysicalResourceId=id, OldResourceProperties={"Host": "old"}))
    deleted = cloud.deliver(request_of("Delete", PhysicalResourceId=id))
    assert [answer["Status"] for answer in (created, updated, deleted)] == ["SUCCESS"] * 3
    assert {answer["PhysicalResourceId"] for answer in (created, updated, deleted)} == {id}
    assert document_secrets.writes == 1


def test_a_replayed_create_gives_the_same_answer(cloud: Cloud, request_of, document_secrets: Secrets) -> None:
    first, second = cloud.deliver(request_of("Create")), cloud.deliver(request_of("Create"))
    assert first == second
    assert document_secrets.writes == 1


@pytest.mark.usefixtures("document_secrets")
def test_a_lost_answer_is_sent_again(cloud: Cloud, request_of) -> None:
    cloud.lost_answers = 2
    assert cloud.deliver(request_of("Create"))["Status"] == "SUCCESS"


@pytest.mark.usefixtures("document_secrets")
def test_a_database_that_comes_late_is_waited_for(cloud: Cloud, request_of, monkeypatch: pytest.MonkeyPatch) -> None:
    results = iter([{"IsComplete": False}, {"IsComplete": False}])
    ready = handler.is_complete
    monkeypatch.setattr(handler, "is_complete", lambda event: next(results, None) or ready(event))
    assert cloud.deliver(request_of("Create"))["Status"] == "SUCCESS"


@pytest.mark.usefixtures("document_secrets")
def test_a_database_that_never_comes_is_a_failure_with_an_answer(
    cloud: Cloud, request_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "is_complete", lambda _event: {"IsComplete": False})
    answer = cloud.deliver(request_of("Create"))
    assert (answer["Status"], answer["Reason"]) == ("FAILED", "Operation timed out")


def test_a_wrong_password_is_a_failure_that_says_so(cloud: Cloud, request_of, document_secrets: Secrets) -> None:
    document_secrets.values["master"] = json.dumps({**MASTER, "password": "wrong"})
    answer = cloud.deliver(request_of("Create"))
    assert answer["Status"] == "FAILED"
    assert "Authentication failed" in answer["Reason"]
    assert "wrong" not in answer["Reason"]
    # CloudFormation rolls back and deletes what was never made.
    deleted = cloud.deliver(request_of("Delete", PhysicalResourceId=answer["PhysicalResourceId"]))
    assert deleted["Status"] == "SUCCESS"
