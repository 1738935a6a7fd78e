"""Sources -> World: stacks resolved in order, exports joined to imports, nested stacks inside their parents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from stackflight.model.template import Environment, Stack, World
from stackflight.model.value import Address, Unknown, Value
from stackflight.ports import Folder
from stackflight.read.assets import nested_file, read_function_code
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_template
from stackflight.read.exports import Exports
from stackflight.read.manifest import Source
from stackflight.read.resolve import resolve_stack

_MAX_NESTING = 5


def join_stacks(
    sources: list[Source],
    parameters: Mapping[str, Value],
    folder: Folder,
    environment: Environment = Environment(),
    exports: Mapping[str, Value] | None = None,
) -> World:
    """Resolve the stacks in order, exports joined to imports, nested templates inside their parents.

    `parameters` are given by the user; a key `STACK.NAME` binds one stack only. `exports` are what the account
    exports already.
    """
    joiner = _Joiner(parameters, folder, environment)
    joiner.exports.add(exports or {}, environment)
    for source in sources:
        joiner.add(source)
    return World(tuple(joiner.stacks), read_function_code(joiner.stacks, joiner.folders, joiner.assets, folder))


class _Joiner:
    """Stacks resolved so far with what they export."""

    def __init__(self, parameters: Mapping[str, Value], folder: Folder, environment: Environment) -> None:
        self.given = parameters
        self.folder = folder
        self.environment = environment
        self.stacks: list[Stack] = []
        self.exports = Exports()
        self.folders: dict[str, str] = {}
        self.assets: dict[str, Mapping[str, str]] = {}

    def add(self, source: Source) -> None:
        parameters: dict[str, Value] = {**self.given}
        for name in dict.fromkeys((source.called or source.name, source.name)):
            own = f"{name}."
            parameters |= {key.removeprefix(own): value for key, value in self.given.items() if key.startswith(own)}
        known = source.environment
        environment = Environment(known.account or self.environment.account, known.region or self.environment.region)
        source = replace(source, environment=environment)
        for stack in self._resolve(source, parameters, None, 0):
            self.stacks.append(stack)
            self.folders[stack.name] = source.folder
            self.assets[stack.name] = source.assets
            self.exports.add(stack.exports, stack.environment)

    def _resolve(
        self, source: Source, parameters: Mapping[str, Value], parent: Address | None, depth: int
    ) -> list[Stack]:
        """The nested stacks of a stack and, last, the stack itself."""
        bindings = Bindings(
            name=source.name,
            parameters=parameters,
            environment=source.environment,
            imports=self.exports.seen_from(source.environment),
            depends_on=source.depends_on,
            construct_paths=source.construct_paths,
            places=source.places,
            parent=parent,
            named=source.named,
            called=source.called,
        )
        stack = resolve_stack(source.template, bindings)
        nested = self._nested(stack, source, depth)
        if nested:
            # Siblings feed one another through their outputs: a second round sees what the first gave.
            stack = resolve_stack(source.template, replace(bindings, nested_output=_outputs_of(nested)))
            nested = self._nested(stack, source, depth)
            stack = resolve_stack(source.template, replace(bindings, nested_output=_outputs_of(nested)))
        if source.missing:
            lookups = (
                Unknown(f"the lookup {key} was not done at synthesis", (f"lookup {key}",)) for key in source.missing
            )
            stack = replace(stack, unknowns=(*stack.unknowns, *lookups))
        return [*(inner for family in nested.values() for inner in family), stack]

    def _nested(self, stack: Stack, source: Source, depth: int) -> dict[str, list[Stack]]:
        found: dict[str, list[Stack]] = {}
        for id, resource in stack.resources.items():
            if resource.type != "AWS::CloudFormation::Stack" or depth >= _MAX_NESTING:
                continue
            name = nested_file(resource.attributes.get("Metadata"), resource.get("TemplateURL"), source.assets)
            text = self.folder.read(source.folder + name) if name else None
            if text is None:
                continue
            child = Source(
                name=f"{source.name}/{id}",
                template=parse_template(text, self.folder.show(source.folder + name)),
                environment=source.environment,
                folder=source.folder + (name.rsplit("/", 1)[0] + "/" if "/" in name else ""),
                assets=source.assets,
                places=source.places,
            )
            given = resource.get("Parameters")
            found[id] = self._resolve(child, given if isinstance(given, dict) else {}, resource.address, depth + 1)
        return found


def _outputs_of(nested: Mapping[str, list[Stack]]) -> Callable[[str, str], Value]:
    return lambda id, name: nested[id][-1].outputs.get(name) if id in nested else None
