"""Examples of what the routes answer that clients and operators use most: bodies as a running service gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

SEGMENT = "clicks__0__1__20261121T0135Z"
JOB = "76e0dc68-be64-471d-85a6-d40b8014d1c6"

_WRITTEN = {"unrecognizedProperties": {"/segmentsConfig/schemaName": "clicks"}}
_PAUSE_STATUS: Json = {
    "pauseFlag": True,
    "consumingSegments": [SEGMENT],
    "reasonCode": "ADMINISTRATIVE",
    "comment": "broker upgrade",
    "timestamp": "2026-11-21 01:35:55.873",
}
_CONSUMER: Json = {
    "serverName": "Server_127.0.0.1_9000",
    "consumerState": "CONSUMING",
    "lastConsumedTimestamp": 1795224955873,
    "partitionToOffsetMap": {"0": "123"},
    "partitionOffsetInfo": {
        "currentOffsetsMap": {"0": "123"},
        "latestUpstreamOffsetMap": {"0": "130"},
        "recordsLagMap": {"0": "7"},
        "availabilityLagMsMap": {"0": "40"},
    },
    "state": "CONSUMING",
    "reason": None,
    "sinceMs": 1795224955000,
    "rows": 23,
    "rejects": 0,
    "deadLetters": None,
}

ANSWERS: Mapping[tuple[str, str], Json | list[Any]] = {
    ("get", "/tables"): {"tables": ["clicks"]},
    ("post", "/tables"): {**_WRITTEN, "status": "Table clicks_REALTIME successfully added"},
    ("put", "/tables/{table}"): {**_WRITTEN, "status": "Table config updated for clicks"},
    ("delete", "/tables/{table}"): {"status": "Tables: [clicks_REALTIME] deleted"},
    ("post", "/tableConfigs"): {**_WRITTEN, "status": "TableConfigs clicks successfully added"},
    ("put", "/tableConfigs/{table}"): {**_WRITTEN, "status": "TableConfigs updated for clicks"},
    ("get", "/tables/{table}/consumingSegmentsInfo"): {
        "serversFailingToRespond": 0,
        "serversUnparsableRespond": 0,
        "_segmentToConsumingInfoMap": {SEGMENT: [_CONSUMER]},
        "problems": [],
    },
    ("get", "/tables/{table}/pauseStatus"): _PAUSE_STATUS,
    ("post", "/tables/{table}/pauseConsumption"): _PAUSE_STATUS,
    ("post", "/tables/{table}/resumeConsumption"): _PAUSE_STATUS | {"pauseFlag": False},
    ("post", "/tables/{table}/forceCommit"): {
        "forceCommitJobId": JOB,
        "forceCommitStatus": "SUCCESS",
        "jobMetaZKWriteStatus": "SUCCESS",
    },
    ("get", "/tables/forceCommitStatus/{job_id}"): {
        "jobId": JOB,
        "tableName": "clicks_REALTIME",
        "jobType": "FORCE_COMMIT",
        "submissionTimeMs": "1795224955873",
        "segmentsForceCommitted": f'["{SEGMENT}"]',
        "segmentsYetToBeCommitted": [SEGMENT],
        "numberOfSegmentsYetToBeCommitted": 1,
    },
    ("get", "/segments/{table}"): [{"REALTIME": [SEGMENT]}],
    ("delete", "/segments/{table}/{segment}"): {"status": "Segment deleted"},
    ("post", "/segments/{table}/{segment}/undelete"): {"status": f"Segment {SEGMENT} undeleted"},
}
"""By method and path: the body of a 200. An object has these keys, and may have more."""


def describe(method: str, path: str, operation: Json) -> None:
    """Put the example into the operation, and say which keys an object always has."""
    example = ANSWERS.get((method, path))
    if example is None:
        return
    content = operation["responses"]["200"]["content"]["application/json"]
    content["example"] = example
    if isinstance(example, dict):
        content["schema"] = {"type": "object", "required": sorted(example)}
