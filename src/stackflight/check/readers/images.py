"""Image of a container -> whether Amazon ECR has it."""

from __future__ import annotations

from stackflight.check.case import Case
from stackflight.model.value import Value, references_in, render


def comes_from_ecr(case: Case, image: Value) -> bool:
    """Whether an image lies in a private registry of Amazon ECR, or in a repository of the templates."""
    return ".dkr.ecr." in render(image) or any(
        case.resources[reference.address].type == "AWS::ECR::Repository"
        for reference in references_in(image)
        if reference.address in case.resources
    )
