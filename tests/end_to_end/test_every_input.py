"""Any input at all, on every route of a running service: no 5xx, and answers as the OpenAPI document says.

Seeded and bounded: the same requests on every run, a few for each route. The examples of the document are sent too.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import KafkaBroker
from tests.produced import Produced, schema, table
from tests.service import Service, running

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SEED = 20_261_121
EXAMPLES = 4
WITHIN_S = 240


def attacked(service: Service, folder: Path) -> subprocess.CompletedProcess[str]:
    """Send seeded requests to every route that the document describes."""
    run = [sys.executable, "-m", "schemathesis.cli", "run", f"http://{service.http}/openapi.json"]
    bounds = ["--checks", CHECKS, "--seed", str(SEED), "--max-examples", str(EXAMPLES), "--generation-database", "none"]
    phases = ["--phases", "examples,coverage,fuzzing", "--mode", "all", "--no-color", "--warnings", "off"]
    return subprocess.run(
        [*run, *bounds, *phases], cwd=folder, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )


def test_no_input_breaks_a_route(tmp_path: Path, zk_root: str, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(60)
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("clicks"), table("clicks", produced.topic, kafka.bootstrap, flush_rows=50))
        service.wait_for_count("clicks", len(produced))
        done = attacked(service, tmp_path)
        assert done.returncode == 0, f"{done.stdout[-8000:]}{done.stderr[-2000:]}"
        assert service.is_ready()
        assert not service.logged("request failed")
