"""AWS as a place to deploy to, asked with the credentials of a profile or of the environment."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackflight.cli.amounts import read_duration
from stackflight.cli.arguments import Option
from stackflight.cli.places import Luck
from stackflight.cli.talk import say
from stackflight.cli.targets import Loaded
from stackflight.errors import StackflightError, WrongUsage
from stackflight.local.bucket import SharedBucket
from stackflight.local.home import find_state_folder
from stackflight.model.event import Event
from stackflight.model.finding import Finding
from stackflight.model.moment import Said
from stackflight.model.publication import Publication
from stackflight.model.run import Caller, Run
from stackflight.model.submission import Submission
from stackflight.model.template import World
from stackflight.model.value import Value
from stackflight.operate.pace import Strain
from stackflight.ports import Clock, Cloud, Ledger, Lock, View, Witnesses
from stackflight.read.endings import read_policies
from stackflight.views.paper import clock_text

if TYPE_CHECKING:
    from stackflight.aws.cloud import AwsCloud
    from stackflight.aws.past import Past

SHARED = "STACKFLIGHT_LOCK_BUCKET"
"""The variable that names the bucket of locks and runs."""

BUCKET = Option(
    "--lock-bucket",
    f"A bucket in which everybody who deploys locks the stacks and keeps the runs, also from other machines; {SHARED} unless given.",
    "BUCKET",
)
CREDENTIALS = (
    Option("--profile", "Whose credentials are used; those of the environment unless given.", "NAME"),
    Option("--region", "The Region to ask; that of the run or of the environment unless given.", "REGION"),
    Option("--patience", "How long a pause may last where credentials have ended or the network is gone; 1h unless "
           "given.", "DURATION"),
)  # fmt: skip


def shared_ledger(local: Ledger, asked: Namespace, clock: Clock) -> Ledger:
    """The ledger in the bucket that is named, by an option or in the environment, beside this machine's; else that alone."""
    if not (asked.lock_bucket or os.environ.get(SHARED)):
        return local
    return AwsPlace(asked, clock).ledger(local, asked.lock_bucket)


def played_by() -> list[str]:
    """A sentence where somebody else than AWS answers for CloudFormation."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_CLOUDFORMATION") or os.environ.get("AWS_ENDPOINT_URL")
    return [f"AWS is played by {endpoint}"] if endpoint else []


class AwsPlace:
    """AWS, asked with the credentials of a profile or of the environment.

    `regions` are where root stacks go, `names` what they are called there, where the target says so.
    """

    def __init__(
        self,
        asked: Namespace,
        clock: Clock,
        regions: Mapping[str, str | None] = {},
        names: Mapping[str, str] = {},
        name: str = "stackflight",
    ) -> None:
        from stackflight.aws.session import Session

        self.clock = clock
        self.speed = 1.0
        from random import Random

        self.luck: Luck = Random().random
        self._patience = read_duration("--patience", asked.patience) if asked.patience else 3600.0
        usual = asked.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        usual = usual or next((region for region in regions.values() if region), None)
        self._session = Session(asked.profile, usual, name)
        self._regions = regions
        self._names = names
        self._publications: dict[str, Publication] = {}
        self._clouds: dict[tuple[str, str], AwsCloud] = {}
        if not self._session.region:
            raise WrongUsage("no Region is given", hint="give it: --region eu-central-1")
        self.caller = self._session.caller()
        self.strain = _strain_of(self.caller)

    def open(self, world: World, findings: tuple[Finding, ...], view: View, running: bool = False) -> Cloud:  # noqa: ARG002
        """CloudFormation of every Region that the stacks go to."""
        from stackflight.operate.patience import PatientCloud
        from stackflight.operate.routes import RoutedCloud

        cloud = RoutedCloud(lambda stack: self._cloud(self._region(stack), self._role(stack)))
        return PatientCloud(
            cloud, self.clock, view, self.luck, self._session.renew, self._patience, running, self.strain
        )

    def rename(self, run: str) -> None:
        """From now on roles are taken in sessions of this name."""
        self._session.rename(run)

    def attach(self, stack: str, arn: str) -> None:
        """From now on the stack of this name is the one of this ARN, though it may be gone."""
        self._regions = {**self._regions, stack: arn.split(":")[3]}
        self._cloud(self._region(stack), "").attach(stack, arn)

    def prepare(
        self, loaded: Loaded, stacks: Sequence[str], values: Mapping[str, Value], run: str, view: View
    ) -> Mapping[str, Submission]:
        """Publish what the stacks need, and say what is to be sent for each."""
        from stackflight.aws.assets import Publisher
        from stackflight.operate.submissions import prepare_submissions
        from stackflight.read.publication import read_publications

        sources = [source for source in loaded.sources if source.name in stacks]
        self._publications = read_publications(loaded.folder, sources)
        publishers = {
            region: Publisher(
                self._session,
                replace(self.caller, region=region),
                loaded.folder.root,
                lambda text: view.show(Said(text)),
            )
            for region in {self._region(source.name) for source in sources}
        }
        for region, publisher in publishers.items():
            publisher.publish({name: one for name, one in self._publications.items() if self._region(name) == region})
        for role, why in self._session.fallbacks.items():
            view.show(Said(f"{role} cannot be taken ({why}); your own credentials are used in its place", "warning"))
        urls = {name: publishers[self._region(name)].template_url(one) for name, one in self._publications.items()}
        return prepare_submissions(
            sources, values, run, self._publications, urls,
            lambda stack, text: publishers[self._region(stack)].fill(text),
        )  # fmt: skip

    @property
    def protected(self) -> frozenset[str]:
        """The stacks that are to be protected from being deleted."""
        return frozenset(name for name, one in self._publications.items() if one.protect)

    def witnesses(self, world: World, events: Callable[[], Sequence[Event]]) -> Witnesses | None:
        """The services behind the failed resource."""
        from stackflight.aws.evidence import Witness
        from stackflight.operate.functions import find_function, find_names

        return Witness(
            self._session, self._region, lambda event: find_function(world, events(), event),
            lambda: find_names(events()), self.clock.now,
        )  # fmt: skip

    def differences(self, stack_id: str) -> Sequence[str]:
        """Services that do not run what the stack holds. What cannot be read is no difference."""
        from stackflight.aws.running import find_differences
        from stackflight.operate.patience import bear_throttling

        try:
            return bear_throttling(lambda: find_differences(self._session, stack_id), self.clock, self.luck)
        except StackflightError as error:
            say(f"what runs could not be compared with what was deployed: {error.message}", "warning")
            return ()

    def past(self, stack: str) -> Past | None:
        """What happened last to a stack of a name or an ARN, be it there or gone; None where there is none."""
        from stackflight.aws.past import read_past
        from stackflight.operate.patience import bear_throttling

        return bear_throttling(lambda: read_past(self._session, stack), self.clock, self.luck)

    def lock(self, bucket: str | None) -> Lock | None:
        """The lock in a bucket, where one is named."""
        bucket = bucket or os.environ.get(SHARED)
        if not bucket:
            return None
        from stackflight.aws.lock import SharedLock

        session, place = self._session, f"{self.caller.account}/{self.caller.region}"
        return SharedLock(lambda: session.client("s3"), bucket, place, time.monotonic)

    def ledger(self, local: Ledger, bucket: str | None) -> Ledger:
        """The ledger in a bucket beside this machine's, where one is named."""
        bucket = bucket or os.environ.get(SHARED)
        if not bucket:
            return local
        from stackflight.aws.ledger import SharedLedger
        from stackflight.cli.whereabouts import read_writer

        session, place = self._session, f"{self.caller.account}/{self.caller.region}"
        return SharedLedger(
            local, lambda: session.client("s3"), bucket, place, read_writer(), lambda text: say(text, "warning")
        )

    def require_account(self, accounts: Mapping[str, str | None]) -> None:
        """Raises WrongUsage where a stack is meant for another account."""
        for stack, account in accounts.items():
            if account not in {None, self.caller.account}:
                raise WrongUsage(
                    f"{stack} is for account {account}, and these credentials are of {self.caller.account}",
                    hint="choose other credentials: --profile NAME",
                )

    def bucket(self, loaded: Loaded) -> str:
        """That of the CDK's bootstrap, into which the assembly's files go."""
        from stackflight.aws.placeholders import fill_in
        from stackflight.read.publication import read_publications

        published = read_publications(loaded.folder, list(loaded.sources)).values()
        named = (asset.bucket for one in published for asset in one.files if asset.bucket)
        return fill_in(next(named, ""), self.caller)

    def sentences(self, run: Run) -> list[str]:
        """Who asks, until when, and whether that is long enough."""
        caller = self.caller
        said = [f"as {caller.arn or caller.account}, by {caller.source}"]
        said += played_by()
        if caller.expires is not None:
            left = caller.expires - self.clock.now()
            said.append(f"these credentials end in {clock_text(max(left, 0))}")
            if run.p90 > left:
                said.append("WARNING: nine of ten rehearsed runs need longer; renew them before or while it runs")
        return said

    def _region(self, stack: str) -> str:
        return self._regions.get(stack) or self._session.region

    def _role(self, stack: str) -> str:
        from stackflight.aws.placeholders import fill_in

        role = self._publications[stack].deploy_role if stack in self._publications else ""
        return fill_in(role, replace(self.caller, region=self._region(stack)))

    def _cloud(self, region: str, role: str) -> AwsCloud:
        from stackflight.aws.cloud import AwsCloud

        if (region, role) not in self._clouds:
            session = self._session
            other = region if region != session.region else ""
            self._clouds[region, role] = AwsCloud(
                lambda: session.client("cloudformation", role, other), self._names, read_policies
            )
        return self._clouds[region, role]


def _strain_of(caller: Caller) -> Strain:
    """Reads are shared with all processes of this machine that ask the same account, where there is a folder for it."""
    try:
        return Strain(SharedBucket(find_state_folder(), caller.account, caller.region))
    except WrongUsage:
        return Strain()
