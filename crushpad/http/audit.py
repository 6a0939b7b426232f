"""One line in the log for every change that a person makes: who, what, of which table, from which version to which."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import structlog
from fastapi import Depends, Request

log = structlog.get_logger(__name__)

ANONYMOUS = "anonymous"
NAME_CHARS_MAX = 100


class Audit:
    """The person behind a request: `user` as a proxy in front let them in, else anonymous."""

    def __init__(self, request: Request) -> None:
        self.address = request.client.host if request.client else "unknown"
        self.user = _user(request.headers.get("authorization", ""))

    @property
    def who(self) -> str:
        return f"{self.user}@{self.address}"

    def changed(
        self, what: str, subject: str, before: int | None = None, after: int | None = None, **more: object
    ) -> None:
        """Say that `subject` (a table, a schema, a segment) was changed; None: it had, or has, no version."""
        log.info("admin change", what=what, subject=subject, user=self.user, address=self.address,
                 before=before, after=after, **more)  # fmt: skip


def _audit(request: Request) -> Audit:
    return Audit(request)


TheAudit = Annotated[Audit, Depends(_audit)]


def _user(authorization: str) -> str:
    """The name in a basic authorization; of a password nothing is kept."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ANONYMOUS
    try:
        name, colon, _ = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ANONYMOUS
    return name[:NAME_CHARS_MAX] if colon and name.isprintable() and name else ANONYMOUS
