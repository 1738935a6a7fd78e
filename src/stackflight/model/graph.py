"""World -> Graph: who must exist before whom, as CloudFormation orders it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stackflight.model.template import Edge, World
from stackflight.model.value import Address


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
        for stack in world.stacks:
            whole = Address(stack.name, "")
            needs[whole] = tuple(
                Edge(whole, resource.address, "stack order", ()) for resource in stack.resources.values()
            )
            before = [Address(name, "") for name in stack.depends_on]
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
        index: dict[Address, int] = {}
        low: dict[Address, int] = {}
        stack: list[Address] = []
        on_stack: set[Address] = set()
        cycles: list[tuple[Address, ...]] = []
        for root in self.needs:
            if root in index:
                continue
            work = [(root, iter([edge.target for edge in self.needs.get(root, ())]))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                node, targets = work[-1]
                advanced = False
                for target in targets:
                    if target not in index:
                        index[target] = low[target] = len(index)
                        stack.append(target)
                        on_stack.add(target)
                        work.append((target, iter([edge.target for edge in self.needs.get(target, ())])))
                        advanced = True
                        break
                    if target in on_stack:
                        low[node] = min(low[node], index[target])
                if advanced:
                    continue
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cycles.extend(self._close_component(node, stack, on_stack))
        return cycles

    def _close_component(
        self, node: Address, stack: list[Address], on_stack: set[Address]
    ) -> list[tuple[Address, ...]]:
        component: list[Address] = []
        while True:
            member = stack.pop()
            on_stack.discard(member)
            component.append(member)
            if member == node:
                break
        loops_itself = any(edge.target == node for edge in self.needs.get(node, ()))
        if len(component) > 1 or loops_itself:
            return [tuple(reversed(component))]
        return []
