"""A `Request` in, out what people have beside the chat: accounts in a user pool, mail, and a panel for administrators."""

from __future__ import annotations

import re
from typing import Final

from librechat_aws import config as c
from librechat_aws.request import Request

# What the deployment says of its own pool.
OWN_VARIABLES: Final = frozenset(
    {"OPENID_ISSUER", "OPENID_CLIENT_ID", "OPENID_SCOPE", "OPENID_CALLBACK_URL", "ALLOW_SOCIAL_LOGIN"}
)
OWN_MAIL: Final = frozenset(
    {"EMAIL_SERVICE", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_ENCRYPTION", "EMAIL_USERNAME", "EMAIL_FROM", "MAILGUN_DOMAIN"}
)
OWN_SECRETS: Final = frozenset({"OPENID_CLIENT_SECRET", "OPENID_SESSION_SECRET"})
# Words that the prefix of a user pool's domain may not contain. Source: Amazon Cognito developer guide, domains.
_RESERVED: Final = re.compile("aws|amazon|cognito")


def resolve_user_pool(request: Request) -> c.UserPool | None:
    """Raises SettingsError where a pool's login could not work, or would be one of two."""
    s = request.settings
    if not s.cognito:
        return None
    if s.entry == "trial-http":
        raise request.refuse(
            ("cognito", "entry"),
            "Cognito sends people back to encrypted addresses only",
            'Nearest legal: entry = "cloudfront"',
        )
    if s.mode == "serverless" and not s.domain:
        raise request.refuse(
            ("cognito", "domain"),
            "the address of a web function without a domain is known only after it was made, and its pool is made before",
            "Give domain, hosted_zone_id and hosted_zone_name.",
        )
    if s.egress == "endpoints" and not s.vpc_id:
        raise request.refuse(
            ("cognito", "egress"),
            'the login page of a user pool cannot be reached with egress = "endpoints"',
            'Nearest legal: egress = "nat-gateway"',
        )
    _refuse_twice_said(request, "cognito", OWN_VARIABLES, OWN_SECRETS)
    label = s.cognito_domain or s.name
    if _RESERVED.search(label):
        raise request.refuse(
            ("cognito_domain", "name"),
            f"the login page of a user pool cannot be called {label}: it may not contain aws, amazon or cognito",
            'For example: cognito_domain = "our-chat"',
        )
    return c.UserPool(s.cognito_domain)


def resolve_mail(request: Request) -> c.Mail | None:
    """Raises SettingsError where SES could not be reached, or is one of two ways."""
    s = request.settings
    if s.mail_from is None:
        return None
    if s.egress == "endpoints" and not s.vpc_id:
        raise request.refuse(
            ("mail_from", "egress"),
            'no endpoint here leads to the mail servers of SES, and egress = "endpoints" has no other way',
            'Nearest legal: egress = "nat-gateway"',
        )
    _refuse_twice_said(request, "mail_from", OWN_MAIL, frozenset({"EMAIL_PASSWORD", "MAILGUN_API_KEY"}))
    domain, name, id = s.mail_from.partition("@")[2], s.hosted_zone_name, s.hosted_zone_id
    if name and id and (domain == name or domain.endswith(f".{name}")):
        return c.Mail(s.mail_from, c.HostedZone(id, name))
    return c.Mail(s.mail_from, None)


def resolve_admin_panel(request: Request) -> c.AdminPanel | None:
    """Raises SettingsError where the panel's host name could not be told from LibreChat's, or has no certificate."""
    s = request.settings
    if s.admin_domain is None:
        return None
    if s.domain is None:
        raise request.refuse(
            ("admin_domain", "domain"),
            "the admin panel has a host name beside LibreChat's own, and there is none",
            'Give domain, hosted_zone_id and hosted_zone_name with entry = "cloudfront"; or remove admin_domain.',
        )
    zone = s.hosted_zone_name
    if s.admin_domain == s.domain:
        wrong = "is LibreChat's own"
    elif zone and not f".{s.admin_domain}".endswith(f".{zone}"):
        wrong = f"does not lie in the zone {zone!r}"
    else:
        _refuse_twice_said(request, "admin_domain", frozenset({"ADMIN_PANEL_URL"}), frozenset())
        return c.AdminPanel(s.admin_domain)
    raise request.refuse(
        ("admin_domain",),
        f"admin_domain {s.admin_domain!r} {wrong}",
        f'Nearest legal: admin_domain = "admin.{s.domain}"',
    )


def _refuse_twice_said(request: Request, key: str, variables: frozenset[str], secrets: frozenset[str]) -> None:
    for place, names in (("variables", variables), ("secret_variables", secrets)):
        for name in sorted(names & set(getattr(request.settings, place))):
            raise request.refuse((place,), f"{place}: {name} is set by {key}", f"Remove {name}, or remove {key}.")
