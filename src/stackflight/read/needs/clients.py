"""Python code -> the AWS clients that it makes, each with the Region and endpoint that it is given.

A client whose only calls are answered inside the process (a signed URL, a login token) reaches nothing. What the code
takes from its environment stands as `${env:NAME}`, what it computes as `${?}`. Source: boto3 reference (Session.client,
generate_presigned_url, RDS generate_db_auth_token).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stackflight.facts.load import known_actions
from stackflight.read.needs.services import endpoint_of_client
from stackflight.records import dataclass

COMPUTED = "${?}"


@dataclass(frozen=True, slots=True)
class Client:
    """`service` is the endpoint name; `region` and `endpoint` are empty where the code gives none.

    `actions` are the IAM actions of the calls that are made through it, all of them where `whole`; `dual` says that it
    asks for endpoints with IPv6 addresses.
    """

    service: str
    region: str = ""
    endpoint: str = ""
    actions: tuple[str, ...] = ()
    whole: bool = False
    dual: bool = False


# Methods that sign or describe and send nothing.
LOCAL_METHODS = frozenset(
    {
        "generate_db_auth_token", "generate_presigned_url", "generate_presigned_post", "generate_db_connect_auth_token",
        "generate_db_connect_admin_auth_token", "can_paginate", "close", "exceptions", "meta",
    }
)  # fmt: skip


# Services whose clients, prefixes and VPC endpoints have one name, and whose methods are called like their actions.
NAMED_LIKE_ACTIONS = frozenset(
    {"secretsmanager", "ssm", "sqs", "sns", "kms", "dynamodb", "events", "logs", "ecs", "sts"}
)


def python_clients(tree: ast.Module) -> list[Client]:
    """Every client of a literal service name that calls something, in reading order."""
    reader = _Reader(tree)
    return list(dict.fromkeys(reader.clients()))


class _Reader:
    """One module: its single assignments, and what is done with each name."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.assigned: dict[str, list[ast.expr]] = {}
        self.parents: dict[int, ast.AST] = {}
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self.parents[id(child)] = node
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self.assigned.setdefault(_spelled(target), []).append(node.value)

    def clients(self) -> Iterator[Client]:
        for node in ast.walk(self.tree):
            service = _service_of(node)
            if service and isinstance(node, ast.Call) and not self._stays_inside(node):
                given = {item.arg: item.value for item in node.keywords}
                region, endpoint = given.get("region_name"), given.get("endpoint_url")
                if region is None and isinstance(node.func, ast.Attribute):
                    region = self._session_region(node.func.value)
                name, methods = endpoint_of_client(service), self._methods(node)
                actions = [action_of_method(service, item) for item in methods or ()]
                whole = bool(actions) and all(actions)
                asked = tuple(item for item in actions if item)
                dual = self._asks_for_six(given.get("config"))
                yield Client(name, self.text(region), self.text(endpoint), asked, whole, dual)

    def _asks_for_six(self, config: ast.expr | None) -> bool:
        """Whether a client is configured by `Config(use_dualstack_endpoint=True)`."""
        if isinstance(config, ast.Name) and len(self.assigned.get(config.id, ())) == 1:
            config = self.assigned[config.id][0]
        given = config.keywords if isinstance(config, ast.Call) else []
        return any(item.arg == "use_dualstack_endpoint" and ast.unparse(item.value) == "True" for item in given)

    def _session_region(self, owner: ast.expr) -> ast.expr | None:
        """The Region of `boto3.Session(region_name=…)` where the client is made by a session."""
        if isinstance(owner, ast.Name) and len(self.assigned.get(owner.id, ())) == 1:
            owner = self.assigned[owner.id][0]
        if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr == "Session":
            return next((item.value for item in owner.keywords if item.arg == "region_name"), None)
        return None

    def _stays_inside(self, made: ast.Call) -> bool:
        """Whether everything that is done with a client is answered without a call."""
        methods = self._methods(made)
        return bool(methods) and all(method in LOCAL_METHODS for method in methods or ())

    def _methods(self, made: ast.Call) -> list[str] | None:
        """What is called on a client, in reading order; None where it is handed on, so that nobody can say."""
        holder = self.parents.get(id(made))
        if isinstance(holder, ast.Attribute):
            return [holder.attr]
        if not (isinstance(holder, ast.Assign) and len(holder.targets) == 1):
            return None
        name = _spelled(holder.targets[0])
        uses = [node for node in ast.walk(self.tree) if self._is_use(node, name)]
        owners = [self.parents.get(id(node)) for node in uses]
        methods = [item.attr for item in owners if isinstance(item, ast.Attribute)]
        return list(dict.fromkeys(methods)) if len(methods) == len(owners) else None

    def _is_use(self, node: ast.AST, name: str) -> bool:
        plain = isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)
        return plain and isinstance(node, ast.expr) and _spelled(node) == name

    def text(self, node: ast.expr | None, depth: int = 0) -> str:
        """What an expression gives, as far as the source says."""
        match node:
            case None | ast.Constant(value=None):
                return ""
            case ast.Constant(value=str() as value):
                return value
            case ast.JoinedStr(values=parts):
                return "".join(self.text(part, depth) for part in parts)
            case ast.FormattedValue(value=inner):
                return self.text(inner, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.text(left, depth) + self.text(right, depth)
            case ast.Name(id=name) if depth < 5 and len(self.assigned.get(name, ())) == 1:
                return self.text(self.assigned[name][0], depth + 1)
        variable = _variable(node)
        return f"${{env:{variable}}}" if variable else COMPUTED


def action_of_method(service: str, method: str) -> str:
    """The IAM action of a method of the SDK for Python; empty where it is not called like its action, or unknown.

    Source: Service Authorization Reference, by way of the facts on actions.
    """
    known = known_actions(service) if service in NAMED_LIKE_ACTIONS else None
    name = "".join(word.capitalize() for word in method.split("_"))
    return f"{service}:{name}" if known is not None and name.lower() in known[0] else ""


def _spelled(node: ast.expr) -> str:
    """`name`, `self.name`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _service_of(node: ast.AST) -> str:
    """The service of `boto3.client("service")` and `session.resource(service_name="service")`, empty for others."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return ""
    if node.func.attr not in {"client", "resource"}:
        return ""
    named = next((item.value for item in node.keywords if item.arg == "service_name"), None)
    first = node.args[0] if node.args else named
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value if re.fullmatch(r"[a-z0-9-]{2,40}", first.value) else ""
    return ""


def _variable(node: ast.expr) -> str:
    """The environment variable that `os.environ["X"]`, `os.environ.get("X")` or `os.getenv("X")` reads."""
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript) and _spelled(node.value) in {"os.environ", "environ"}:
        key = node.slice
    elif isinstance(node, ast.Call) and node.args:
        called = ast.unparse(node.func)
        if called in {"os.environ.get", "environ.get", "os.getenv", "getenv"}:
            key = node.args[0]
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
