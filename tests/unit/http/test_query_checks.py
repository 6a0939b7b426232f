"""Questions about queries, and the small routes that Pinot's clients ask of a broker."""

import pytest

from tests.unit.http.conftest import NOW_MS, entry, sealed


def test_syntax_is_checked_without_tables(client):
    assert client.post("/query/sql/validateSyntax", json={"sql": "SELECT a FROM nowhere"}).json()["valid"] is True
    found = client.post("/query/sql/validateSyntax", json={"sql": "SELEC a"}).json()
    assert (found["valid"], found["errorCode"]) == (False, 150)
    assert "SELEC" in found["errorMessage"]


def test_queries_that_differ_in_literals_have_one_fingerprint(client):
    def found(sql):
        return client.post("/query/sql/queryFingerprint", json={"sql": sql}).json()

    one = found("SELECT city, COUNT(*) FROM clicks WHERE city IN ('a', 'b') AND ts > 5 GROUP BY city LIMIT 10")
    other = found("select city, count(*)  from clicks where city in ('c') and ts > 17 -- today\n group by city limit 7")
    assert one["fingerprint"] == "SELECT city, COUNT(*) FROM clicks WHERE city IN (?) AND ts > ? GROUP BY city LIMIT ?"
    assert one["queryHash"] == other["queryHash"]
    assert found("SELECT town FROM clicks")["queryHash"] != one["queryHash"]


@pytest.mark.parametrize("path", ["validateSyntax", "queryFingerprint"])
def test_without_sql_there_is_nothing_to_check(client, path):
    reply = client.post(f"/query/sql/{path}", json={})
    assert (reply.status_code, reply.json()["error"]) == (400, "Payload is missing the query string field 'sql'")


def test_the_tables_of_queries_are_named_once_and_without_their_types(client):
    sqls = [
        "SELECT 1",
        "SELECT * FROM clicks_REALTIME WHERE city IN (SELECT city FROM default.towns)",
        "WITH own AS (SELECT * FROM clicks) SELECT * FROM own",
    ]
    assert client.post("/query/tableNames", json=sqls).json() == ["clicks", "towns"]
    assert client.post("/query/tableNames", json=["SELEC"]).status_code == 400


def test_a_multi_stage_query_compiles_or_says_why_not(house, client):
    house.publish(entry([sealed(0, 0, 10)]))
    sqls = ["SELECT a.city FROM clicks a JOIN clicks b ON a.ts = b.ts", "SELECT nosuch FROM clicks", "SELECT 1 FROM no"]
    good, column, table = client.post("/validateMultiStageQuery", json={"sqls": sqls}).json()
    assert good == {"compiledSuccessfully": True, "errorMessage": None, "errorCode": None, "sql": sqls[0]}
    assert (column["compiledSuccessfully"], column["errorCode"], table["errorCode"]) == (False, 700, 190)


def test_a_query_compiles_against_tables_that_are_brought_along(client):
    schema = {"schemaName": "plans", "dimensionFieldSpecs": [{"name": "x", "dataType": "INT"}]}
    body = {"sql": "SELECT x FROM plans_REALTIME", "schemas": [schema], "tableConfigs": [{"tableName": "plans"}]}
    (found,) = client.post("/validateMultiStageQuery", json=body).json()
    assert found["compiledSuccessfully"] is True
    (found,) = client.post("/validateMultiStageQuery", json={"sql": body["sql"]}).json()
    assert found["errorCode"] == 190


def test_nothing_runs_and_nothing_is_cancelled(client):
    assert client.get("/queries").json() == {}
    assert client.delete("/query/17").status_code == 404
    assert client.delete("/query/mine").status_code == 400
    assert client.delete("/query/mine?client=true").status_code == 404


def test_segments_are_routed_to_the_one_server(house, client):
    house.publish(entry([sealed(0, 0, 10)]))
    routed = client.get("/debug/routingTable/clicks").json()
    assert list(routed) == ["clicks_REALTIME"]
    (segments,) = routed["clicks_REALTIME"].values()
    assert len(segments) == 2
    assert client.get("/debug/routingTable/sql", params={"query": "SELECT * FROM clicks"}).json() == routed
    assert client.get("/debug/routingTable/nosuch").status_code == 404
    assert client.get("/debug/routingTable/sql", params={"query": "SELECT * FROM nosuch"}).status_code == 404


def test_no_table_has_two_sides(house, client):
    house.publish(entry([]))
    assert client.get("/debug/timeBoundary/clicks").status_code == 404


@pytest.mark.parametrize("path", ["/mytables", "/timeseries/api/v1/query_range", "/timeseries/api/v1/query"])
def test_what_is_not_offered_is_not_found(client, path):
    """Grafana's plugin asks with HEAD and turns the feature off."""
    assert (client.head(path).status_code, client.get(path).status_code) == (404, 404)


def test_what_the_broker_says_of_itself(client):
    assert client.get("/databases").json() == ["default"]
    assert client.get("/start-time").json() == NOW_MS - 90_000
    assert client.get("/instance/tags").json() == ["DefaultTenant_BROKER"]
    assert client.get("/appconfigs").json()["runtimeConfig"] == {"name": "Broker_127.0.0.1_8099", "uptimeMs": 90_000}
