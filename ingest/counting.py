"""What a partition has done since its process began, as totals by name: one addition a batch, and one an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest import events as ev
from ingest.machine import COMMITTING, Action
from ingest.streams.base import Fetched
from ingest.streams.values import Values
from segments.consuming.file import Appended

COUNTERS = (
    "records",
    "bytes",
    "rows",
    "rejects",
    "filtered",
    "tombstones",
    "incomplete",
    "sanitised",
    "commits",
    "commit_ms",
    "commit_failures",
    "retries",
    "offsets_left_out",
)
"""`bytes`: of record values. `incomplete`: rows that lost a bad field; `sanitised`: rows with a value cut or replaced.
`commit_ms`: from the begin of sealing to the commit, of all commits together."""

FAILED = (ev.Delayed, ev.Doubted, ev.Overtaken, ev.Damaged)


def batch_counts(fetched: Fetched, appended: Appended) -> Mapping[str, int]:
    """What one append adds."""
    return {
        "records": len(fetched.payloads),
        "bytes": _value_bytes(fetched.payloads),
        "rows": appended.rows.num_rows if appended.rows else 0,
        "rejects": appended.rejects.num_rows if appended.rejects else 0,
        "filtered": appended.filtered,
        "tombstones": appended.tombstones,
        "incomplete": appended.incomplete,
        "sanitised": appended.sanitised,
    }


def _value_bytes(payloads: Sequence[bytes | None]) -> int:
    return payloads.size_bytes if isinstance(payloads, Values) else sum(map(len, filter(None, payloads)))


def outcome_counts(action: Action, event: ev.Event) -> Mapping[str, int]:
    """What the outcome of an action adds: a commit that failed, an action that is tried again, a gap."""
    return {
        "commit_failures": int(action in COMMITTING.values() and isinstance(event, FAILED)),
        "retries": int(isinstance(event, ev.Delayed)),
        "offsets_left_out": event.left_out if isinstance(event, ev.Resumed) else 0,
    }
