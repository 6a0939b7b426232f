"""Looks at the running service: how many rows it counts, how old the newest is, and why nothing happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from crushpad.cli.api import Api
from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.managed.child import Child

DEADLINE_S = 120.0
LOOK_EVERY_S = 0.5

T = TypeVar("T")


class QuickstartFailed(Exception):
    """The show cannot go on; the message says why and where to look."""


class Watch:
    """Over the table `table` of the service that runs as `service`."""

    def __init__(self, api: Api, service: Child, table: str) -> None:
        self._api = api
        self._service = service
        self._table = table
        self._never = threading.Event()

    def count(self) -> int:
        """Rows that a query counts now; 0 while the table is not known yet."""
        answer = self._api.query(f"SELECT COUNT(*) FROM {self._table}")
        return 0 if answer["exceptions"] else int(answer["resultTable"]["rows"][0][0])

    def consuming(self) -> int:
        """How many partitions consume; 0 while the table is not known yet."""
        try:
            consumers = self._consumers()
        except Failure as failure:
            if failure.code is not ExitCode.NOT_FOUND:
                raise
            return 0
        return sum(consumer["consumerState"] == "CONSUMING" for consumer in consumers)

    def freshness_ms(self) -> int | None:
        """Age of the newest row when it was answered; None while there is none."""
        answer = self._api.query(f"SELECT MAX(ts) FROM {self._table}")
        newest = None if answer["exceptions"] else answer["resultTable"]["rows"][0][0]
        return time.time_ns() // 1_000_000 - int(newest) if isinstance(newest, int | float) else None

    def query(self, sql: str) -> dict[str, Any]:
        """A broker response without exceptions. Raises `QuickstartFailed`."""
        answer: dict[str, Any] = self._api.query(sql)
        if answer["exceptions"]:
            raise QuickstartFailed(f"{sql}: {answer['exceptions'][0]['message']}")
        return answer

    def until(self, what: str, look: Callable[[], T | None], extra_s: float = 0.0) -> T:
        """Look again and again until there is something. Raises `QuickstartFailed`."""
        give_up_at = time.monotonic() + DEADLINE_S + extra_s
        while not (found := look()):
            if time.monotonic() > give_up_at:
                raise QuickstartFailed(f"waited in vain for {what}: {self._reasons()}")
            self.pause()
        return found

    def pause(self) -> None:
        """Some time until the next look. Raises `QuickstartFailed` when the service has ended."""
        if not self._service.running:
            raise QuickstartFailed(
                f"the service ended with status {self._service.returncode}\n{self._service.log_tail()}"
            )
        self._never.wait(LOOK_EVERY_S)

    def _reasons(self) -> str:
        """Why partitions do not consume, as they say themselves."""
        reasons = [*self._info()["problems"], *filter(None, (consumer["reason"] for consumer in self._consumers()))]
        return "; ".join(reasons) or f"no partition says why; see {self._service.log_path}"

    def _consumers(self) -> list[dict[str, Any]]:
        by_segment = self._info()["_segmentToConsumingInfoMap"]
        return [consumer for consumers in by_segment.values() for consumer in consumers]

    def _info(self) -> dict[str, Any]:
        info: dict[str, Any] = self._api.get("tables", self._table, "consumingSegmentsInfo")
        return info
