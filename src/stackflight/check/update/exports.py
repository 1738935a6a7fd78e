"""An update of several stacks -> findings on exports that it takes away while another stack still imports them.

Source: CloudFormation User Guide, exports (an export that another stack imports can be neither deleted nor changed).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, refused
from stackflight.check.pair import Update, UpdateCase
from stackflight.model.finding import Finding, Phase
from stackflight.model.identify import imported_by
from stackflight.model.template import Resource
from stackflight.model.value import Reference, references_in

EXPORT_STILL_IMPORTED = Check(
    "export-still-imported",
    found_when="an update takes an export away that a stack imports which is updated later, or not at all",
    explains="CloudFormation lets nobody take away what another stack has imported, and the other one gives it up only by an update of "
    "its own. Asked with --current, where both stacks are judged together; seen where the export is a resource's.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where a condition leaves open whether the resource is there",
    says="Export … cannot be deleted as it is in use by …",
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",),
)


@finds(EXPORT_STILL_IMPORTED, asked=False)
def find_exports_still_imported(given: UpdateCase) -> Iterator[Finding]:
    """Exports that go, each with the first resource that still holds it."""
    for update in given.updates:
        for name, value in update.before.exports.items():
            taken = frozenset(references_in(value)) if name not in update.after.exports else frozenset()
            holder = next(_holders(given, update, taken), None) if taken else None
            if holder is None:
                continue
            stack, source = holder.address.stack, min((each.address for each in taken & imported_by(holder)), key=str)
            told = (
                f"the update of {update.after.name} takes the export {name} away, which {holder.address} in {stack} still imports",
                f"update {stack} first and alone, so that it imports the export no longer, then {update.after.name}; or keep the "
                "export in this update",
            )
            blamed = (source, holder.address)
            if holder.exists is True and given.old.resources[source].exists is True:
                says = f"Export {name} cannot be deleted as it is in use by {stack}"
                yield refused(given.case, EXPORT_STILL_IMPORTED, blamed, *told, says=says, phase=Phase.UPDATE)
            else:
                yield doubtful(given.case, EXPORT_STILL_IMPORTED, blamed, *told, phase=Phase.UPDATE)


def _holders(given: UpdateCase, update: Update, taken: frozenset[Reference]) -> Iterator[Resource]:
    """Resources that import one of them as they are deployed, in stacks whose own update comes after this one."""
    order = {stack.name: number for number, stack in enumerate(given.case.world.stacks)}
    own = update.after.name
    for resource in given.old.resources.values():
        stack = resource.address.stack
        later = order.get(stack, len(order)) > order[own]
        if later and _root(stack) != _root(own) and taken & imported_by(resource):
            yield resource


def _root(stack: str) -> str:
    return stack.split("/", 1)[0]
