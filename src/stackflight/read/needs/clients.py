"""Python code -> the AWS clients that it makes, each with the Region and endpoint that it is given and the calls made by it.

A client whose only calls are answered inside the process (a signed URL, a login token) reaches nothing. Source: boto3
reference (Session.client, resources, paginators, generate_presigned_url, RDS generate_db_auth_token).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stackflight.facts.load import Row, read_table
from stackflight.model.call import Call
from stackflight.read.needs.client_makers import makings
from stackflight.read.needs.operations import call_of, prefix_of_client
from stackflight.read.needs.python_names import COMPUTED, Names
from stackflight.read.needs.services import endpoint_of_client
from stackflight.read.needs.tolerance import surely_made
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """`service` is the endpoint name; `region` and `endpoint` are empty where the code gives none.

    `calls` are those that are made through it, all of them where `whole`; `dual` says that it asks for endpoints with IPv6
    addresses.
    """

    service: str
    region: str = ""
    endpoint: str = ""
    calls: tuple[Call, ...] = ()
    whole: bool = False
    dual: bool = False


# Methods that sign or describe and send nothing.
LOCAL_METHODS = frozenset(
    {
        "generate_db_auth_token", "generate_presigned_url", "generate_presigned_post", "generate_db_connect_auth_token",
        "generate_db_connect_admin_auth_token", "can_paginate", "close", "exceptions", "meta",
    }
)  # fmt: skip


def python_clients(names: Names) -> list[Client]:
    """Every client of a literal service name that calls something in a module, in reading order."""
    return list(dict.fromkeys(_Reader(names).clients()))


class _Reader:
    """One module: what its names stand for, and what is done with each client."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def clients(self) -> Iterator[Client]:
        for making in makings(self.names):
            service, node = making.service, making.made
            uses, whole = self._uses(making.out) if making.out is not None else ([], False)
            if whole and uses and all(use.attr in LOCAL_METHODS for use in uses):
                continue
            given = {item.arg: item.value for item in node.keywords}
            region, endpoint = given.get("region_name"), given.get("endpoint_url")
            if region is None and isinstance(node.func, ast.Attribute):
                region = self._session_region(node.func.value)
            calls = [call for use in uses for call in self._calls(service, use)]
            made = tuple(dict.fromkeys(call for call in calls if call is not None))
            dual = self._asks_for_six(service, given.get("config"))
            text = self.names.text
            whole = whole and bool(uses) and None not in calls
            yield Client(endpoint_of_client(service), text(region), text(endpoint), made, whole, dual)

    def _calls(self, service: str, use: ast.Attribute) -> Iterator[Call | None]:
        """The calls behind one attribute of a client or resource; None stands for what cannot be told."""
        prefix, made = prefix_of_client(service), self.names.parents.get(id(use))
        objects = read_table("calls")["objects"].get(service, {})
        if use.attr in LOCAL_METHODS:
            return
        if not isinstance(made, ast.Call):
            yield None
        elif use.attr in objects:
            yield from self._object_calls(prefix, objects, objects[use.attr], {}, made)
        elif use.attr == "get_paginator":
            operation = _operation(self.names.text(made.args[0] if made.args else None))
            pages = [self.names.parents.get(id(item)) for item in self._uses(made)[0]]
            for page in pages or [None]:
                yield self._call(prefix, operation, page, {}) if isinstance(page, ast.Call) else None
        else:
            yield self._call(prefix, _method(service, use.attr), made, {})

    def _object_calls(
        self, prefix: str, objects: Row, row: Row, given: dict[str, str], made: ast.Call
    ) -> Iterator[Call | None]:
        """The calls of a resource of boto3, such as a Table, which carries the arguments that it was made with."""
        held = given | {name: self.names.text(item) for name, item in zip(row["given"], made.args, strict=False)}
        uses, whole = self._uses(made)
        for use in uses:
            owner = self.names.parents.get(id(use))
            if use.attr in row.get("within", {}) and isinstance(owner, ast.Call):
                inner = {**objects[use.attr], "given": row["within"][use.attr]}
                yield from self._object_calls(prefix, objects, inner, held, owner)
            elif use.attr in row["methods"] or isinstance(owner, ast.Call):
                operation = row["methods"].get(use.attr) or _method(prefix, use.attr)
                yield self._call(prefix, operation, owner if isinstance(owner, ast.Call) else None, held, use)
                if use.attr == "objects" and self._ends_in(use, "delete"):
                    yield self._call(prefix, "DeleteObjects", None, held, use)
            elif use.attr not in {"name", "url", "arn", "key"}:
                yield None
        if not uses or not whole:
            yield None

    def _ends_in(self, use: ast.AST, method: str) -> bool:
        """Whether a chain of calls, as in `objects.filter().delete()`, calls a method."""
        while isinstance(owner := self.names.parents.get(id(use)), (ast.Attribute, ast.Call)):
            if isinstance(owner, ast.Attribute) and owner.attr == method:
                return True
            use = owner
        return False

    def _call(
        self, prefix: str, operation: str, made: ast.Call | None, held: dict[str, str], at: ast.AST | None = None
    ) -> Call | None:
        """One call; an argument behind `**` is not known. Made on deletion only it is not sure."""
        node = made or at
        if node is None:
            return None
        spread = made is not None and any(item.arg is None for item in made.keywords)
        named = {item.arg: item.value for item in made.keywords} if made is not None else {}
        places = () if held else read_table("calls")["positions"].get(prefix, {}).get(_attribute(made), ())
        placed = dict(zip(places, made.args, strict=False)) if made is not None else {}

        def argument(name: str) -> str:
            value = named.get(name, placed.get(name))
            if value is not None:
                return self.names.text(value)
            return held.get(name, COMPUTED if spread else "")

        sure = surely_made(self.names, node)
        return call_of(prefix, operation, argument, sure)

    def _asks_for_six(self, service: str, config: ast.expr | None) -> bool:
        """Whether a client is configured by `Config(use_dualstack_endpoint=True)`, one of S3 also by `Config(s3={…})`."""
        if isinstance(config, ast.Name):
            config = self.names.value(config)
        given = {item.arg: item.value for item in config.keywords} if isinstance(config, ast.Call) else {}
        own = given.get("s3") if service == "s3" else None
        if isinstance(own, ast.Dict):
            written = zip(own.keys, own.values, strict=True)
            given |= {str(key.value): item for key, item in written if isinstance(key, ast.Constant)}
        asked = given.get("use_dualstack_endpoint")
        return isinstance(asked, ast.Constant) and asked.value is True

    def _session_region(self, owner: ast.expr) -> ast.expr | None:
        """The Region of `boto3.Session(region_name=…)` where the client is made by a session."""
        made = self.names.value(owner) if isinstance(owner, ast.Name) else owner
        if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.func.attr == "Session":
            return next((item.value for item in made.keywords if item.arg == "region_name"), None)
        return None

    def _uses(self, made: ast.Call) -> tuple[list[ast.Attribute], bool]:
        """What is taken of a client, in reading order, and whether that is all; it is not where the client is handed on."""
        holder = self.names.parents.get(id(made))
        if isinstance(holder, ast.Attribute):
            return [holder], True
        if not (isinstance(holder, ast.Assign) and len(holder.targets) == 1):
            return [], False
        uses = self.names.uses(holder.targets[0])
        owners = [self.names.parents.get(id(node)) for node in uses or ()]
        taken = [item for item in owners if isinstance(item, ast.Attribute)]
        return taken, uses is not None and len(taken) == len(owners)


def _operation(method: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in method.split("_"))


def _method(service: str, method: str) -> str:
    """The operation behind a method of boto3."""
    shortcuts = read_table("calls")["methods"].get(service, {})
    return str(shortcuts.get(method) or _operation(method))


def _attribute(made: ast.Call | None) -> str:
    return made.func.attr if made is not None and isinstance(made.func, ast.Attribute) else ""
