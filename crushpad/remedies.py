"""What to do about a partition that does not go on: the reason that ingestion gives, and the next step for a person."""

from __future__ import annotations

_LOST = (
    "if they cannot be brought back, POST /tables/{table}/partitions/{partition}/acceptGap?to=smallest goes on behind "
    "them and records the gap"
)
REMEDIES: tuple[tuple[str, str], ...] = (
    (
        "Kafka is away",
        "check that the brokers can be reached with `crushpad doctor --brokers HOST:PORT`; it goes on by itself",
    ),
    (
        "ZooKeeper is away",
        "check it with `crushpad doctor --zookeeper HOST:PORT`; rows are still taken in, commits go on by themselves",
    ),
    ("there is no topic", "create the topic, or correct its name in the table config; it goes on by itself"),
    (
        "wait for their commit",
        "the deep store or ZooKeeper does not take them: the log says why in `partition waits`; it goes on by itself",
    ),
    ("deep store refused", "check that the store can be written to with `crushpad doctor`; it goes on by itself"),
    ("it was cut", _LOST),
    ("not in Kafka any more", _LOST),
    ("is in doubt", "it is looked up as soon as ZooKeeper answers; nothing to do unless it lasts"),
    ("File too large", "raise the limit of the process (`ulimit -f`); it goes on by itself"),
)
"""(words of the reason, next step). The first that fits counts."""

STATES: dict[str, str] = {
    "UNREPORTED": "no ingest worker speaks of this partition: it is being given out, or its worker has died; "
    "see the host's log for `process ended`, and `crushpad doctor`",
    "UNKNOWN": "its consuming record is being read; nothing to do unless it lasts",
    "LOADED": "its files are being taken over; nothing to do unless it lasts",
    "READY": "it is about to read; nothing to do unless it lasts",
    "PAUSED": "it is paused; POST /tables/{table}/resumeConsumption ends that",
    "GONE": "its table was deleted or created again; nothing to do",
}
"""What is said of a state that gives no reason itself."""


def reason_of(state: str, reason: str | None, table: str, partition: int | None = None) -> str | None:
    """One sentence on why rows do not flow, with what to do; None while they do."""
    said = STATES.get(state) if reason is None else _with_step(state, reason)
    return said.replace("{table}", table).replace("{partition}", str(partition)) if said else None


def _with_step(state: str, reason: str) -> str:
    step = next((step for words, step in REMEDIES if words in reason), None)
    if step is None and state == "PAUSED":
        step = "POST /tables/{table}/resumeConsumption ends that"
    return reason if step is None or "by itself" in reason else f"{reason}; {step}"
