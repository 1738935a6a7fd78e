"""A `Request` in, what LibreChat is told out: models, registration, and variables that a person adds."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import Final

from librechat_aws import config as c
from librechat_aws.egress_ports import SUBMISSION, ports_of_variables
from librechat_aws.environment import LIBRECHAT_READS
from librechat_aws.errors import SettingsError
from librechat_aws.optional_variables import OPTIONAL_SECRETS, OPTIONAL_VARIABLES
from librechat_aws.own_yaml import KeyPath, OwnYaml, read_own_yaml
from librechat_aws.request import Request
from librechat_aws.resolve_people import resolve_mail, resolve_user_pool

HTTPS: Final = 443  # open in any case
_SECRET_KEY: Final = re.compile(r"^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^#\s]+-\w{6})#([\w.-]+)$")


def resolve_chat(request: Request) -> c.Chat:
    """Raises SettingsError for a variable that LibreChat does not read, or a secret in plain sight."""
    s = request.settings
    own = read_own_yaml(request.path(s.librechat_yaml)) if s.librechat_yaml else None
    references = own.references() if own else {}
    # What this app sets has its own keys; what the file calls a name of is a person's.
    named = frozenset(references) - LIBRECHAT_READS
    variables = _variables(request, named)
    secrets = _secrets(request, named)
    if own is not None:
        _refuse_what_would_not_work(request, own, {*variables, *dict(secrets)})
    user_pool, mail = resolve_user_pool(request), resolve_mail(request)
    ports = {
        *s.egress_ports,
        *({SUBMISSION} if mail else ()),
        *ports_of_variables(variables),
        *(own.ports(variables) if own else ()),
    }
    return c.Chat(
        models=tuple(s.models),
        embedding_model=s.embedding_model,
        registration=s.registration,
        variables=tuple(sorted(variables.items())),
        secrets=tuple(sorted(secrets)),
        egress_ports=tuple(sorted(ports - {HTTPS})),
        own_yaml=json.dumps(own.document if own else {}, sort_keys=True),
        named=named,
        user_pool=user_pool,
        mail=mail,
    )


def _variables(request: Request, named: frozenset[str]) -> dict[str, str]:
    variables = dict(request.settings.variables)
    for name in variables:
        if name in OPTIONAL_SECRETS:
            raise request.refuse(
                ("variables",),
                f"variables: {name} is a secret",
                f'Store it in Secrets Manager and set secret_variables = {{ {name} = "ARN#key" }}.',
            )
        if name not in OPTIONAL_VARIABLES | named:
            raise _unknown(request, "variables", name, OPTIONAL_VARIABLES)
        _refuse_what_would_not_arrive(request, name)
    if "EMAIL_HOST" in variables:
        # LibreChat would take port 25, which AWS keeps closed for accounts that did not ask for it.
        variables.setdefault("EMAIL_PORT", str(SUBMISSION))
    return variables


def _secrets(request: Request, named: frozenset[str]) -> list[tuple[str, tuple[str, str]]]:
    secrets = []
    for name, place in request.settings.secret_variables.items():
        if name not in OPTIONAL_SECRETS | named:
            raise _unknown(request, "secret_variables", name, OPTIONAL_SECRETS)
        match = _SECRET_KEY.match(place)
        if match is None:
            raise request.refuse(
                ("secret_variables",),
                f"secret_variables: {name}: {place!r} is not the complete ARN of a secret, # and a JSON key",
                "For example: arn:aws:secretsmanager:eu-west-1:123456789012:secret:openid-AbCdEf#client_secret",
            )
        secrets.append((name, (match[1], match[2])))
    return secrets


def _refuse_what_would_not_work(request: Request, own: OwnYaml, given: set[str]) -> None:
    for at in own.plain_secrets():
        raise SettingsError(
            f"{own.place(at)}: {_dotted(at)} is a secret in plain sight",
            'Write ${NAME} there, store it in Secrets Manager and set secret_variables = { NAME = "ARN#key" }.',
        )
    for name, at in own.references().items():
        if name not in given | LIBRECHAT_READS:
            raise SettingsError(
                f"{own.place(at)}: nothing gives {name} a value",
                f'Set variables = {{ {name} = "…" }}, or secret_variables = {{ {name} = "ARN#key" }} for a secret.',
            )
    strategy = own.document.get("fileStrategy")
    if strategy == "local":
        raise SettingsError(
            f"{own.place(('fileStrategy',))}: files in a container are gone with it",
            'Leave fileStrategy out; this deployment brings a bucket ("s3").',
        )
    closed = request.settings.egress in ("endpoints", "none") and not request.settings.vpc_id
    for at, text in own.strings() if closed else ():
        if at[-1] in ("baseURL", "url") and text.startswith(("http://", "https://", "ws://", "wss://")):
            raise request.refuse(
                ("egress",),
                f'{own.place(at)}: {text} cannot be reached with egress = "{request.settings.egress}"',
                'Nearest legal: egress = "nat-gateway"',
            )


def _dotted(at: KeyPath) -> str:
    return ".".join(map(str, at))


def _refuse_what_would_not_arrive(request: Request, name: str) -> None:
    value = request.settings.variables[name]
    if not value.isprintable():
        raise request.refuse(
            ("variables",), f"variables: {name} has more than one line, or control characters", "Write it in one line."
        )
    if "${" in value:
        raise request.refuse(
            ("variables",), f"variables: nothing replaces the ${{ in {name}", "Write the text itself, without ${ }."
        )


def _unknown(request: Request, key: str, name: str, known: Iterable[str]) -> SettingsError:
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "The names are in librechat_aws/optional_variables.json."
    return request.refuse((key,), f"{key}: {name} is not a variable that may be added", hint)
