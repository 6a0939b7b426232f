"""`ingestionConfig.rejectsConfig`: what becomes of records that cannot be rows. Pinot has no such section."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated

from tableconfigs.parsing import UPPER, OptionalText, PinotModel
from tableconfigs.problems import Problem

PATH = "/ingestionConfig/rejectsConfig"


class RejectsPolicy(StrEnum):
    """What a rejected record leaves behind."""

    KEEP = "KEEP"
    """Its offset, its reason and its bytes, so that it can be put in once the config is mended."""
    SKIP = "SKIP"
    """Its offset and its reason."""
    FAIL = "FAIL"
    """Nothing: its partition stops before it."""


class RejectsConfig(PinotModel):
    """Policy and budgets. A budget is for one segment of one partition; None means that there is none."""

    policy: Annotated[RejectsPolicy, UPPER] = RejectsPolicy.KEEP
    budget_rows: int | None = None
    """Most rejected records of one segment."""
    budget_share: float | None = None
    """Most rejected records as a share of a segment's records, 0 to 1."""
    dead_letter_topic: OptionalText = None
    """Topic that rejected records are copied to once they are committed."""

    def problems(self, topics: Iterable[str]) -> Iterator[Problem]:
        """What is wrong with the section; `topics` are those that the table reads."""
        if self.budget_rows is not None and self.budget_rows < 0:
            yield Problem(f"{PATH}/budgetRows", self.budget_rows, "must be 0 or more rows of one segment")
        if self.budget_share is not None and not 0 <= self.budget_share <= 1:
            text = "must be between 0 and 1: the share of a segment's records"
            yield Problem(f"{PATH}/budgetShare", self.budget_share, text)
        if self.dead_letter_topic is not None:
            yield from self._topic_problems(self.dead_letter_topic, topics)

    def _topic_problems(self, topic: str, topics: Iterable[str]) -> Iterator[Problem]:
        path = f"{PATH}/deadLetterTopic"
        if topic in topics:
            yield Problem(path, topic, "is a topic that the table reads: its dead letters would be read again for ever")
        if self.policy is not RejectsPolicy.KEEP:
            text = f"needs policy keep: with {self.policy.lower()} no bytes are kept that could be sent"
            yield Problem(path, topic, text)
