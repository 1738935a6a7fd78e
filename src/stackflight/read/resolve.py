"""Template + bindings -> Stack: parameters bound, conditions decided, intrinsics evaluated, references recorded."""

from __future__ import annotations

from stackflight.errors import UnreadableInput
from stackflight.model.template import Path, Raw, Resource, Stack, Template
from stackflight.model.value import Unknown, Value, render, unknowns_in
from stackflight.read.bindings import Bindings
from stackflight.read.creation import place_of
from stackflight.read.evaluate import Evaluator, names_in


def resolve_stack(template: Template, bindings: Bindings) -> Stack:
    """Evaluate a whole template. What is wrong with it becomes a Defect.

    Raises UnreadableInput only where values are nested, or refer to one another, hundreds of levels deep.
    """
    try:
        return _Resolver(Evaluator(template, bindings)).stack()
    except RecursionError:
        raise UnreadableInput(
            "values are nested, or refer to one another, too deeply",
            file=template.file,
            hint="is this really a template?",
        ) from None


class _Resolver:
    """Resources and outputs of one template, in template order."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.template = evaluator.template
        self.bindings = evaluator.bindings

    def stack(self) -> Stack:
        """All resources and outputs, resolved."""
        resources = {}
        for name, raw in self.evaluator.resources.items():
            resource = self._resource(name, raw)
            if resource is not None:
                resources[name] = resource
        outputs, exports = self._outputs()
        return Stack(
            name=self.bindings.name,
            template=self.template,
            resources=resources,
            outputs=outputs,
            exports=exports,
            environment=self.bindings.environment,
            depends_on=self.bindings.depends_on,
            unknowns=tuple(self.evaluator.unknowns),
            defects=tuple(self.evaluator.defects.found.values()),
            parent=self.bindings.parent,
            called=self.bindings.called or self.bindings.name,
            accepted=self.bindings.accepted,
            settings=self.bindings.settings,
            parameters={name: self.evaluator.parameter(name) for name in self.evaluator.declared},
            conditions={
                name: self.evaluator.condition(name, ("Conditions", name)) for name in self.evaluator.conditions.names
            },
            defaulted=frozenset(name for name in self.evaluator.declared if self.bindings.parameters.get(name) is None),
        )

    def _resource(self, name: str, raw: dict[str, Raw]) -> Resource | None:
        path: Path = ("Resources", name)
        self.evaluator.owner, self.evaluator.edges = self.evaluator.address(name), []
        exists = self._exists(raw, path)
        if exists is False:
            return None
        self.evaluator.sure = exists is True
        properties = self.evaluator.value(raw.get("Properties") or {}, (*path, "Properties"))
        self.evaluator.sure = False
        attributes: dict[str, Value] = {
            key: self.evaluator.value(raw[key], (*path, key))
            for key in ("CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")
            if key in raw
        }
        metadata = raw.get("Metadata")
        if isinstance(metadata, dict):
            attributes["Metadata"] = self.evaluator.value(metadata, (*path, "Metadata"))
        for target in names_in(raw.get("DependsOn")):
            self.evaluator.depend(target, "DependsOn", (*path, "DependsOn"))
        construct = self.bindings.construct_paths.get(name)
        if construct is None and isinstance(metadata, dict) and isinstance(metadata.get("aws:cdk:path"), str):
            construct = metadata["aws:cdk:path"]
        found = Resource(
            address=self.evaluator.address(name),
            type=raw["Type"],
            properties=properties if isinstance(properties, dict) else {},
            edges=tuple(dict.fromkeys(self.evaluator.edges)),
            exists=exists,
            attributes=attributes,
            construct=construct,
            source=place_of(self.bindings.places, construct),
        )
        self.evaluator.owner = None
        return found

    def _exists(self, raw: dict[str, Raw], path: Path) -> bool | Unknown:
        condition = raw.get("Condition")
        return self.evaluator.condition(condition, path) if isinstance(condition, str) else True

    def _outputs(self) -> tuple[dict[str, Value], dict[str, Value]]:
        outputs: dict[str, Value] = {}
        exports: dict[str, Value] = {}
        makers: dict[str, str] = {}
        for name, raw in self.evaluator.expand("Outputs").items():
            path: Path = ("Outputs", name)
            exists = self._exists(raw, path)
            if exists is False:
                continue
            self.evaluator.sure = exists is True
            value = self.evaluator.value(raw.get("Value"), (*path, "Value"))
            self.evaluator.sure = False
            if isinstance(exists, Unknown):
                value = Unknown(exists.why, exists.decided_by, (value,))
            outputs[name] = value
            export = raw.get("Export")
            if isinstance(export, dict):
                given = self.evaluator.value(export.get("Name"), (*path, "Export", "Name"))
                text = render(given)
                if text in makers and exists is True and _same_text(given):
                    self.evaluator.defects.exported_twice(text, makers[text], name, (*path, "Export", "Name"))
                elif exists is True:
                    makers[text] = name
                exports[text] = value
        return outputs, exports


def _same_text(value: Value) -> bool:
    """Whether two values that read like this one are equal: nothing in it is undecided but parameters."""
    return all(item.parameter or item.why.startswith("AWS::") for item in unknowns_in(value))
