"""What `doctor` says of a machine and of whoever asks AWS: whole screens, and each thing that may stand in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from stackflight.errors import CredentialsEnded, NetworkGone
from stackflight.model.checkup import Checkup, Point, State, Wanted
from stackflight.model.machine import Machine, Package, Program, Store
from stackflight.model.publication import ImageAsset, Publication
from stackflight.model.run import Caller
from stackflight.operate.checkup import check_machine, check_target
from stackflight.operate.standing import check_standing
from stackflight.views.checkup_text import render_checkup
from stackflight.views.paper import Paper

NOW = 1_790_000_000.0
MARIA = Caller(
    "123456789012", "eu-west-1", "arn:aws:sts::123456789012:assumed-role/dev/maria", "profile dev", NOW + 3600
)
MACHINE = Machine(
    python="3.12.1",
    packages={
        "": (Package("pyyaml", ">=6.0.2", "6.0.3", True),),
        "aws": (Package("boto3", ">=1.44", "1.44.5", True),),
        "notify": (Package("apprise", ">=1.9", "", False),),
    },
    node=Program("node", "/usr/bin/node", "22.1.0"),
    ledger=Store("/home/maria/.local/state/stackflight", 1),
    cache=Store("/home/maria/.cache/stackflight"),
)
IMAGE = ImageAsset("web", "asset.web", "repository", "abc")
ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-deploy-role"
SHOP = Wanted(
    "cdk.out",
    publications={
        "shop": Publication(images=(IMAGE,), deploy_role=ROLE, bootstrap_version=6, bootstrap_parameter="/v")
    },
    places={"shop": ("123456789012", "eu-west-1")},
)


class Clock:
    def now(self) -> float:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@dataclass
class Gate:
    """An account that answers what it is told to."""

    who: Caller = MARIA
    told: float | None = NOW
    version: int | None = 30
    refused: str = ""
    there: bool = True
    error: Exception | None = field(default=None)

    def has_credentials(self) -> bool:
        return self.there

    def time(self) -> float | None:
        return self.told

    def caller(self) -> Caller:
        if self.error:
            raise self.error
        return self.who

    def bootstrap(self, publication: Publication, caller: Caller) -> int | None:  # noqa: ARG002
        return self.version

    def refusal(self, role: str, caller: Caller) -> str:  # noqa: ARG002
        return self.refused


def _standing(gate: Gate, wanted: Wanted = SHOP, account: str | None = None) -> dict[str, Point]:
    return {point.name: point for point in check_standing(gate, wanted, account, Clock())}


def _screen(machine: Machine, gate: Gate, wanted: Wanted) -> str:
    points = [*check_machine(machine, wanted), *check_target(wanted)]
    points += check_standing(gate, wanted, None, Clock())
    return render_checkup(Checkup(wanted.target, tuple(points)), Paper(100)) + "\n"


def test_where_all_is_well_one_screen_says_so(golden: Callable[[str, str], None]) -> None:
    machine = replace(MACHINE, docker=Program("docker", "/usr/bin/docker", "27.0"))
    golden("doctor/well.txt", _screen(machine, Gate(), SHOP))


def test_where_much_is_missing_each_line_says_what_mends_it(golden: Callable[[str, str], None]) -> None:
    machine = replace(
        MACHINE,
        packages={**MACHINE.packages, "aws": (Package("boto3", ">=1.44", "1.40.0", False),)},
        docker=Program("docker", "", trouble="docker is not installed"),
        ledger=Store("/root/state", trouble="/root cannot be written to"),
    )
    gate = Gate(replace(MARIA, account="999999999999"), NOW - 900, None, "AccessDenied")
    golden("doctor/ill.txt", _screen(machine, gate, SHOP))


@pytest.mark.parametrize(
    ("gate", "name", "state", "ails"),
    [
        (Gate(there=False), "credentials", State.MISSING, True),
        (Gate(error=CredentialsEnded("the credentials do not work any more")), "credentials", State.WRONG, True),
        (Gate(error=NetworkGone("AWS does not answer")), "credentials", State.UNASKED, False),
        (Gate(told=None), "clock", State.UNASKED, False),
        (Gate(told=NOW + 299), "clock", State.OK, False),
        (Gate(told=NOW + 301), "clock", State.WRONG, True),
        (Gate(replace(MARIA, expires=NOW - 1)), "expiry", State.WRONG, True),
        (Gate(replace(MARIA, expires=NOW + 600)), "expiry", State.WRONG, False),
        (Gate(version=5), "bootstrap eu-west-1", State.WRONG, True),
        (Gate(version=None), "bootstrap eu-west-1", State.MISSING, True),
        (Gate(refused="AccessDenied"), "role", State.MISSING, False),
    ],
)
def test_what_aws_says_stands_in_the_way_only_where_deploying_needs_it(
    gate: Gate, name: str, state: State, ails: bool
) -> None:
    point = _standing(gate)[name]

    assert (point.state, point.ails) == (state, ails)
    assert point.mend or state in {State.OK, State.UNASKED}


def test_without_a_target_nobody_has_to_have_credentials_and_the_project_may_name_an_account() -> None:
    assert not _standing(Gate(there=False), Wanted())["credentials"].ails
    assert _standing(Gate(), Wanted(), "111111111111")["account"].ails
    assert "account" not in _standing(Gate(), Wanted())
    assert not _standing(Gate(replace(MARIA, region="")), Wanted())["Region"].ails


def test_where_aws_has_to_answer_that_it_does_not_stands_in_the_way() -> None:
    gate = Gate(error=NetworkGone("AWS does not answer"))

    [_, silent] = check_standing(gate, Wanted(), None, Clock(), live=True)
    assert silent.ails


def test_an_app_that_cannot_be_synthesised_stands_in_the_way_with_the_command() -> None:
    [unmade] = check_target(Wanted(".", unmade=True))
    [broken] = check_target(Wanted("chat:small", "chat", trouble="Node is not installed", advice="pip install it"))

    assert (unmade.ails, unmade.mend) == (True, "npx cdk synth")
    assert (broken.ails, broken.mend) == (True, "pip install it")
