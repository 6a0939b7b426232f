"""A topic id becomes part of paths (P1): Kafka's spelling has no character that a path gives a meaning."""

from __future__ import annotations

import base64
import os

from ingest.streams.kafka_metadata import topic_id
from segments.identity import PartitionIdentity


def test_an_id_is_spelled_as_kafkas_own_tools_do() -> None:
    assert topic_id("K/oHWSEtQYW+z/lfeA/GVQ") == "K_oHWSEtQYW-z_lfeA_GVQ"
    assert topic_id("plainLetters0123456789") == "plainLetters0123456789"


def test_every_id_names_a_partition_folder() -> None:
    for _ in range(200):
        from_librdkafka = base64.b64encode(os.urandom(16)).decode().rstrip("=")
        assert PartitionIdentity("incarnation", topic_id(from_librdkafka), 0).path.count("/") == 1
