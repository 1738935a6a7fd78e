"""World -> findings on Lambda functions: settings that exclude one another, and handlers that their inline code lacks.

Source: AWS Lambda Developer Guide (handlers, environment variables) and API Reference (CreateFunction)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, mentions, refused
from stackflight.check.readers.scripts import known_part
from stackflight.facts.words import aws_says
from stackflight.model.finding import Consequence, Finding
from stackflight.model.python_source import parse_python
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, known_text

_RESERVED_VARIABLES = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}  # fmt: skip


FUNCTION_SETTING_REFUSED = Check(
    "function-setting-refused",
    found_when="a function has settings that Lambda refuses",
    explains="Reserved variables, an environment over 4 KB, or inline code for a runtime that takes none.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",),
    replaces=("E3663",),
)


HANDLER_MISSING = Check(
    "handler-missing",
    found_when="a function's handler is not in its inline code",
    explains="Inline code is stored as index.py or index.js. Python code is parsed.",
    may=(BLOCKING, WARNING),
    weighed="blocking where a custom resource waits for the function, else warning",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html",),
)


@finds(FUNCTION_SETTING_REFUSED, HANDLER_MISSING)
def find_function_contracts(case: Case) -> Iterator[Finding]:
    """Inline code without its handler, and variables that Lambda does not take."""
    for function in case.world.of_type("AWS::Lambda::Function"):
        variables = as_dict(function.get("Environment", "Variables"))
        taken = sorted(_RESERVED_VARIABLES & set(variables))
        if taken:
            yield refused(
                case, FUNCTION_SETTING_REFUSED, [function.address],
                f"{function.address} sets {listed(taken)}", f"remove {listed(taken)}", ("Environment", "Variables"),
                says=aws_says("function-setting-refused.reserved-variable"),
            )  # fmt: skip
        size = sum(len(name.encode()) + len(known_part(value).encode()) for name, value in variables.items())
        if size > 4096:
            yield refused(
                case, FUNCTION_SETTING_REFUSED, [function.address],
                f"the environment of {function.address} has at least {size} bytes: exceeded the 4KB limit",
                "move values to SSM, Secrets Manager or a file", ("Environment", "Variables"),
            )  # fmt: skip
        yield from _handler(case, function)


def _handler(case: Case, function: Resource) -> Iterator[Finding]:
    source = function.get("Code", "ZipFile")
    handler, runtime = known_text(function.get("Handler")), known_text(function.get("Runtime"))
    if source is None or isinstance(source, Unknown) or handler is None or runtime is None:
        return
    if not runtime.startswith(("python", "nodejs")):
        yield refused(
            case, FUNCTION_SETTING_REFUSED, [function.address],
            f"{function.address} has inline code and the runtime {runtime}",
            "package the code as an asset", ("Code", "ZipFile"),
            says=aws_says("function-setting-refused.inline"),
        )  # fmt: skip
        return
    module, _, name = handler.rpartition(".")
    wrong = ""
    if module and module != "index" and function.get("Layers") in (None, []):
        wrong = (
            f"inline code is stored as index, and the handler {handler} looks for {module}: No module named '{module}'"
        )
    elif runtime.startswith("python") and name and _defines(source, name) is False:
        wrong = (
            f"the inline code of {function.address} does not define {name}: Handler '{name}' missing on module 'index'"
        )
    if not wrong:
        return
    callers = [
        item for item in case.resources.values() if mentions(item.properties.get("ServiceToken"), function.address)
    ]
    message = f"{function.address} cannot run: {wrong}"
    remedy = "set Handler to index.FUNCTION with a function that the code defines"
    if callers:
        yield refused(
            case, HANDLER_MISSING, [function.address, *(item.address for item in callers)],
            f"{message}; {callers[0].address} waits for its answer until the time-out", remedy, ("Handler",),
            struck=callers[0].address, consequence=Consequence.TIMES_OUT,
        )  # fmt: skip
    else:
        yield broken(case, HANDLER_MISSING, [function.address], message, remedy, ("Handler",))


def _defines(source: Value, name: str) -> bool | None:
    """Whether Python code binds a name at its top level; None where it cannot be parsed or imports everything."""
    if not isinstance(source, str):
        return None
    tree = parse_python(source)
    if tree is None:
        return None
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
        return None
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
    return name in bound
