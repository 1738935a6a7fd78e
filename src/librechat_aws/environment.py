"""The environment contract: which variables LibreChat and rag_api read, and what this deployment gives them.

Used by every way of running them (ECS, EC2, compose), so that a name is spelled once.
Source of the names: the `.env.example` and code of LibreChat v0.8.8 and rag_api v0.9.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, assert_never

from librechat_aws import config as c
from librechat_aws.egress_ports import SUBMISSION
from librechat_aws.optional_variables import OPTIONAL_VARIABLES

# fmt: off
LIBRECHAT_READS: Final = frozenset(
    {
        "HOST", "PORT", "NODE_ENV", "DOMAIN_CLIENT", "DOMAIN_SERVER", "TRUST_PROXY",
        "SESSION_COOKIE_SECURE", "NO_INDEX", "HTTP_KEEP_ALIVE_TIMEOUT_MS", "HTTP_HEADERS_TIMEOUT_MS",
        "HTTP_REQUEST_TIMEOUT_MS", "REDIS_RETRY_MAX_ATTEMPTS", "REDIS_PING_INTERVAL", "S3_URL_EXPIRY_SECONDS",
        "FILE_UPLOAD_SSE_ENABLED", "SCHEDULES_SINGLE_PROCESS",
        "CONSOLE_JSON", "DEBUG_LOGGING", "LOG_TO_FILE", "CREDS_KEY", "CREDS_IV", "JWT_SECRET",
        "JWT_REFRESH_SECRET", "MONGO_URI", "METRICS_SECRET", "USE_REDIS", "REDIS_URI", "REDIS_PASSWORD",
        "REDIS_KEY_PREFIX", "AWS_REGION", "AWS_BUCKET_NAME", "ENDPOINTS", "BEDROCK_AWS_DEFAULT_REGION",
        "BEDROCK_AWS_MODELS", "CONFIG_PATH", "RAG_API_URL", "SEARCH", "MEILI_HOST", "MEILI_MASTER_KEY",
        "MEILI_NO_SYNC", "ALLOW_REGISTRATION", "ALLOW_EMAIL_LOGIN", "ALLOW_SOCIAL_LOGIN",
        "ALLOW_SHARED_LINKS_PUBLIC",
    }
)
RAG_API_READS: Final = frozenset(
    {
        "RAG_HOST", "RAG_PORT", "VECTOR_DB_TYPE", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD",
        "DB_HOST", "DB_PORT", "PGSSLMODE", "PGSSLROOTCERT", "PGVECTOR_CREATE_EXTENSION",
        "PGVECTOR_CREATE_LEGACY_INDEXES", "PG_POOL_PRE_PING",
        "EMBEDDINGS_PROVIDER", "EMBEDDINGS_MODEL", "AWS_DEFAULT_REGION", "COLLECTION_NAME", "CHUNK_SIZE",
        "CHUNK_OVERLAP", "EMBEDDING_BATCH_SIZE", "CONSOLE_JSON", "JWT_SECRET",
    }
)
MEILISEARCH_READS: Final = frozenset(
    {
        "MEILI_ENV", "MEILI_MASTER_KEY", "MEILI_HTTP_ADDR", "MEILI_DB_PATH", "MEILI_NO_ANALYTICS",
    }
)
# Source: README of ClickHouse/librechat-admin-panel.
ADMIN_PANEL_READS: Final = frozenset(
    {
        "PORT", "SESSION_SECRET", "VITE_API_BASE_URL", "API_SERVER_URL", "SESSION_COOKIE_SECURE",
        "ADMIN_SSO_ONLY", "ADMIN_SSO_ENABLED", "ADMIN_SESSION_IDLE_TIMEOUT_MS",
    }
)

# fmt: on

# Streams have no heartbeat before LibreChat 0.8.9, so a connection may rest this long before anything cuts it.
IDLE_SECONDS: Final = 900
# Addresses of files in S3 end with the credentials that signed them: a task's role gets new ones every six hours.
FILE_ADDRESS_SECONDS: Final = 6 * 60 * 60


@dataclass(frozen=True)
class Surroundings:
    """What a LibreChat process finds around it; URLs carry their scheme, None means absent.

    `secure`: the last proxy before LibreChat received the request over TLS, and says so in X-Forwarded-Proto.
    `further` are variables whose values only the deployment knows.
    """

    origin: str
    secure: bool
    proxies: int
    region: str
    bucket: str | None
    cache_uri: str | None
    rag_api_url: str | None
    search_url: str | None
    config_path: str
    further: Mapping[str, str] = field(default_factory=dict)


def librechat_environment(config: c.Config, around: Surroundings) -> dict[str, str]:
    """Variables of a LibreChat process that are no secrets."""
    variables = {
        "HOST": "0.0.0.0",
        "PORT": "3080",
        "NODE_ENV": "production",
        "DOMAIN_CLIENT": around.origin,
        "DOMAIN_SERVER": around.origin,
        "TRUST_PROXY": str(around.proxies),
        # A session sends no cookie that is "secure" over a connection that it believes is not: express-session.
        "SESSION_COOKIE_SECURE": _flag(around.secure),
        "NO_INDEX": "true",
        # The server must keep a connection longer than the load balancer does.
        "HTTP_KEEP_ALIVE_TIMEOUT_MS": str((IDLE_SECONDS + 10) * 1000),
        "HTTP_HEADERS_TIMEOUT_MS": str((IDLE_SECONDS + 20) * 1000),
        # Node cuts a request after five minutes, and clamps the timeout of its headers to that; uploads take longer.
        "HTTP_REQUEST_TIMEOUT_MS": str((IDLE_SECONDS + 30) * 1000),
        # An upload for retrieval answers when everything is embedded; its heartbeat keeps proxies from giving up.
        "FILE_UPLOAD_SSE_ENABLED": "true",
        "CONSOLE_JSON": "true",
        "DEBUG_LOGGING": "false",
        "LOG_TO_FILE": "false",
        "CONFIG_PATH": around.config_path,
        "ENDPOINTS": config.chat.endpoints,
        "BEDROCK_AWS_DEFAULT_REGION": around.region,
        "BEDROCK_AWS_MODELS": ",".join(config.chat.models),
        "ALLOW_REGISTRATION": _flag(config.chat.registration),
        "ALLOW_EMAIL_LOGIN": "true",
        "ALLOW_SOCIAL_LOGIN": "false",
        "USE_REDIS": _flag(around.cache_uri is not None),
        "SEARCH": _flag(around.search_url is not None),
    }
    if around.bucket is not None:
        variables |= {
            "AWS_REGION": around.region,
            "AWS_BUCKET_NAME": around.bucket,
            "S3_URL_EXPIRY_SECONDS": str(FILE_ADDRESS_SECONDS),
        }
    if around.cache_uri is not None:
        variables |= {
            "REDIS_URI": around.cache_uri,
            "REDIS_KEY_PREFIX": "librechat",
            # Without end: LibreChat gives up after 19 seconds otherwise, and a node takes longer to come back.
            "REDIS_RETRY_MAX_ATTEMPTS": "0",
            "REDIS_PING_INTERVAL": "60",
        }
    variables |= _schedules(config) | _mail(config.chat.mail, around.region)
    if config.admin_panel is not None:
        variables["ADMIN_PANEL_URL"] = config.admin_panel.address
    if around.rag_api_url is not None:
        variables["RAG_API_URL"] = around.rag_api_url
    if around.search_url is not None:
        # With a cache one process at a time synchronises; without one there is only one process.
        variables |= {"MEILI_HOST": around.search_url, "MEILI_NO_SYNC": "false"}
    return checked(
        {**variables, **around.further, **dict(config.chat.variables)},
        LIBRECHAT_READS | OPTIONAL_VARIABLES | config.chat.named,
    )


def _mail(mail: c.Mail | None, region: str) -> dict[str, str]:
    """SES's mail server of the Region; whoever forgot a password gets a mail."""
    if mail is None:
        return {}
    return {
        "EMAIL_HOST": f"email-smtp.{region}.amazonaws.com",
        "EMAIL_PORT": str(SUBMISSION),
        "EMAIL_ENCRYPTION": "starttls",
        "EMAIL_FROM": mail.sender,
        "ALLOW_PASSWORD_RESET": "true",
    }


def _schedules(config: c.Config) -> dict[str, str]:
    """Chats that start by the clock want a process that is there then, and one alone or a cache that they share."""
    match config.compute:
        case c.Ec2():
            return {} if isinstance(config.cache, c.Valkey) else {"SCHEDULES_SINGLE_PROCESS": "true"}
        case c.Ecs():
            return {}
        case c.WebFunction():
            return {"SCHEDULES_DISABLED": "true"}
        case _ as never:
            assert_never(never)


def rag_api_environment(
    config: c.Config, *, host: str, region: str, database: str, ca_path: str | None
) -> dict[str, str]:
    """Variables of a rag_api process that are no secrets; without `ca_path` the database is on the same host."""
    variables = {
        "RAG_HOST": "0.0.0.0",
        "RAG_PORT": "8000",
        "VECTOR_DB_TYPE": "pgvector",
        "DB_HOST": host,
        "DB_PORT": "5432",
        "POSTGRES_DB": database,
        "PGVECTOR_CREATE_EXTENSION": _flag(ca_path is None),
        # The index on file_id, without which every question reads all vectors.
        "PGVECTOR_CREATE_LEGACY_INDEXES": "true",
        "PG_POOL_PRE_PING": "true",
        "EMBEDDINGS_PROVIDER": "bedrock",
        "EMBEDDINGS_MODEL": config.chat.embedding_model,
        "AWS_DEFAULT_REGION": region,
        "COLLECTION_NAME": "librechat",
        "CHUNK_SIZE": "1500",
        "CHUNK_OVERLAP": "100",
        "EMBEDDING_BATCH_SIZE": "75",
        "CONSOLE_JSON": "true",
    }
    if ca_path is not None:
        variables |= {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": ca_path}
    return checked(variables, RAG_API_READS)


def admin_panel_environment(*, origin: str, librechat: str) -> dict[str, str]:
    """Variables of the admin panel that are no secrets: LibreChat as browsers and as the panel itself reach it."""
    variables = {"PORT": "3000", "VITE_API_BASE_URL": origin, "API_SERVER_URL": librechat}
    return checked(variables, ADMIN_PANEL_READS)


def checked(variables: dict[str, str], read: frozenset[str]) -> dict[str, str]:
    """The variables themselves; AssertionError if the program would not read one of them."""
    unread = sorted(variables.keys() - read)
    if unread:
        raise AssertionError(f"nothing reads {', '.join(unread)}")
    return variables


def arrives_encrypted(entry: c.Entry) -> bool:
    """Whether the load balancer receives requests over TLS, and tells LibreChat so."""
    return isinstance(entry, c.PublicHttps) or (isinstance(entry, c.CloudFront) and entry.encrypted_origin)


def proxies(entry: c.Entry) -> int:
    """How many proxies stand before LibreChat: the load balancer, and CloudFront if there is one."""
    return 2 if isinstance(entry, c.CloudFront) else 1


def secret_variables(config: c.Config) -> Mapping[str, tuple[str, str]]:
    """LibreChat's secret variables: name -> (secret id in `parts.secrets` or an ARN, JSON key)."""
    names = {
        "CREDS_KEY": ("CredsKey", "creds_key"),
        "CREDS_IV": ("CredsIv", "creds_iv"),
        "JWT_SECRET": ("JwtSecret", "jwt_secret"),
        "JWT_REFRESH_SECRET": ("JwtRefreshSecret", "jwt_refresh_secret"),
        "MONGO_URI": ("DocumentUser", "uri"),
    }
    if isinstance(config.cache, c.Valkey):
        names["REDIS_PASSWORD"] = ("CachePassword", "password")
    if config.search:
        names["MEILI_MASTER_KEY"] = ("SearchKey", "master_key")
    if config.chat.mail:
        names["EMAIL_USERNAME"] = ("SmtpUser", "username")
        names["EMAIL_PASSWORD"] = ("SmtpUser", "password")
    if config.chat.user_pool:
        names["OPENID_SESSION_SECRET"] = ("OpenIdSession", "session_secret")
        names["OPENID_CLIENT_SECRET"] = ("OpenIdClient", "client_secret")
    return {**names, **dict(config.chat.secrets)}


def _flag(value: bool) -> str:
    return "true" if value else "false"
