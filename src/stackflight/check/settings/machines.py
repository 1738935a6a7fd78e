"""World -> findings on sizes and start scripts: Fargate sizes, user data, inline code, names that handlers look for.

Sources: Amazon ECS Developer Guide (task size); Amazon EC2 User Guide (user data); AWS Lambda Developer Guide (handlers,
environment variables); CloudFormation User Guide (Fn::Sub, cfn-signal).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, broken, mentions, refused, services_of
from stackflight.model.finding import Consequence, Finding
from stackflight.model.python_source import parse_python
from stackflight.model.template import Resource
from stackflight.model.value import Text, Unknown, Value, as_dict, as_list, known_text, render

_GIB = 1024
# CPU units -> memory in MiB. Source: Amazon ECS Developer Guide, task CPU and memory; date 2026-11-20.
_FARGATE: dict[int, set[int]] = {
    256: {512, _GIB, 2 * _GIB},
    512: {_GIB * n for n in range(1, 5)},
    1024: {_GIB * n for n in range(2, 9)},
    2048: {_GIB * n for n in range(4, 17)},
    4096: {_GIB * n for n in range(8, 31)},
    8192: {_GIB * n for n in range(16, 61, 4)},
    16384: {_GIB * n for n in range(32, 121, 8)},
}
_LARGEST_CPU = max(_FARGATE)


def _units(value: Value, per: int) -> int | None:
    """`1024`, "1024", "1 vCPU" or "2 GB" in CPU units or MiB."""
    text = (known_text(value) or "").strip().lower()
    match = re.fullmatch(r"(\d+|\d*\.\d+)\s*(vcpu|gb)?", text)
    if match is None:
        return None
    number = float(match.group(1)) * (per if match.group(2) else 1)
    return int(number) if number == int(number) else None


FARGATE_SIZE = Check(
    "fargate-size",
    found_when="a task for Fargate has a CPU and memory that Fargate does not combine",
    explains="ECS refuses the task definition. The table of sizes is dated; more CPU than it knows is silent.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",),
    replaces=("E3047",),
    example="par-fargate-cpu-memory",
)


@finds(FARGATE_SIZE)
def find_fargate_sizes(case: Case) -> Iterator[Finding]:
    """CPU and memory that Fargate does not combine."""
    for definition in case.world.of_type("AWS::ECS::TaskDefinition"):
        compatible = {known_text(item) for item in as_list(definition.get("RequiresCompatibilities"))}
        runs = services_of(case, definition)
        on_fargate = [item for item in runs if known_text(item.get("LaunchType")) == "FARGATE"]
        if "FARGATE" not in compatible and not on_fargate:
            continue
        cpu, memory = _units(definition.get("Cpu"), 1024), _units(definition.get("Memory"), _GIB)
        missing = [name for name in ("Cpu", "Memory") if definition.get(name) is None]
        wrong = ""
        if missing and "FARGATE" in compatible:
            wrong = f"Fargate requires that '{missing[0].lower()}' be defined at the task level"
        elif cpu is not None and cpu <= _LARGEST_CPU and cpu not in _FARGATE:
            wrong = f"Invalid 'cpu' setting for task: {cpu}"
        elif cpu in _FARGATE and memory is not None and memory not in _FARGATE[cpu]:
            sizes = sorted(_FARGATE[cpu])
            wrong = (
                f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory ({cpu} CPU goes with "
                f"{sizes[0]} to {sizes[-1]} MiB)"
            )
        if wrong:
            yield refused(
                case, FARGATE_SIZE, [definition.address],
                f"{definition.address} is refused: {wrong}", "choose a combination of the ECS table of task sizes",
                ("Memory",) if "Fargate configuration" in wrong else (),
            )  # fmt: skip


_LIMIT = 16_384
_TOKEN = re.compile(r"\$\{Token\[[^\]]+\]\}")


def _scripts(case: Case) -> Iterator[tuple[Resource, Value, At]]:
    for kind in ("AWS::EC2::Instance", "AWS::AutoScaling::LaunchConfiguration"):
        for resource in case.world.of_type(kind):
            yield resource, resource.get("UserData"), ("UserData",)
    for resource in case.world.of_type("AWS::EC2::LaunchTemplate"):
        yield resource, resource.get("LaunchTemplateData", "UserData"), ("LaunchTemplateData", "UserData")


def _fixed(value: Value) -> str:
    """The parts of a text that are known."""
    if isinstance(value, Text):
        return "".join(part for part in value.parts if isinstance(part, str))
    return value if isinstance(value, str) else ""


USER_DATA_TOO_LONG = Check(
    "user-data-too-long",
    found_when="user data is longer than 16 KB",
    explains="The known parts alone are counted, before encoding.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",),
)
PLACEHOLDER_NOT_RENDERED = Check(
    "placeholder-not-rendered",
    found_when="a start script or container environment holds ${…} that nothing replaces",
    explains="The name is a pseudo parameter, an attribute or a name of the template, and the text is not inside Fn::Sub.",
    may=(WARNING,),
    weighed="the deployment succeeds",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html",),
    replaces=("E1029",),
)
SIGNAL_FOR_NOTHING = Check(
    "signal-for-nothing",
    found_when="user data signals or initialises a resource that is not in the stack",
    explains="cfn-signal and cfn-init are refused, and a creation policy waits until its time-out.",
    may=(BLOCKING, WARNING),
    weighed="blocking where a creation policy waits for the signal, else warning",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-signal.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html",
    ),
)


@finds(USER_DATA_TOO_LONG, PLACEHOLDER_NOT_RENDERED, SIGNAL_FOR_NOTHING)
def find_user_data(case: Case) -> Iterator[Finding]:
    """User data that is too long, has placeholders left in it, or signals a resource that does not exist."""
    for resource, value, at in _scripts(case):
        text = _fixed(value)
        size = len(text.encode())
        if re.fullmatch(r"[A-Za-z0-9+/]+=*", text):  # written in base64 already
            size = size * 3 // 4
        if size > _LIMIT:
            yield refused(
                case, USER_DATA_TOO_LONG, [resource.address],
                f"the user data of {resource.address} has at least {size} bytes: User data is limited to {_LIMIT} bytes",
                "fetch the script from S3 in a few lines of user data, or compress it", at,
            )  # fmt: skip
        left = _placeholders(case, resource, text)
        if left:
            yield broken(
                case, PLACEHOLDER_NOT_RENDERED, [resource.address],
                f"the user data of {resource.address} holds {listed(left)} literally: nothing replaces it, and the shell takes it "
                "for a variable of its own (or fails with 'bad substitution')", "wrap the text in Fn::Sub", at,
            )  # fmt: skip
        yield from _signals(case, resource, value, at)


def _placeholders(case: Case, resource: Resource, text: str) -> list[str]:
    """`${…}` that name pseudo parameters, attributes or unrendered CDK tokens and are still there."""
    stack = case.world.stack(resource.address.stack)
    names = set(stack.resources) | set(stack.template.section("Parameters"))
    found = []
    for match in re.finditer(r"\$\{([A-Za-z][A-Za-z0-9:.]*)\}", text):
        name = match.group(1)
        first, dot, _ = name.partition(".")
        assigned = re.search(rf"(?<![\w]){re.escape(name)}=", text)
        if name.startswith("AWS::") or (dot and first in names) or (name in names and not assigned and not dot):
            found.append(match.group(0))
    return list(dict.fromkeys([*found, *_TOKEN.findall(text)]))


def _signals(case: Case, resource: Resource, value: Value, at: At) -> Iterator[Finding]:
    """`cfn-signal --resource NAME` and `cfn-init --resource NAME` of names that are not in the stack."""
    text = render(value)
    stack = case.world.stack(resource.address.stack)
    for match in re.finditer(r"cfn-(signal|init|hup)(?:\.exe)?\b([^\n;&|]*)", text):
        named = re.search(r"(?:--resource[= ]|-r )\s*[\"']?([A-Za-z0-9]+)[\"']?(?=\s|$|\\)", match.group(2))
        own = re.search(
            rf"(?:--stack[= ]|-s )\s*[\"']?(\$\{{AWS::StackName\}}|\$\{{AWS::StackId\}}|{re.escape(stack.called)}(?=[\"'\s]))",
            match.group(2),
        )
        declared = {*stack.resources, *stack.template.section("Resources")}
        if named is None or own is None or named.group(1) in declared or stack.template.rewritten:
            continue
        awaited = [
            item
            for item in stack.resources.values()
            if item.attributes.get("CreationPolicy") is not None
            and (item.address == resource.address or mentions(item.properties, resource.address))
        ]
        message = (
            f"the user data of {resource.address} calls cfn-{match.group(1)} for {named.group(1)}, which is not in the stack: "
            "the call fails"
        )
        remedy = f"name {awaited[0].address.id if awaited else resource.address.id} instead"
        if match.group(1) == "signal" and awaited:
            yield refused(
                case, SIGNAL_FOR_NOTHING, [resource.address, awaited[0].address],
                f"{message}, and {awaited[0].address} waits for its signal until its time-out", remedy, at,
                struck=awaited[0].address, consequence=Consequence.TIMES_OUT,
            )  # fmt: skip
        else:
            yield broken(case, SIGNAL_FOR_NOTHING, [resource.address], message, remedy, at)


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
    """Inline code without its handler, reserved variables, and placeholders left in environments."""
    for function in case.world.of_type("AWS::Lambda::Function"):
        variables = as_dict(function.get("Environment", "Variables"))
        taken = sorted(_RESERVED_VARIABLES & set(variables))
        if taken:
            yield refused(
                case, FUNCTION_SETTING_REFUSED, [function.address],
                f"{function.address} sets {listed(taken)}: Lambda was unable to configure your environment variables because the "
                "environment variables you have provided contains reserved keys that are currently not supported for "
                "modification", f"remove {listed(taken)}", ("Environment", "Variables"),
            )  # fmt: skip
        size = sum(len(name.encode()) + len(_fixed(value).encode()) for name, value in variables.items())
        if size > 4096:
            yield refused(
                case, FUNCTION_SETTING_REFUSED, [function.address],
                f"the environment of {function.address} has at least {size} bytes: exceeded the 4KB limit",
                "move values to SSM, Secrets Manager or a file", ("Environment", "Variables"),
            )  # fmt: skip
        yield from _handler(case, function)
    for definition in case.world.of_type("AWS::ECS::TaskDefinition"):
        for index, container in enumerate(as_list(definition.get("ContainerDefinitions"))):
            for item in as_list(as_dict(container).get("Environment")):
                left = _placeholders(case, definition, _fixed(as_dict(item).get("Value")))
                if left:
                    yield broken(
                        case, PLACEHOLDER_NOT_RENDERED, [definition.address],
                        f"the variable {render(as_dict(item).get('Name'))} of {definition.address} holds {listed(left)} literally; "
                        "ECS does not replace it", "wrap the value in Fn::Sub", ("ContainerDefinitions", index, "Environment"),
                    )  # fmt: skip


def _handler(case: Case, function: Resource) -> Iterator[Finding]:
    source = function.get("Code", "ZipFile")
    handler, runtime = known_text(function.get("Handler")), known_text(function.get("Runtime"))
    if source is None or isinstance(source, Unknown) or handler is None or runtime is None:
        return
    if not runtime.startswith(("python", "nodejs")):
        yield refused(
            case, FUNCTION_SETTING_REFUSED, [function.address],
            f"{function.address} has inline code and the runtime {runtime}: ZipFile can only be used when Runtime is set to either of "
            "nodejs or python", "package the code as an asset", ("Code", "ZipFile"),
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
