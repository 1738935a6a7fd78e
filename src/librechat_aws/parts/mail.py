"""Mail through Amazon SES: an identity that proves itself, a user who may send as it, and the password of its SMTP login.

What no template can do is left to a person: an account begins in the sandbox, in which SES sends to proved addresses only.
Source: Amazon SES developer guide, verified identities, SMTP credentials.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from aws_cdk import CfnOutput, CustomResource, Duration, Fn, Stack, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_ses as ses
from constructs import Construct

from librechat_aws import config as c
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.secrets import SMTP_USER, ContractedSecret

_RECORD_SECONDS: Final = "1800"


class Mail(Construct):
    """`user` is the secret with the name and the password of the SMTP login; complete when it has them."""

    def __init__(
        self, scope: Construct, id: str, *, mail: c.Mail, encryption_key: kms.IKey | None, config: c.Config
    ) -> None:
        super().__init__(scope, id)
        self._prove(ses.CfnEmailIdentity(self, "Identity", email_identity=mail.domain), mail)
        sender = iam.User(self, "Sender")
        sender.add_to_policy(
            iam.PolicyStatement(
                sid="SendAsItself",
                actions=["ses:SendRawEmail"],
                resources=[Stack.of(self).format_arn(service="ses", resource="identity", resource_name=mail.domain)],
                conditions={"StringEquals": {"ses:FromAddress": mail.sender}},
            )
        )
        self.user = ContractedSecret(self, SMTP_USER, protected=False, encryption_key=encryption_key)
        self._make_credentials(sender, config)

    def _prove(self, identity: ses.CfnEmailIdentity, mail: c.Mail) -> None:
        """The three records by which the domain proves itself: in the zone, or as outputs for whoever keeps it."""
        records = (
            (identity.attr_dkim_dns_token_name1, identity.attr_dkim_dns_token_value1),
            (identity.attr_dkim_dns_token_name2, identity.attr_dkim_dns_token_value2),
            (identity.attr_dkim_dns_token_name3, identity.attr_dkim_dns_token_value3),
        )
        for number, (name, value) in enumerate(records, start=1):
            if mail.zone is None:
                CfnOutput(
                    self,
                    f"Dkim{number}",
                    value=Fn.join(" CNAME ", [name, value]),
                    description=f"Write this record into the zone of {mail.domain}, so that SES may send its mail",
                )
            else:
                route53.CfnRecordSet(
                    self,
                    f"Dkim{number}",
                    hosted_zone_id=mail.zone.zone_id,
                    name=name,
                    type="CNAME",
                    ttl=_RECORD_SECONDS,
                    resource_records=[value],
                )

    def _make_credentials(self, sender: iam.User, config: c.Config) -> None:
        text = files("librechat_aws").joinpath("functions", "smtp_credentials", "handler.py").read_text("utf-8")
        function = lambda_.Function(
            self,
            "Credentials",
            code=lambda_.Code.from_inline(text),
            handler="index.on_event",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=Duration.seconds(60),
            log_group=log_group(self, "CredentialsLogs", config),
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                sid="Keys",
                actions=["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys"],
                resources=[sender.user_arn],
            )
        )
        self.user.secret.grant_read(function)
        self.user.secret.grant_write(function)
        provider = custom_resources.Provider(
            self, "Provider", on_event_handler=function, log_group=log_group(self, "ProviderLogs", config)
        )
        made = CustomResource(
            self,
            "Made",
            service_token=provider.service_token,
            resource_type="Custom::SmtpCredentials",
            properties={
                "User": sender.user_name,
                "SecretArn": self.user.secret.secret_arn,
                "Region": Stack.of(self).region,
                "Rotation": str(config.rotation),
            },
        )
        made.node.add_dependency(function)
