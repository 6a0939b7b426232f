"""The service on a data folder, if one runs: its workers, their open files, its partitions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from crushpad.doctor.findings import Finding, bad, ok, warn
from crushpad.partitions import PartitionReport, partition_reports, problems_of
from segments.catalogue import Catalogue
from segments.status import WorkerStatus

FULL_WARN, FULL_BAD = 0.8, 0.95


def service(workers: Sequence[WorkerStatus], expected: int, folder: Path) -> Finding:
    """Whether as many workers report as the settings ask for."""
    if not workers:
        return ok("service", f"none runs on {folder}")
    if len(workers) < expected:
        advice = "see the host's log for `process ended`, or for `worker cannot report`"
        return bad("service", f"{len(workers)} of {expected} ingest workers report", advice)
    return ok("service", f"{len(workers)} ingest workers report")


def open_files(workers: Sequence[WorkerStatus], proc: Path = Path("/proc")) -> Iterator[Finding]:
    """How many files each worker has open, of those that it may. Only Linux says so, and only to the same user."""
    for worker in workers:
        try:
            used, allowed = len(os.listdir(proc / str(worker.pid) / "fd")), _allowed(proc / str(worker.pid))
        except OSError:
            continue
        yield _used(worker.process, used, allowed)


def partitions(catalogue: Catalogue, workers: Sequence[WorkerStatus]) -> Iterator[Finding]:
    """One finding for each partition or table that does not go on; one for all when everything does."""
    reports = [report for entry in catalogue.tables.values() for report in partition_reports(entry, workers)]
    stopped = [report for report in reports if not report.consuming]
    problems = {table: problem for table in catalogue.tables for problem in problems_of(table, workers)}
    yield from (bad("table", f"{table}: {problem}", "see the reason") for table, problem in problems.items())
    yield from (_stopped(report) for report in stopped)
    if not stopped and not problems:
        yield ok("partitions", f"all {len(reports)} consume")


def _stopped(report: PartitionReport) -> Finding:
    says = f"{report.table} partition {report.partition} is {report.status.state}"
    if report.status.state == "PAUSED":
        return warn("partition", says, report.reason or "")
    return bad("partition", says, report.reason or "see `crushpad partition list`")


def _used(process: str, used: int, allowed: int) -> Finding:
    says = f"{process} has {used:,} of {allowed:,}"
    advice = "raise the limit (ulimit -n, systemd: LimitNOFILE) and start the service again"
    if used > FULL_BAD * allowed:
        return bad("open files", says, advice)
    return warn("open files", says, advice) if used > FULL_WARN * allowed else ok("open files", says)


def _allowed(process: Path) -> int:
    """The soft limit that the process runs with."""
    (line,) = [each for each in (process / "limits").read_text().splitlines() if each.startswith("Max open files")]
    return int(line.split()[3])
