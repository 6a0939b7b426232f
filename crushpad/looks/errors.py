"""What stands in the way of a look."""

from __future__ import annotations


class CannotLook(Exception):
    """The sentence that a person reads, and the HTTP status that goes with it."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)
