"""References to the environment, and secrets that are never shown."""

from typing import Any

import pytest

from tableconfigs.problems import InvalidConfig, Problem
from tableconfigs.references import Unresolved, concealed, resolve, restore
from tableconfigs.secrets import is_secret, mask, unmask
from tableconfigs.table import TableConfig


def test_references_take_the_variable_or_else_the_default() -> None:
    environ = {"HOST": "kafka-1", "EMPTY": ""}
    assert resolve("${HOST}:${PORT:9092}", environ) == "kafka-1:9092"
    assert resolve("${EMPTY:full}|${NONE:}", environ) == "|"
    assert resolve("$HOST {HOST} no reference", environ) == "$HOST {HOST} no reference"


def test_an_unset_variable_says_both_cures() -> None:
    with pytest.raises(Unresolved, match=r"environment variable HOST is not set; set it or write \$\{HOST:default\}"):
        resolve("${HOST}", {})


def test_what_is_stored_is_the_template_and_what_is_used_is_its_value(clicks_table: dict[str, Any]) -> None:
    stream = clicks_table["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
    stream["stream.kafka.broker.list"] = "${BROKERS}"
    stream["realtime.segment.flush.threshold.segment.size"] = "${SIZE:77M}"
    parsed = TableConfig.parse(clicks_table, {"BROKERS": "b1:9092,b2:9092"})
    assert parsed.value.streams[0].brokers == "b1:9092,b2:9092"
    assert parsed.value.flush.segment_size_bytes == 77 << 20
    stored = parsed.stored["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
    assert stored["stream.kafka.broker.list"] == "${BROKERS}"
    printed = restore(parsed.value.to_pinot_json(), parsed.stored)
    shown = printed["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
    assert shown["realtime.segment.flush.threshold.segment.size"] == "${SIZE:77M}"


def test_every_unresolvable_reference_is_a_problem_with_its_path(clicks_table: dict[str, Any]) -> None:
    clicks_table["description"] = "${WHAT}"
    clicks_table["segmentsConfig"]["replication"] = "${COPIES}"
    with pytest.raises(InvalidConfig) as caught:
        TableConfig.parse(clicks_table, {})
    assert sorted(problem.path for problem in caught.value.problems) == ["/description", "/segmentsConfig/replication"]


def test_what_is_said_of_a_wrong_value_has_the_reference_and_not_what_it_stands_for(
    clicks_table: dict[str, Any],
) -> None:
    stream = clicks_table["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
    stream["security.protocol"] = "${PROTOCOL}"
    stream["stream.kafka.consumer.prop.auto.offset.reset"] = "from ${MOMENT}"
    clicks_table["segmentsConfig"]["replication"] = "${COPIES}"
    stream["no.such.property"] = "${MOMENT}"
    environ = {"PROTOCOL": "hush-1", "MOMENT": "hush-2", "COPIES": "1"}
    with pytest.raises(InvalidConfig) as caught:
        TableConfig.parse(clicks_table, environ)
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert {problem.value for problem in caught.value.problems} == {"${PROTOCOL}", "from ${MOMENT}"}
    del stream["security.protocol"], stream["stream.kafka.consumer.prop.auto.offset.reset"]
    assert "${MOMENT}" in TableConfig.parse(clicks_table, environ).unrecognized.values()


def test_only_whole_words_and_only_references_of_the_config_are_concealed() -> None:
    environ = {"ONE": "1", "OTHER": "value"}
    assert concealed("must be 1 to 10, value 1", {"a": ["${ONE}"]}, environ) == "must be ${ONE} to 10, value ${ONE}"


@pytest.mark.parametrize(
    "key", ["password", "db.password", "clientSecret", "auth-token", "keytab", "api-key", "apiKey"]
)
def test_secret_keys(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize("key", ["topic", "tokens.max", "passwordless", "replication"])
def test_ordinary_keys(key: str) -> None:
    assert not is_secret(key)


def test_secrets_are_masked_and_a_masked_answer_can_be_sent_back() -> None:
    stored = {"stream": [{"registry.password": "s3cret", "topic": "t"}], "api-key": "${KEY}", "token": ""}
    masked = mask(stored)
    assert masked == {"stream": [{"registry.password": "*****", "topic": "t"}], "api-key": "${KEY}", "token": ""}
    assert unmask(masked, stored) == stored


def test_problems_never_show_a_secret() -> None:
    assert "hunter2" not in str(Problem("/a/sasl.password", "hunter2", "is not allowed"))
