"""A server that speaks MongoDB's wire protocol with SCRAM-SHA-1 over TLS, and a Secrets Manager of two secrets.

It keeps documents too, as far as copying them takes: no query has a condition but equality.
"""

import base64
import hashlib
import hmac
import json
import socketserver
import ssl
import struct
from typing import Any

import bson
from bson.codec_options import CodecOptions

MASTER = {"username": "docdbadmin", "password": "masterPassword1"}
USER = {"username": "librechat", "password": "userPassword1", "uri": ""}
OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
BATCH = 3  # documents in one answer, so that every reader has to ask for more


EXACT: CodecOptions[dict[str, Any]] = CodecOptions(document_class=dict, tz_aware=True)


def _sections(body: bytes) -> dict[str, Any]:
    """The command of an OP_MSG, with the documents that come beside it."""
    command: dict[str, Any] = {}
    beside: dict[str, Any] = {}
    at = 4
    while at < len(body):
        (size,) = struct.unpack_from("<i", body, at + 1)
        if body[at] == 0:
            command = bson.decode(body[at + 1 : at + 1 + size], EXACT)
        else:
            end = body.index(b"\0", at + 5)
            beside[body[at + 5 : end].decode()] = bson.decode_all(body[end + 1 : at + 1 + size], EXACT)
        at += 1 + size
    return command | beside


class DocumentServer(socketserver.ThreadingTCPServer):
    """Users by name with password and roles; commands that anybody sent."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.context = context
        self.users: dict[str, dict[str, Any]] = {MASTER["username"]: {"pwd": MASTER["password"], "roles": []}}
        self.commands: list[str] = []
        self.collections: dict[str, list[dict[str, Any]]] = {}
        self.cursors: dict[int, list[dict[str, Any]]] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not like the certificate goes away; that is its right."""


class Session(socketserver.BaseRequestHandler):
    server: DocumentServer

    def handle(self) -> None:
        self.user: str | None = None
        with self.server.context.wrap_socket(self.request, server_side=True) as self.stream:
            self._talk()

    def _talk(self) -> None:
        while header := self._read(16):
            length, request_id, _, opcode = struct.unpack("<iiii", header)
            body = self._read(length - 16)
            # A greeting may come in the old form, and is answered in it.
            old = opcode == OP_QUERY
            command = bson.decode(body[body.index(b"\0", 4) + 9 :], EXACT) if old else _sections(body)
            answer = bson.encode(self._answer(command), codec_options=EXACT)
            reply = struct.pack("<iqii", 8, 0, 0, 1) + answer if old else struct.pack("<IB", 0, 0) + answer
            kind = OP_REPLY if old else OP_MSG
            self.stream.sendall(struct.pack("<iiii", 16 + len(reply), 1, request_id, kind) + reply)

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            piece = self.stream.recv(length - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        name = next(iter(command))
        self.server.commands.append(name)
        if name in ("hello", "ismaster", "isMaster"):
            limits = {
                "maxBsonObjectSize": 2**24,
                "maxMessageSizeBytes": 48_000_000,
                "maxWriteBatchSize": 100_000,
                "minWireVersion": 0,
            }
            return {
                "ok": 1,
                "isWritablePrimary": True,
                "ismaster": True,
                "helloOk": True,
                "maxWireVersion": 17,
                **limits,
            }
        if name == "saslStart":
            return self._start(bytes(command["payload"]).decode())
        if name == "saslContinue":
            return self._continue(bytes(command["payload"]).decode())
        if self.user is None:
            return {"ok": 0, "code": 13, "errmsg": "not authorized"}
        return self._keep(name, command) or self._manage(name, command)

    def _keep(self, name: str, command: dict[str, Any]) -> dict[str, Any] | None:
        kept = self.server.collections
        if name in ("insert", "update", "delete"):
            return self._change(name, command)
        match name:
            case "listCollections":
                return self._cursor([{"name": each, "type": "collection"} for each in kept], command)
            case "find":
                where = command.get("filter", {})
                return self._cursor(
                    [one for one in kept.get(command[name], []) if where.items() <= one.items()], command
                )
            case "getMore":
                return self._cursor(self.server.cursors.pop(command[name]), command, "nextBatch")
            case "aggregate":
                number = len(kept.get(command[name], []))
                return self._cursor([{"_id": 1, "n": number}] if number else [], command)
        return None

    def _change(self, name: str, command: dict[str, Any]) -> dict[str, Any] | None:
        kept = self.server.collections
        match name:
            case "insert":
                kept.setdefault(command[name], []).extend(command["documents"])
                return {"ok": 1, "n": len(command["documents"])}
            case "update":
                (change,) = command["updates"]
                found = [one for one in kept.get(command[name], []) if change["q"].items() <= one.items()][:1]
                for one in found:
                    one.update(change["u"]["$set"])
                return {"ok": 1, "n": len(found), "nModified": len(found)}
            case "delete":
                assert command["deletes"][0]["q"] == {}
                return {"ok": 1, "n": len(kept.pop(command[name], []))}
        return None

    def _cursor(self, found: list[Any], command: dict[str, Any], batch: str = "firstBatch") -> dict[str, Any]:
        number = len(self.server.commands) if len(found) > BATCH else 0
        if number:
            self.server.cursors[number] = found[BATCH:]
        return {"ok": 1, "cursor": {"id": bson.Int64(number), "ns": f"{command['$db']}.x", batch: found[:BATCH]}}

    def _start(self, payload: str) -> dict[str, Any]:
        self.bare = payload.partition("n,,")[2]
        fields = dict(part.split("=", 1) for part in self.bare.split(","))
        self.name, nonce = fields["n"], fields["r"] + "server"
        self.first = f"r={nonce},s={base64.b64encode(b'0123456789abcdef').decode()},i=10000"
        return {"ok": 1, "conversationId": 1, "done": False, "payload": self.first.encode()}

    def _continue(self, payload: str) -> dict[str, Any]:
        if not payload:
            return {"ok": 1, "conversationId": 1, "done": True, "payload": b""}
        without, _, proof = payload.partition(",p=")
        known = self.server.users.get(self.name, {"pwd": "\0"})
        digest = hashlib.md5(f"{self.name}:mongo:{known['pwd']}".encode()).hexdigest().encode()
        salted = hashlib.pbkdf2_hmac("sha1", digest, b"0123456789abcdef", 10000)
        client_key = hmac.digest(salted, b"Client Key", "sha1")
        message = f"{self.bare},{self.first},{without}".encode()
        signature = hmac.digest(hashlib.sha1(client_key).digest(), message, "sha1")
        expected = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        if base64.b64decode(proof) != expected:
            return {"ok": 0, "code": 18, "errmsg": "Authentication failed."}
        self.user = self.name
        server = hmac.digest(hmac.digest(salted, b"Server Key", "sha1"), message, "sha1")
        return {"ok": 1, "conversationId": 1, "done": True, "payload": b"v=" + base64.b64encode(server)}

    def _manage(self, name: str, command: dict[str, Any]) -> dict[str, Any]:
        users = self.server.users
        if name in ("createUser", "updateUser"):
            exists = command[name] in users
            if exists and name == "createUser":
                return {"ok": 0, "code": 51003, "errmsg": "User already exists"}
            if not exists and name == "updateUser":
                return {"ok": 0, "code": 11, "errmsg": "User not found"}
            users[command[name]] = {"pwd": command["pwd"], "roles": command["roles"]}
        return {"ok": 1}


class Secrets:
    """Secrets Manager with the two secrets of the function."""

    def __init__(self, **values: dict[str, str]) -> None:
        self.values = {name: json.dumps(value) for name, value in values.items()}
        self.writes = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 (boto3's own spelling)
        return {"SecretString": self.values[SecretId]}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803
        self.values[SecretId] = SecretString
        self.writes += 1

    def read(self, name: str) -> dict[str, str]:
        value: dict[str, str] = json.loads(self.values[name])
        return value
