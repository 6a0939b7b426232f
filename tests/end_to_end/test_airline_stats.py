"""Real data and configs as Pinot ships them, uploaded literally; only the broker's address is another one.

The flights lie outside of the repository; that part is collected only where they are.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KafkaBroker
from tests.kafka_topics import create_topic, produce
from tests.service import Service, running

REPOSITORY = Path(__file__).parents[2]
FLIGHTS = REPOSITORY.parent / "shared" / "data" / "airlineStats"
LOW_LEVEL_SAMPLE = REPOSITORY / "tests" / "golden" / "tableconfigs" / "llc_sample.table.json"
TOTAL = 9746


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str) -> Iterator[Service]:
    chroot = f"{zookeeper}/airline-{uuid.uuid4().hex}"
    with running(tmp_path_factory.mktemp("airline") / "data", chroot) as service:
        yield service


def test_the_low_level_sample_consumes(service: Service, kafka: KafkaBroker) -> None:
    text = LOW_LEVEL_SAMPLE.read_text()
    config = text.replace("localhost:19092", kafka.bootstrap)
    assert config != text
    create_topic(kafka.bootstrap, "meetupRSVPEvents", 2)
    schema = {
        "schemaName": "meetupRsvp",
        "dimensionFieldSpecs": [{"name": "venue_name", "dataType": "STRING"}],
        "metricFieldSpecs": [{"name": "rsvp_count", "dataType": "INT"}],
        "dateTimeFieldSpecs": [
            {"name": "mtime", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
        ],
    }
    service.succeed("POST", "/schemas", schema)
    answer = service.succeed("POST", "/tables", config.encode())
    assert answer["status"] == "Table meetupRsvp_REALTIME successfully added"
    service.wait_for_state("meetupRsvp", "CONSUMING", partitions=2)
    rows = [{"venue_name": f"v{number % 3}", "rsvp_count": 1, "mtime": 1_700_000_000_000} for number in range(30)]
    produce(kafka.bootstrap, "meetupRSVPEvents", [(at % 2, None, json.dumps(r), None) for at, r in enumerate(rows)])
    service.wait_for_count("meetupRsvp", 30)
    asked = "SELECT venue_name, SUM(rsvp_count) FROM meetupRsvp GROUP BY venue_name ORDER BY venue_name"
    assert service.rows(asked) == [["v0", 10.0], ["v1", 10.0], ["v2", 10.0]]


if FLIGHTS.exists():

    @pytest.fixture(scope="module")
    def flights() -> list[dict[str, Any]]:
        with gzip.open(FLIGHTS / "data.ndjson.gz") as lines:
            return [json.loads(line) for line in lines]

    @pytest.fixture(scope="module")
    def loaded(service: Service, kafka: KafkaBroker, flights: list[dict[str, Any]]) -> Service:
        """The service with the flights in it."""
        text = (FLIGHTS / "table.json").read_text()
        config = text.replace("localhost:9092", kafka.bootstrap)
        assert config != text
        create_topic(kafka.bootstrap, "flights-realtime")
        produce(kafka.bootstrap, "flights-realtime", [(0, None, json.dumps(flight), None) for flight in flights])
        service.succeed("POST", "/schemas", (FLIGHTS / "schema.json").read_bytes())
        service.succeed("POST", "/tables", config.encode())
        service.wait_for_count("airlineStats", TOTAL)
        return service

    def test_every_flight_is_there(loaded: Service) -> None:
        answer = loaded.answer("SELECT COUNT(*) FROM airlineStats")
        assert answer["resultTable"] == {
            "dataSchema": {"columnNames": ["count(*)"], "columnDataTypes": ["LONG"]},
            "rows": [[TOTAL]],
        }
        (consumer,) = loaded.wait_for_state("airlineStats", "CONSUMING")
        assert consumer["rejects"] == 0

    def test_groups_are_pinots(loaded: Service) -> None:
        asked = (
            "SELECT Carrier, count(*), avg(Distance) FROM airlineStats GROUP BY Carrier ORDER BY count(*) DESC LIMIT 3"
        )
        assert loaded.rows(asked) == [
            ["WN", 2008, 690.6010956175298],
            ["EV", 1195, 497.0493723849372],
            ["OO", 1159, 494.7135461604832],
        ]

    def test_answers_are_what_a_loop_over_the_file_says(loaded: Service, flights: list[dict[str, Any]]) -> None:
        late = [flight for flight in flights if (flight["ArrDelay"] or 0) > 60 and flight["Origin"] in ("ATL", "ORD")]
        assert loaded.value(
            "SELECT COUNT(*) FROM airlineStats WHERE ArrDelay > 60 AND Origin IN ('ATL', 'ORD')"
        ) == len(late)
        days = Counter(flight["DaysSinceEpoch"] for flight in flights)
        assert loaded.rows(
            "SELECT DaysSinceEpoch, COUNT(*) FROM airlineStats GROUP BY DaysSinceEpoch ORDER BY DaysSinceEpoch LIMIT 100"
        ) == [[day, days[day]] for day in sorted(days)]
        assert loaded.value("SELECT SUM(Distance) FROM airlineStats") == sum(flight["Distance"] for flight in flights)
        assert loaded.value("SELECT DISTINCTCOUNT(TailNum) FROM airlineStats") == len(
            {flight["TailNum"] or "null" for flight in flights}
        )

    def test_empty_answers_are_pinots(loaded: Service) -> None:
        where = "FROM airlineStats WHERE Carrier = 'XX'"
        assert loaded.rows(f"SELECT Carrier, Distance {where}") == []
        assert loaded.rows(f"SELECT count(*), sum(Distance), min(Distance), avg(Distance) {where}") == [
            [0, 0.0, "Infinity", "-Infinity"]
        ]
        assert loaded.rows(f"SELECT Carrier, count(*) {where} GROUP BY Carrier") == []

    def test_transformed_times_and_lists_are_pinots(loaded: Service, flights: list[dict[str, Any]]) -> None:
        first = min(flight["DaysSinceEpoch"] for flight in flights)
        assert loaded.value("SELECT MIN(ts) FROM airlineStats") == first * 86_400_000.0
        ((airports, moment, date),) = loaded.rows("SELECT DivAirports, ts, FlightDate FROM airlineStats LIMIT 1")
        assert (airports, moment, date) == (["null"], "2014-01-01 00:00:00.0", "2014-01-01")

    def test_every_answer_stays_after_a_restart(loaded: Service) -> None:
        asked = "SELECT Origin, COUNT(*), SUM(ArrDelay) FROM airlineStats GROUP BY Origin ORDER BY Origin LIMIT 1000"
        before = loaded.rows(asked)
        loaded.restart()
        assert loaded.rows(asked) == before
        assert loaded.count("airlineStats") == TOTAL
