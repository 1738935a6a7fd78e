"""Templates, typed values and what the stack has -> what is really sent for each stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from stackflight.errors import OperationRefused, WrongUsage
from stackflight.model.deployed import Deployed
from stackflight.model.publication import Publication
from stackflight.model.submission import INLINE_BYTES, LARGEST_BYTES, Submission
from stackflight.model.value import Value
from stackflight.read.manifest import Source


def prepare_submissions(
    sources: Iterable[Source],
    values: Mapping[str, Value],
    run: str,
    publications: Mapping[str, Publication] = {},
    urls: Mapping[str, str] = {},
    fill: Callable[[str, str], str] = lambda _, text: text,
) -> dict[str, Submission]:
    """A submission for each stack; a parameter that nobody gave is None. Raises WrongUsage where a value is no text.

    `urls` are where templates lie in a bucket; `fill` puts a stack's account and Region into what an assembly says.
    """
    made = {}
    for source in sources:
        published = publications.get(source.name, Publication())
        declared = source.template.section("Parameters")
        parameters = {name: _typed(source.name, name, values) or published.parameters.get(name) for name in declared}
        size = len(source.template.text.encode())
        if size > LARGEST_BYTES:
            raise WrongUsage(
                f"the template of {source.name} has {size:,} bytes, and CloudFormation takes {LARGEST_BYTES:,}",
                hint="split it into nested stacks",
            )
        made[source.name] = Submission(
            template=source.template.text,
            template_url=urls.get(source.name, ""),
            parameters=parameters,
            tags=published.tags,
            role=fill(source.name, published.execution_role),
            notifications=published.notifications,
            description=f"stackflight {run}",
        )
    return made


def _typed(stack: str, name: str, values: Mapping[str, Value]) -> str | None:
    value = values.get(f"{stack}.{name}", values.get(name))
    if value is None or isinstance(value, str):
        return value
    raise WrongUsage(f"the value of parameter {name} is no text", hint="write it as CloudFormation takes it")


def settle_submission(
    submission: Submission, defaults: Iterable[str], there: Deployed | None, stack: str
) -> Submission:
    """What nobody gave keeps the value that the stack has, else takes its default. Raises OperationRefused without one.

    A template that is too long to be sent along has to lie in a bucket first.
    """
    has = there.parameters if there is not None else {}
    missing = sorted(submission.open_parameters - {*has, *defaults})
    if missing:
        flags = " ".join(f"--param {name}=VALUE" for name in missing)
        raise OperationRefused(f"{stack} needs values for {', '.join(missing)}", hint=f"give them: {flags}")
    if not submission.template_url and len(submission.template.encode()) > INLINE_BYTES:
        raise OperationRefused(
            f"the template of {stack} is longer than {INLINE_BYTES:,} bytes and has to lie in a bucket",
            hint="bootstrap the account, then deploy again: npx cdk bootstrap",
        )
    sent = {name: value for name, value in submission.parameters.items() if value is not None or name in has}
    return replace(submission, parameters=sent)
