"""Dead letters: every committed reject goes out, in order, and a process that ends repeats a batch at most."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingest.dead_letter_records import BATCH_ROWS, DeadLetter
from ingest.dead_letters import RETRY_S_MAX, DeadLetters
from ingest.streams.producer import ProduceFailed
from segments.catalogue import Catalogue, TableEntry
from segments.dead_letters import DeadLetterProgress, InMemoryDeadLetterRegistry
from segments.status import PartitionStatus, WorkerStatus
from tests.crash.replay_world import INCARNATION, NOW_MS, World
from tests.produced import table


@dataclass
class Topic:
    """A topic that takes letters unless it is away, and one process's outlet to it."""

    offsets: list[int] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    away: bool = False
    asked: int = 0

    def send(self, topic: str, batch: list[DeadLetter]) -> None:
        self.asked += 1
        if self.away:
            raise ProduceFailed(f"{topic} is away")
        self.offsets += [letter.offset for letter in batch]
        self.letters += batch

    def close(self) -> None:
        return


@dataclass
class Post:
    """A table with rejects, and processes that send them one after the other."""

    world: World
    topic: Topic = field(default_factory=Topic)
    registry: InMemoryDeadLetterRegistry = field(default_factory=InMemoryDeadLetterRegistry)
    section: dict[str, Any] = field(default_factory=lambda: {"deadLetterTopic": "dead"})
    version: int = 1
    now_s: float = 0.0

    def process(self) -> DeadLetters:
        return DeadLetters(self.registry, lambda _: self.topic, {}, lambda _: True, lambda: self.now_s)

    def step(self, letters: DeadLetters) -> None:
        config = table("t", "clicks", "127.0.0.1:9092")
        config["ingestionConfig"]["rejectsConfig"] = self.section
        entry = TableEntry(
            "t_REALTIME", INCARNATION, "active", self.version, config, "t", 1, {}, NOW_MS, [self.world.entry()]
        )
        letters.follow(Catalogue(1, 0, {"t_REALTIME": entry}))
        letters.step()


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(World(tmp_path))


def test_what_is_committed_goes_out_once_and_in_order(post: Post) -> None:
    letters = post.process()
    post.step(letters)
    assert post.topic.offsets == []
    post.world.consume("good", "text", "words")
    post.step(letters)
    post.step(letters)
    assert post.topic.offsets == [1, 2]
    post.world.consume("text", "good")
    post.step(letters)
    assert post.topic.offsets == [1, 2, 3]
    assert [letter.value for letter in post.topic.letters][1] == b"words"


def test_the_next_process_goes_on_where_the_last_one_was(post: Post) -> None:
    post.world.consume("words", "good")
    post.step(post.process())
    post.world.consume("words")
    post.step(post.process())
    assert post.topic.offsets == [0, 2]


def test_a_process_that_ends_before_its_progress_is_written_repeats_its_last_batch_only(post: Post) -> None:
    post.world.consume(*["words"] * (BATCH_ROWS + 3))
    first, second = list(range(BATCH_ROWS)), [BATCH_ROWS, BATCH_ROWS + 1, BATCH_ROWS + 2]
    post.step(post.process())
    assert post.topic.offsets == first + second
    post.registry.put_progress(INCARNATION, 0, DeadLetterProgress(topic="dead", next_offset=BATCH_ROWS))
    post.step(post.process())
    assert post.topic.offsets == first + second + second


def test_trouble_is_said_tried_again_later_each_time_and_loses_nothing(post: Post) -> None:
    post.world.consume("words")
    post.topic.away = True
    letters = post.process()
    for _ in range(200):
        post.step(letters)
        post.now_s += 1.0
    assert 5 < post.topic.asked < 20 + 200 / RETRY_S_MAX
    partition = PartitionStatus(table="t_REALTIME", partition=0, topic="clicks", state="CONSUMING")
    status = WorkerStatus(process="ingest-0", pid=1, written_ms=0, partitions=[partition])
    (said,) = letters.noted(status).partitions
    assert said.dead_letters == "dead letters for dead wait: dead is away"
    post.topic.away = False
    post.now_s += RETRY_S_MAX
    post.step(letters)
    assert post.topic.offsets == [0]
    assert letters.noted(status) == status


def test_another_topic_gets_all_that_is_kept_and_no_topic_gets_nothing(post: Post) -> None:
    post.world.consume("words", "words")
    letters = post.process()
    post.step(letters)
    post.section, post.version = {}, 2
    post.world.consume("words")
    post.step(letters)
    assert post.topic.offsets == [0, 1]
    post.section, post.version = {"deadLetterTopic": "other"}, 3
    post.step(letters)
    assert post.topic.offsets == [0, 1, 0, 1, 2]


def test_a_letter_says_where_it_came_from_and_why_in_connects_words(post: Post) -> None:
    post.world.consume("good", "text")
    post.step(post.process())
    (letter,) = post.topic.letters
    headers = dict(letter.headers)
    assert headers["__connect.errors.topic"] == b"t"
    assert headers["__connect.errors.offset"] == b"1"
    assert headers["crushpad.field"] == b"$.id"
    assert (headers["__connect.errors.exception.message"] or b"").startswith(b"'text'")
