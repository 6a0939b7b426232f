"""How old the oldest unread record of a partition is, as well as one can say without reading it."""

from __future__ import annotations

LOOKS_MAX = 64


class LogEnds:
    """Remembers when a log's end was first seen where; asked about once a second. Pure: time is an argument.

    A record that came while we watched is as old as the first look that saw the log's end behind it. One that was
    there before our first look is as old as the newest record before it, by its Kafka timestamp. So an idle topic has
    no lag, and a record that ends a quiet night is not eight hours late.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[int, int]] = []
        """(end, when it was first seen), rising; only ends with unread records below them."""
        self._first_end: int | None = None

    def look(self, now_ms: int, end: int) -> None:
        """The next offset to be written is `end`. An end that moves back begins anew: the log was cut."""
        if self._first_end is None or (self._seen and end < self._seen[-1][0]):
            self._first_end, self._seen = end, []
        if not self._seen or end > self._seen[-1][0]:
            self._seen.append((end, now_ms))
        if len(self._seen) > LOOKS_MAX:
            self._seen = [(later[0], earlier[1]) for earlier, later in _pairs(self._seen)]

    def lag_ms(self, now_ms: int, next_offset: int, newest_ms: int | None) -> int:
        """Age of the record at `next_offset`; 0 when there is none. `newest_ms`: Kafka's time of the one before."""
        self._seen = [look for look in self._seen if look[0] > next_offset]
        if not self._seen:
            return 0
        came_ms = self._seen[0][1]
        if newest_ms is not None and self._first_end is not None and next_offset < self._first_end:
            came_ms = min(came_ms, newest_ms)
        return max(0, now_ms - came_ms)


def _pairs(seen: list[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Neighbours two by two; the odd last one with itself."""
    even = seen if len(seen) % 2 == 0 else [*seen, seen[-1]]
    return list(zip(even[::2], even[1::2], strict=True))
