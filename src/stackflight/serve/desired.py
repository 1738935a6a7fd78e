"""A request's template, parameters and options -> Desired: what a stack is to be brought to, resolved.

Raises Refusal where CloudFormation would not take it. Source: CloudFormation User Guide (parameters, transforms,
acknowledging IAM resources) and API reference (CreateStack, UpdateStack, CreateChangeSet).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from stackflight.check.template.attributes import refusals_of
from stackflight.errors import UnreadableInput
from stackflight.model.template import Environment, Raw, Stack, Template, World
from stackflight.model.value import Value, render, unknowns_in
from stackflight.read.assembly import join_stacks
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_document, parse_template
from stackflight.read.evaluate import Evaluator
from stackflight.read.manifest import Source
from stackflight.read.sam import TRANSFORM as SAM
from stackflight.records import dataclass
from stackflight.serve.capabilities import require_capabilities
from stackflight.serve.parameters import Parameter, Store, bind
from stackflight.serve.refusals import invalid

_INLINE_BYTES, _URL_BYTES = 51_200, 1_048_576
_EXPANDED_HERE = {"AWS::LanguageExtensions", SAM}


@dataclass(frozen=True)
class Desired:
    """What a stack was last brought to, or is to be. `template` is the one the simulation plays, `text` what was sent."""

    text: str
    template: Template
    world: World
    parameters: tuple[Parameter, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()

    @property
    def description(self) -> str | None:
        """The template's Description."""
        given = self.template.body.get("Description")
        return given if isinstance(given, str) else None


@dataclass(frozen=True)
class Surroundings:
    """What a template can refer to beyond itself: texts by URL, parameters of the account, exports, where it is."""

    fetch: Any
    store: Store
    exports: Mapping[str, Value]
    environment: Environment


def read_text(request: Mapping[str, Any], previous: str | None, around: Surroundings) -> str:
    """The template's text: inline, by URL, or the one that the stack has. Raises Refusal."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if body is not None and url is not None:
        raise invalid("Only one of TemplateBody or TemplateUrl must be specified, but not both.")
    if body is not None:
        if len(body.encode()) > _INLINE_BYTES:
            raise invalid(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_INLINE_BYTES}"
            )
        return str(body)
    if url is not None:
        text = around.fetch(url)
        if text is None:
            raise invalid(f"S3 error: The specified key does not exist. For more information check {_S3_ERRORS}")
        if len(text.encode()) > _URL_BYTES:
            raise invalid(f"Template may not exceed {_URL_BYTES} bytes in size.")
        return str(text)
    if request.get("UsePreviousTemplate") and previous is not None:
        return previous
    raise invalid("Either Template URL or Template Body must be specified.")


_S3_ERRORS = "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"


def parse(text: str) -> Template:
    """The template. Raises Refusal in CloudFormation's words."""
    try:
        return parse_template(text, "template")
    except UnreadableInput as error:
        raise invalid(f"Template format error: {error.message}") from None


def read_desired(name: str, request: Mapping[str, Any], around: Surroundings, former: Desired | None = None) -> Desired:
    """The whole of what a create, an update or a change set brings. Raises Refusal."""
    text = read_text(request, former.text if former else None, around)
    written = parse(text)
    _refuse_transforms(written, around.environment.account or "")
    _refuse_unread(written)
    parameters = bind(written, request.get("Parameters") or [], former.parameters if former else (), around.store)
    played = simplify(written, {one.key for one in parameters})
    source = Source(name, played, around.environment)
    given: dict[str, Value] = {one.key: one.used for one in parameters}
    try:
        world = join_stacks([source], given, _Fetched(around.fetch), around.environment, around.exports)
    except UnreadableInput as error:
        raise invalid(f"Template format error: {error.message}") from None
    _refuse_defects(world, world.stack(name))
    _refuse_missing_exports(world)
    directly = "ChangeSetName" not in request  # a change set shows what the transform makes before anything is made
    require_capabilities(world, request.get("Capabilities") or [], expands=directly and SAM in transforms_of(written))
    bindings = Bindings(name, given, around.environment, around.exports.get)
    return Desired(text, played, world, parameters, _options(request, former), find_imports(played, bindings))


def find_imports(template: Template, bindings: Bindings) -> frozenset[str]:
    """The names of all exports that a template imports."""
    evaluator = Evaluator(template, bindings)
    found: set[str] = set()
    todo: list[Raw] = [template.body.get("Resources"), template.body.get("Outputs")]
    while todo:
        raw = todo.pop()
        if isinstance(raw, dict):
            if "Fn::ImportValue" in raw:
                found.add(render(evaluator.value(raw["Fn::ImportValue"], ("Resources",))))
            todo.extend(raw.values())
        elif isinstance(raw, list):
            todo.extend(raw)
    return frozenset(found)


def _refuse_missing_exports(world: World) -> None:
    for resource in world.resources.values():
        for unknown in unknowns_in(resource.properties):
            for decided in unknown.decided_by:
                if decided.startswith("export "):
                    raise invalid(f"No export named {decided.removeprefix('export ')} found")


def simplify(written: Template, bound: set[str]) -> Template:
    """The template with every parameter's value at hand: no NoEcho, nothing left to look up, nested ones by URL only."""
    body = dict(written.body)
    body["Parameters"] = {
        name: _plain(declared) if name in bound and isinstance(declared, dict) else declared
        for name, declared in written.section("Parameters").items()
    }
    body["Resources"] = {
        name: _without_path(raw) if isinstance(raw, dict) and raw.get("Type") == _NESTED else raw
        for name, raw in written.section("Resources").items()
    }
    return replace(written, body=body)


_NESTED = "AWS::CloudFormation::Stack"


def _plain(declared: dict[str, Raw]) -> dict[str, Raw]:
    kind = str(declared.get("Type", "String"))
    if kind.startswith("AWS::SSM::Parameter::Value<"):
        inner = kind.removeprefix("AWS::SSM::Parameter::Value<").removesuffix(">")
        kind = "CommaDelimitedList" if inner.startswith(("List<", "CommaDelimitedList")) else "String"
    return {key: value for key, value in declared.items() if key not in {"NoEcho", "Type"}} | {"Type": kind}


def _without_path(raw: dict[str, Raw]) -> dict[str, Raw]:
    metadata = raw.get("Metadata")
    if not isinstance(metadata, dict):
        return raw
    return {**raw, "Metadata": {key: item for key, item in metadata.items() if key != "aws:asset:path"}}


def transforms_of(template: Template) -> list[str]:
    """The names of the transforms that a template asks for as it was written."""
    body, _ = parse_document(template.text, template.file)
    given = body.get("Transform") if isinstance(body, dict) else None
    names = given if isinstance(given, list) else [given] if given is not None else []
    return [one if isinstance(one, str) else str(one.get("Name")) for one in names if isinstance(one, str | dict)]


def _refuse_transforms(template: Template, account: str) -> None:
    """A macro of the account goes by the account's number. Text: aws-cloudformation/aws-cloudformation-templates pull request 363."""
    for name in (*transforms_of(template), *_inline_macros(template)):
        if name not in _EXPANDED_HERE:
            macro = name if "::" in name else f"{account}::{name}"
            raise invalid(
                f"No transform named {macro} found. (stackflight serve expands {' and '.join(sorted(_EXPANDED_HERE))} only; "
                "send the processed template)"
            )


def _inline_macros(template: Template) -> Iterator[str]:
    """The names of macros that stand within a template, as it was written. Source: User Guide, Fn::Transform."""
    todo: list[Raw] = [parse_document(template.text, template.file)[0]]
    while todo:
        raw = todo.pop()
        if isinstance(raw, dict):
            macro = raw.get("Fn::Transform")
            if isinstance(macro, dict):
                yield str(macro.get("Name"))
            todo.extend(raw.values())
        elif isinstance(raw, list):
            todo.extend(raw)


def _refuse_unread(template: Template) -> None:
    if template.unread:
        errors = " ".join(one.why.partition(" is not judged: ")[2] or one.why for one in template.unread)
        raise invalid(
            f"Transform {SAM} failed with: Invalid Serverless Application Specification document. "
            f"Number of errors found: {len(template.unread)}. {errors}"
        )


def _refuse_defects(world: World, stack: Stack) -> None:
    for defect in stack.defects:
        owner = f" ({', '.join(defect.resources)})" if defect.resources else ""
        raise invalid(f"Template error: {defect.message}{owner}")
    for said in refusals_of(world, stack):
        raise invalid(said)


_OPTIONS = (
    "Tags", "NotificationARNs", "RoleARN", "Capabilities", "RollbackConfiguration", "DisableRollback", "OnFailure",
    "TimeoutInMinutes", "DeploymentConfig", "RetainExceptOnCreate",
)  # fmt: skip
_KEPT = ("Tags", "NotificationARNs", "RoleARN", "RollbackConfiguration", "TimeoutInMinutes")


def _options(request: Mapping[str, Any], former: Desired | None) -> dict[str, Any]:
    kept = {key: former.options[key] for key in _KEPT if former and key in former.options}
    return kept | {key: request[key] for key in _OPTIONS if request.get(key) is not None}


class NoFiles:
    """A folder without files, as the `Folder` port."""

    def read(self, name: str) -> str | None:  # noqa: ARG002 -- the port's signature
        """Nothing is there."""
        return None

    def names(self, below: str) -> list[str]:  # noqa: ARG002 -- the port's signature
        """Nothing can be listed."""
        return []

    def show(self, name: str) -> str:
        """The name."""
        return name


class _Fetched(NoFiles):
    """Nested templates by URL."""

    def __init__(self, fetch: Any) -> None:
        self._fetch = fetch

    def read(self, name: str) -> str | None:
        """The text behind the last URL in a name."""
        start = max(name.rfind("https://"), name.rfind("http://"), name.rfind("s3://"))
        found: str | None = self._fetch(name[start:]) if start >= 0 else None
        return found
