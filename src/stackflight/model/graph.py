"""World -> Graph: who must exist before whom, as CloudFormation orders it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from stackflight.model.template import Edge, World
from stackflight.model.value import Address
from stackflight.records import dataclass


@dataclass(frozen=True)
class Graph:
    """Dependencies between resources. `needs[a]` holds the edges to what `a` waits for."""

    needs: dict[Address, tuple[Edge, ...]]
    _closure: dict[Address, frozenset[Address]] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(world: World) -> Graph:
        """The edges that Ref, GetAtt, Sub and DependsOn make, and those between stacks in deployment order.

        A whole stack stands as one node, `Address(stack, "")`: what comes after it needs the node, and the node needs
        every resource of the stack.
        """
        alive = world.resources
        needs: dict[Address, tuple[Edge, ...]] = {}
        imported = _imports(world)
        for stack in world.stacks:
            whole = Address(stack.name, "")
            needs[whole] = tuple(
                Edge(whole, resource.address, "stack order", ()) for resource in stack.resources.values()
            )
            before = [
                Address(name, "") for name in {**dict.fromkeys(stack.depends_on), **imported.get(_root(stack.name), {})}
            ]
            if stack.parent in alive:
                before += [edge.target for edge in alive[stack.parent].edges if edge.target in alive]
            nested = {child.name for child in world.stacks if child.parent and child.parent.stack == stack.name}
            for resource in stack.resources.values():
                address = resource.address
                own = tuple(edge for edge in resource.edges if edge.target in alive)
                inside = f"{stack.name}/{address.id}"
                after = [*before, Address(inside, "")] if inside in nested else before
                needs[address] = own + tuple(Edge(address, target, "stack order", ()) for target in after)
        return Graph(needs)

    def ancestors(self, address: Address) -> frozenset[Address]:
        """Everything that is complete before this resource starts. Safe on cyclic templates."""
        cached = self._closure.get(address)
        if cached is not None:
            return cached
        seen: set[Address] = set()
        todo = [edge.target for edge in self.needs.get(address, ())]
        while todo:
            current = todo.pop()
            if current in seen:
                continue
            known = self._closure.get(current)
            seen.add(current)
            if known is not None:
                seen |= known
            else:
                todo.extend(edge.target for edge in self.needs.get(current, ()))
        found = frozenset(seen)
        self._closure[address] = found
        return found

    def waits_for(self, address: Address, others: Iterable[Address]) -> bool:
        """Whether every one of the others is complete before this resource starts."""
        before = self.ancestors(address)
        return all(other in before or other == address for other in others)

    def find_cycles(self) -> list[tuple[Address, ...]]:
        """Each group of resources that wait for one another, in template order; empty in a sound template."""
        search = _Search(self.needs)
        for root in self.needs:
            search.start(root)
        return search.cycles


def _root(stack: str) -> str:
    """The stack that a nested one belongs to at last."""
    return stack.split("/", 1)[0]


def _imports(world: World) -> dict[str, dict[str, None]]:
    """Root stack -> the stacks whose exports it, or one nested in it, imports.

    An export exists once its stack is complete, so an importer starts after all of it. Two stacks that import from one
    another cannot be in order. Source: CloudFormation User Guide, Fn::ImportValue.
    """
    found: dict[str, dict[str, None]] = {}
    for resource in world.resources.values():
        own = _root(resource.address.stack)
        for edge in resource.edges:
            if _root(edge.target.stack) != own and edge.target in world.resources:
                found.setdefault(own, {})[edge.target.stack] = None
    mutual = {(a, _root(b)) for a, others in found.items() for b in others if a in map(_root, found.get(_root(b), ()))}
    return {a: {b: None for b in others if (a, _root(b)) not in mutual} for a, others in found.items()}


class _Search:
    """Tarjan's search for strongly connected components, without recursion: templates may be deep."""

    def __init__(self, needs: Mapping[Address, tuple[Edge, ...]]) -> None:
        self.needs = needs
        self.cycles: list[tuple[Address, ...]] = []
        self.index: dict[Address, int] = {}
        self.low: dict[Address, int] = {}
        self.open: dict[Address, None] = {}
        self.work: list[tuple[Address, Iterator[Address]]] = []

    def start(self, root: Address) -> None:
        """Find the cycles that can be reached from a resource and were not found yet."""
        if root not in self.index:
            self._enter(root)
        while self.work:
            node, targets = self.work[-1]
            target = next(targets, None)
            if target is None:
                self.work.pop()
                self._leave(node)
            elif target not in self.index:
                self._enter(target)
            elif target in self.open:
                self.low[node] = min(self.low[node], self.index[target])

    def _enter(self, node: Address) -> None:
        self.index[node] = self.low[node] = len(self.index)
        self.open[node] = None
        self.work.append((node, iter([edge.target for edge in self.needs.get(node, ())])))

    def _leave(self, node: Address) -> None:
        if self.work:
            waiting = self.work[-1][0]
            self.low[waiting] = min(self.low[waiting], self.low[node])
        if self.low[node] != self.index[node]:
            return
        component = [self.open.popitem()[0]]
        while component[-1] != node:
            component.append(self.open.popitem()[0])
        if len(component) > 1 or any(edge.target == node for edge in self.needs.get(node, ())):
            self.cycles.append(tuple(reversed(component)))
