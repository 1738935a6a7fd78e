"""JavaScript -> the AWS clients that it makes, by either version of the SDK, and the calls made by them.

Nothing is parsed: the patterns are cautious, and what they do not understand makes the calls of a client incomplete.
Source: AWS SDK for JavaScript v3 and v2 API references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.facts.services import prefixes_of
from stackflight.model.call import Call
from stackflight.patterns import compile_later
from stackflight.read.needs.clients import Client
from stackflight.read.needs.operations import call_of
from stackflight.read.needs.python_names import COMPUTED
from stackflight.read.needs.services import endpoint_of_client

_SECOND = compile_later(
    r"(?:(?:const|let|var)\s+(\w+)\s*=\s*)?new\s+(?:AWS|aws)\.([A-Z][A-Za-z0-9]+)(?:\.[A-Z]\w+)?\s*\(\s*(?:\{([^{}]*)\})?"
)
_PACKAGE = compile_later(r"@aws-sdk/(?:client-|lib-(?=dynamodb))([a-z0-9-]+)")
_IMPORTED = compile_later(r"\{([^{}]*)\}\s*(?:from|=\s*require\()\s*[\"']@aws-sdk/((?:client|lib)-[\w-]+)[\"']")
_ANY_PACKAGE = compile_later(r"(?:from|require\()\s*[\"']@aws-sdk/((?:client|lib)-[\w-]+)[\"']")
_MADE = compile_later(r"new\s+(\w+?)Client\s*\(\s*\{((?:[^{}]|\$\{[^}]*\})*)\}")
_OPTION = compile_later(
    r"(?<![\w.])(region|endpoint)\s*:\s*(?:[\"'`]([^\"'`]*)[\"'`]|process\.env\.(\w+)|process\.env\[[\"'](\w+)[\"']\]|(\S))"
)

_DUAL = compile_later(r"(?<![\w.])useDualstack(?:Endpoint)?\s*:\s*true\b")


def node_clients(source: str) -> list[Client]:
    """Clients of either version of the SDK, with the Region and endpoint of the one place where each is made."""
    made: dict[str, list[str]] = {}
    for name, options in _MADE.findall(source):
        made.setdefault(name.lower(), []).append(options)
    signs_only = "getSignedUrl(" in source and ".send(" not in source
    found = []
    for package in dict.fromkeys(_PACKAGE.findall(source)):
        options = made.get(package.replace("-", ""), [])
        if not signs_only:
            calls = list(_commands(source, package))
            found.append(_client(endpoint_of_client(package), options, calls))
    for held, name, option in _SECOND.findall(source):
        if name not in {"Config", "Credentials", "Endpoint"}:
            calls = list(_methods(source, held, name))
            found.append(_client(endpoint_of_client(name.lower()), [option] if option else [], calls))
    return list(dict.fromkeys(found))


def _client(service: str, options: list[str], calls: list[Call | None]) -> Client:
    given = {}
    for text in options if len(options) == 1 else ():
        for key, literal, dotted, keyed, other in _OPTION.findall(text):
            variable = dotted or keyed
            computed = COMPUTED if other or "${" in literal else literal
            given[key] = f"${{env:{variable}}}" if variable else computed
    known = tuple(dict.fromkeys(call for call in calls if call is not None))
    dual = len(options) == 1 and _DUAL.search(options[0]) is not None
    whole = bool(calls) and None not in calls
    return Client(service, given.get("region", ""), given.get("endpoint", ""), known, whole, dual)


def _commands(source: str, package: str) -> Iterator[Call | None]:
    """The commands of a package that are made; None stands for what cannot be told."""
    prefix = prefixes_of("package").get(package, "")
    packages = {f"client-{package}", *(["lib-dynamodb"] if package == "dynamodb" else [])}
    listed = [(owner, names) for names, owner in _IMPORTED.findall(source) if owner in packages]
    if (
        len(listed) < sum(owner in packages for owner in _ANY_PACKAGE.findall(source))
        or "@aws-sdk/lib-storage" in source
    ):
        yield None
    for _, names in listed:
        for part in filter(None, (item.strip() for item in names.split(","))):
            name, *other = re.split(r"\s+as\s+|\s*:\s*", part)
            operation = name.removesuffix("Command")
            if operation == name:
                if not name.endswith("Client") and "Document" not in name:
                    yield None
                continue
            for match in re.finditer(rf"\bnew\s+{re.escape(other[0] if other else name)}\s*\(", source):
                yield _call(source, prefix, operation, match.end())


def _methods(source: str, held: str, name: str) -> Iterator[Call | None]:
    """The methods of a client of version 2, which is held by a name or called where it is made."""
    prefix = prefixes_of("classes").get(name, "")
    uses = (
        list(re.finditer(rf"(?<![\w.]){re.escape(held)}\b(?!\s*=\s*new\b)(?:\.(\w+)\s*(\()?)?", source)) if held else []
    )
    for use in uses:
        method = use.group(1) or ""
        yield _call(source, prefix, method[:1].upper() + method[1:], use.end()) if use.group(2) else None
    if not uses:
        yield None


def _call(source: str, prefix: str, operation: str, at: int) -> Call | None:
    given = fields_at(source, at)

    def argument(name: str) -> str:
        return text_of(source, given[name]) if name in given else COMPUTED if "..." in given or "" in given else ""

    return call_of(prefix, operation, argument, not _unsure(source, at))


def fields_at(source: str, at: int) -> dict[str, str]:
    """The fields of the object that a call is given; `""` where it is given something else, `"..."` where one is spread."""
    start = re.compile(r"\s*\{").match(source, at)
    if start is None:
        named = re.compile(r"\s*(\w+)\s*[),]").match(source, at)
        places = _objects(source, named.group(1)) if named else []
        return fields_at(source, places[0]) if len(places) == 1 else {"": ""}
    found = {}
    for part in _items(source, start.end()):
        key, colon, value = part.partition(":")
        name = key.strip().strip("\"'")
        found["..." if name.startswith("...") else name] = value.strip() if colon else name
    return found


def _objects(source: str, name: str) -> list[int]:
    return [match.end() - 1 for match in re.finditer(rf"(?:const|let|var)\s+{name}\s*=\s*\{{", source)]


def arguments_at(source: str, at: int) -> list[str]:
    """The arguments of a call whose bracket opens before a place."""
    return list(_items(source, at))


def _pieces(expression: str, sign: str) -> list[str]:
    """The parts of an expression between signs that stand in no bracket and no string."""
    return list(_items(f"{expression})", 0, sign))


def _items(source: str, at: int, sign: str = ",") -> Iterator[str]:
    """The items between commas, up to the bracket that closes what begins at a place."""
    depth, start, quote = 0, at, ""
    for index in range(at, len(source)):
        char = source[index]
        if quote:
            quote = "" if char == quote and source[index - 1] != "\\" else quote
        elif char in "\"'`":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        if not quote and (depth < 0 or (depth == 0 and char == sign)):
            item = source[start:index].strip()
            if item:
                yield item
            start = index + 1
            if depth < 0:
                return


_ENVIRONMENT = compile_later(r"process\.env(?:\.(\w+)|\[[\"'](\w+)[\"']\])")
_PROPERTY = compile_later(r"(?:\w+\.)?(?:ResourceProperties|[pP]rop(?:ertie)?s)(?:\.(\w+)|\[[\"'](\w+)[\"']\])")


def text_of(source: str, expression: str, depth: int = 0) -> str:
    """What an expression gives, as the reader of Python writes it."""
    expression = expression.strip()
    if expression.isdigit():
        return expression
    for pattern, kind in ((_ENVIRONMENT, "env"), (_PROPERTY, "event")):
        found = pattern.fullmatch(expression)
        if found and (kind == "env" or "ResourceProperties" in source):
            return f"${{{kind}:{found.group(1) or found.group(2)}}}"
    literal = re.fullmatch(r"([\"'`])((?:(?!\1).)*)\1", expression, re.DOTALL)
    if literal and literal.group(1) == "`":
        return re.sub(r"\$\{([^{}]*)\}", lambda match: text_of(source, match.group(1), depth + 1), literal.group(2))
    if literal:
        return literal.group(2)
    parts = _pieces(expression, "+") if "+" in expression else []
    if len(parts) > 1 and depth < 4:
        return "".join(text_of(source, part, depth + 1) for part in parts)
    if not re.fullmatch(r"\w+", expression) or depth > 4:
        return COMPUTED
    taken = re.findall(rf"(?:const|let|var)\s*\{{[^{{}}]*\b{expression}\b[^{{}}:]*\}}\s*=\s*process\.env\b", source)
    given = re.findall(rf"(?<![\w.]){expression}\s*=(?![=>])\s*([^;\n]+)", source)
    if len(taken) == 1 and not given:
        return f"${{env:{expression}}}"
    return (
        text_of(source, given[0], depth + 1) if len(given) == 1 and not _is_parameter(source, expression) else COMPUTED
    )


def _is_parameter(source: str, name: str) -> bool:
    """Whether a function of the source takes a parameter of that name, which hides the one outside."""
    return bool(re.search(rf"(?:function\s*\w*\s*)?\(([^()]*\b{name}\b[^()]*)\)\s*(?:=>|\{{)|\b{name}\s*=>", source))


def _unsure(source: str, at: int) -> bool:
    """Whether a call stands where the code goes on without it, or where a custom resource is deleted."""
    for head, index in heads_before(source, at):
        if re.search(r"\btry$", head) and not _heeded(source, index):
            return True
        if re.search(r"\bif\s*\([^{}]*process\.env\b[^{}]*\)$", head):
            return True
        if re.search(
            r"===?\s*[\"']Delete[\"']\s*\)$|\b(?:on)?[dD]elete\w*\s*(?:=\s*(?:async\s*)?)?\([^()]*\)\s*(?:=>)?$",
            head,
        ):
            return True
    return False


def always_made(source: str, at: int) -> bool:
    """Whether a call is surely made and stands under no condition but a test for the kind of request."""
    tests = (
        re.search(r"\b(?:if\s*\(.*\)|else|case\b.*|catch.*)$", head, re.DOTALL) for head, _ in heads_before(source, at)
    )
    return not _unsure(source, at) and all(test is None or "RequestType" in test.group(0) for test in tests)


def heads_before(source: str, at: int) -> Iterator[tuple[str, int]]:
    """What stands before each brace that is open at a place, innermost first, and where the brace is."""
    depth = 0
    for index in range(at - 1, -1, -1):
        char = source[index]
        if char == "}":
            depth += 1
        elif char == "{" and depth:
            depth -= 1
        elif char == "{":
            yield source[max(0, index - 120) : index].rstrip(), index


def _heeded(source: str, at: int) -> bool:
    """Whether the handler of a `try` block, which begins at a place, ends the matter."""
    depth = 0
    for index in range(at, len(source)):
        depth += {"{": 1, "}": -1}.get(source[index], 0)
        if depth == 0:
            handler = re.compile(r"\s*catch\s*(?:\([^)]*\))?\s*\{(.*?)\}", re.DOTALL).match(source, index + 1)
            return handler is None or bool(re.search(r"\bthrow\b|\breturn\b|FAILED", handler.group(1)))
    return False
