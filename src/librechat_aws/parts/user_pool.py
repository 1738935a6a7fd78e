"""Accounts in a Cognito user pool, and the login of LibreChat with it.

The pool stands beside the data, the client beside the application, whose address it has to know.
Source: LibreChat documentation, AWS Cognito; Amazon Cognito developer guide, app clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnOutput, Duration, Fn, RemovalPolicy, SecretValue, custom_resources
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from librechat_aws.config import Config
from librechat_aws.parts.log_groups import log_group
from librechat_aws.parts.secrets import OPENID_CLIENT, OPENID_CLIENT_KEY

if TYPE_CHECKING:
    from librechat_aws.parts.data import Data

CALLBACK = "/oauth/openid/callback"


class UserPool(Construct):
    """`pool` is where people have their accounts; strangers make their own only where registration is open."""

    def __init__(self, scope: Construct, id: str, *, config: Config) -> None:
        super().__init__(scope, id)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=config.chat.registration,
            sign_in_aliases=cognito.SignInAliases(email=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(7),
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=config.protected,
            removal_policy=RemovalPolicy.RETAIN if config.protected else RemovalPolicy.DESTROY,
        )
        CfnOutput(self, "Id", value=self.pool.user_pool_id, description="The user pool in which people have accounts")
        chosen = config.chat.user_pool.domain if config.chat.user_pool else None
        self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=chosen or Fn.join("-", [config.name, Aws.ACCOUNT_ID])
            ),
        )


class Login(Construct):
    """LibreChat as a client of the pool: `variables` tell it so, and its secret is brought to `data`."""

    def __init__(
        self, scope: Construct, id: str, *, pool: cognito.UserPool, origin: str, data: Data, config: Config
    ) -> None:
        super().__init__(scope, id)
        client = cognito.UserPoolClient(
            self,
            "Client",
            user_pool=pool,
            generate_secret=True,
            prevent_user_existence_errors=True,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE],
                callback_urls=[f"{origin}{CALLBACK}"],
                logout_urls=[f"{origin}/login"],
            ),
        )
        secret = secretsmanager.Secret(
            self,
            "Secret",
            description="LibreChat: its secret as a client of the user pool",
            secret_object_value={OPENID_CLIENT_KEY: self._made_secret(pool, client, config)},
        )
        if data.key is not None and isinstance(secret.node.default_child, secretsmanager.CfnSecret):
            secret.node.default_child.kms_key_id = data.key.key_arn
        data.bring(OPENID_CLIENT, secret)
        self.variables: Mapping[str, str] = {
            "OPENID_ISSUER": pool.user_pool_provider_url,
            "OPENID_CLIENT_ID": client.user_pool_client_id,
            "OPENID_SCOPE": "openid profile email",
            "OPENID_CALLBACK_URL": CALLBACK,
            "ALLOW_SOCIAL_LOGIN": "true",
            # Who has an account in the pool gets one here.
            "ALLOW_SOCIAL_REGISTRATION": "true",
        }

    def _made_secret(self, pool: cognito.UserPool, client: cognito.UserPoolClient, config: Config) -> SecretValue:
        """What Cognito made; the function that asks for it does not log it."""
        query = custom_resources.AwsSdkCall(
            service="CognitoIdentityServiceProvider",
            action="describeUserPoolClient",
            parameters={"UserPoolId": pool.user_pool_id, "ClientId": client.user_pool_client_id},
            physical_resource_id=custom_resources.PhysicalResourceId.of(client.user_pool_client_id),
            output_paths=["UserPoolClient.ClientSecret"],
            logging=custom_resources.Logging.with_data_hidden(),
        )
        found = custom_resources.AwsCustomResource(
            self,
            "MadeSecret",
            on_create=query,
            on_update=query,
            policy=custom_resources.AwsCustomResourcePolicy.from_sdk_calls(resources=[pool.user_pool_arn]),
            install_latest_aws_sdk=False,
            log_group=log_group(self, "MadeSecretLogs", config),
        )
        return SecretValue.resource_attribute(found.get_response_field("UserPoolClient.ClientSecret"))
