"""World -> findings on the template itself: what CloudFormation refuses before it creates anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.check.template.exports import EXPORT_TAKEN_TWICE
from stackflight.model.budgets import CODE_CHARACTERS
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Question, Severity
from stackflight.model.template import Edge, Stack, Where
from stackflight.model.value import Address, Value, references_in

_MOST_KEYS = 20


REFERENCE_TO_NOTHING = Check(
    "reference-to-nothing",
    found_when="a reference names something that the template does not declare",
    explains="CloudFormation refuses the template with 'Unresolved resource dependencies' before it creates anything. In Fn::Sub every "
    "${…} is a variable of the template: one of the shell is written ${!…}.",
    may=(BLOCKING,),
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
    ),
    replaces=("F1010", "F1018", "F1020", "E1028", "E3005", "E6005", "E8002", "E8007"),
)


@finds(REFERENCE_TO_NOTHING, EXPORT_TAKEN_TWICE)
def find_references_to_nothing(case: Case) -> Iterator[Finding]:
    """Ref, GetAtt, Sub, DependsOn or Condition of something that is not declared."""
    for stack in case.world.stacks:
        for defect in stack.defects:
            position = stack.template.positions.find(defect.path)
            yield Finding(
                check=defect.check,
                severity=Severity.BLOCKING,
                certainty=Certainty.PROVED,
                stack=stack.name,
                resources=defect.resources,
                where=stack.spot(defect.resources[0] if defect.resources else "", position.line),
                message=defect.message,
                remedy=defect.remedy,
                phase=Phase.CREATE,
                struck=tuple(Address(stack.name, name) for name in defect.resources),
                consequence=Consequence.FAILS,
            )


def find_open_parts(case: Case) -> Iterator[Question]:
    """What of the templates could not be judged at all: lookups, loops, macros and nested stacks that were not read."""
    for stack in case.world.stacks:
        for unknown in dict.fromkeys(stack.unknowns):
            yield Question(unknown.why, (), unknown.decided_by, stack.name)
    for function in case.world.of_type("AWS::Lambda::Function"):
        code = function.get("Code", "ZipFile")
        if isinstance(code, str) and len(code) > CODE_CHARACTERS.most:
            address = function.address
            yield Question(f"what {address} does is not judged: {CODE_CHARACTERS}", (address.id,), (), address.stack)


KEY_TWICE = Check(
    "key-twice",
    found_when="a key stands twice in one mapping",
    explains="CloudFormation does not refuse it: one of the two counts, and the other is lost without a word. The last one is "
    "judged here.",
    may=(WARNING,),
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html",),
)


@finds(KEY_TWICE)
def find_keys_twice(case: Case) -> Iterator[Finding]:
    """Keys that stand twice in one mapping."""
    for stack in case.world.stacks:
        for key, line, resource in islice(stack.template.positions.find_twice(), _MOST_KEYS):
            yield Finding(
                check=KEY_TWICE.id,
                severity=Severity.WARNING,
                certainty=Certainty.PROVED,
                stack=stack.name,
                resources=(resource,) if resource else (),
                where=Where(stack.template.file, line),
                message=f"the key {key} stands twice in one mapping: CloudFormation takes the template, and one of them is lost",
                remedy="remove or rename one of them",
            )


NESTED_STACK_CONTRACT = Check(
    "nested-stack-contract",
    found_when="a parent stack does not pass what its nested stack asks for, or reads an output that it does not have",
    explains="CloudFormation refuses the nested stack, or the reference. Both templates are at hand.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-stack.html",
    ),
)


@finds(NESTED_STACK_CONTRACT)
def find_nested_contracts(case: Case) -> Iterator[Finding]:
    """Nested stacks whose parent passes other parameters than they declare, or reads outputs that they do not have."""
    children = {stack.parent: stack for stack in case.world.stacks if stack.parent and not stack.template.rewritten}
    for parent, child in children.items():
        owner = case.resources.get(parent)
        given = (owner.get("Parameters") or {}) if owner is not None else None
        if owner is None or not isinstance(given, dict):
            continue
        declared = child.template.section("Parameters")
        missing = [name for name, item in declared.items() if isinstance(item, dict) and "Default" not in item]
        missing = [name for name in missing if name not in given]
        foreign = [name for name in given if name not in declared]
        for names, text, remedy in (
            (missing, "does not pass {}, which its template declares without a default: Parameters: [{}] must have values",
             "pass {} in Parameters, or give a default"),
            (foreign, "passes {}, which its template does not declare: Parameters: [{}] do not exist in the template",
             "declare {} in the nested template, or do not pass it"),
        ):  # fmt: skip
            if names:
                yield refused(
                    case, NESTED_STACK_CONTRACT, [parent], f"{parent} {text.format(listed(names), ', '.join(names))}",
                    remedy.format(listed(names)), ("Parameters",),
                )  # fmt: skip
    if children:
        yield from _missing_outputs(case, children)


def _missing_outputs(case: Case, children: Mapping[Address, Stack]) -> Iterator[Finding]:
    for stack in case.world.stacks:
        users: list[tuple[Address | None, Value]] = [
            (item.address, item.properties) for item in stack.resources.values() if item.exists is True
        ]
        for user, value in [*users, *((None, item) for item in stack.outputs.values())]:
            for reference in references_in(value):
                child, name = children.get(reference.address), reference.attribute.removeprefix("Outputs.")
                if child is None or name == reference.attribute or name in child.outputs:
                    continue
                yield refused(
                    case, NESTED_STACK_CONTRACT, [user or reference.address, reference.address],
                    f"{user or 'an output'} reads the output {name} of {reference.address}, whose template has "
                    f"{listed(sorted(child.outputs)) or 'no outputs'}: the attribute Outputs.{name} does not exist",
                    f"declare the output {name} in the nested template, or read another one",
                )  # fmt: skip


CIRCULAR_DEPENDENCY = Check(
    "circular-dependency",
    found_when="resources wait for one another, or one for itself",
    explains="CloudFormation refuses the template with 'Circular dependency between resources'. The edges are Ref, "
    "Fn::GetAtt, Fn::Sub and DependsOn, those of an undecided Fn::If on both branches.",
    may=(BLOCKING,),
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
    replaces=("F3004",),
    example="circ-security-groups",
)


@finds(CIRCULAR_DEPENDENCY)
def find_circular_dependencies(case: Case) -> Iterator[Finding]:
    """Resources that wait for one another."""
    for cycle in case.graph.find_cycles():
        members = set(cycle)
        edges = [edge for member in cycle for edge in case.graph.needs.get(member, ()) if edge.target in members]
        steps = "; ".join(dict.fromkeys(f"{edge.source} needs {edge.target} ({edge.kind})" for edge in edges[:8]))
        loops_itself = len(cycle) == 1
        weakest = _cheapest(edges)
        remedy = f"remove the {weakest.kind} of {weakest.source} on {weakest.target}"
        if weakest.kind != "DependsOn" and not loops_itself:
            remedy += (
                f", which alone breaks the circle: give {weakest.target} a name of its own and write that name there"
            )
        if any(case.resources[member].type == "AWS::EC2::SecurityGroup" for member in cycle):
            remedy = "move one of the rules into an AWS::EC2::SecurityGroupIngress of its own" + (
                ", whose GroupId and source are the group itself" if loops_itself else ""
            )
        yield case.finding(
            CIRCULAR_DEPENDENCY,
            [weakest.source, *cycle],
            f"{listed(cycle)} {'depends on itself' if loops_itself else 'wait for one another'}: {steps}",
            remedy,
            struck=cycle,
            consequence=Consequence.FAILS,
        )


def _cheapest(edges: list[Edge]) -> Edge:
    """The edge to cut: one without which nothing goes round any more, a DependsOn before what carries a value."""
    pairs = [(edge, (edge.source, edge.target)) for edge in edges]
    enough = [edge for edge, pair in pairs if not _goes_round([other for other, its in pairs if its != pair])]
    return next((edge for edge in enough if edge.kind == "DependsOn"), (enough or edges)[0])


def _goes_round(edges: list[Edge]) -> bool:
    """Whether the edges form a circle: something is left when what waits for nothing is taken away again and again."""
    while edges:
        waiting = {edge.source for edge in edges}
        left = [edge for edge in edges if edge.target in waiting]
        if len(left) == len(edges):
            return True
        edges = left
    return False
