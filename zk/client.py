"""How kazoo is set up: every time-out and every retry is said out loud."""

from __future__ import annotations

import logging
from typing import Any

from kazoo.client import KazooClient
from kazoo.security import make_digest_acl
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator


class SessionSettings(BaseModel):
    """Times are seconds."""

    model_config = ConfigDict(frozen=True)

    session_timeout_s: float = 10.0
    operation_timeout_s: float = 5.0
    """How long one answer is waited for, reconnecting included."""
    reconnect_delay_s: float = 0.05
    reconnect_delay_max_s: float = 2.0
    digest: SecretStr | None = None
    """`user:password`: authenticate with it and let nobody else read or write. None: open, for loopback."""

    @field_validator("digest")
    @classmethod
    def _user_and_password(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not all(value.get_secret_value().partition(":")):
            raise ValueError("must be user:password")
        return value


def client_for(hosts: str, settings: SessionSettings) -> Any:
    """A KazooClient that reconnects for ever and repeats no request by itself (its recipes repeat three times)."""
    access: dict[str, Any] = {}
    if settings.digest:
        user, _, password = settings.digest.get_secret_value().partition(":")
        access = {
            "auth_data": [("digest", settings.digest.get_secret_value())],
            "default_acl": [make_digest_acl(user, password, all=True)],
        }
    reconnect = {
        "max_tries": -1,
        "delay": settings.reconnect_delay_s,
        "backoff": 2,
        "max_delay": settings.reconnect_delay_max_s,
    }
    return KazooClient(
        hosts,
        timeout=settings.session_timeout_s,
        connection_retry=reconnect,
        command_retry={"max_tries": 3},
        logger=_quiet_logger(),
        **access,
    )


def _quiet_logger() -> logging.Logger:
    """kazoo prints whole requests at DEBUG, credentials included: never below INFO."""
    logger = logging.getLogger("zk.kazoo")
    logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))
    return logger
