"""How long and how deep a payload may be.

Both readers heed it: a record's fate must not depend on the records beside it (P4).
"""

from __future__ import annotations

import re

import numpy as np

DEPTH_MAX = 512
PAYLOAD_BYTES_MAX = 8 * 1024 * 1024

_TEXTS = re.compile(rb'"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""From any quotation mark on it matches, if need be to the end: else an unended text costs the square of its length."""


def is_too_deep(payload: bytes) -> bool:
    """Whether brackets outside of texts nest deeper than `DEPTH_MAX`."""
    if not _has_many_brackets(payload):
        return False
    marks = np.frombuffer(_TEXTS.sub(b"", payload), np.uint8)
    opened = (marks == ord("[")) | (marks == ord("{"))
    closed = (marks == ord("]")) | (marks == ord("}"))
    return int(np.cumsum(opened.astype(np.int64) - closed).max(initial=0)) > DEPTH_MAX


def may_break_a_limit(payload: bytes) -> bool:
    """False where a glance says that the payload is within the limits."""
    return len(payload) > PAYLOAD_BYTES_MAX or _has_many_brackets(payload)


def _has_many_brackets(payload: bytes) -> bool:
    return payload.count(b"{") + payload.count(b"[") > DEPTH_MAX
