"""Every segment at an address, checked one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from segments.inspection.addresses import path_of
from segments.inspection.consuming import side_car_of
from segments.inspection.facts import PART, SIDE_CAR
from segments.inspection.listing import segment_paths
from segments.inspection.verify.checks import Check
from segments.inspection.verify.consuming import consuming_checks
from segments.inspection.verify.known import digests_near
from segments.inspection.verify.sealed import sealed_checks


def checks_at(address: str, digest: str | None = None) -> Iterator[tuple[Path, list[Check]]]:
    """Each segment's path and checks. `digest`: what the only file should have. Raises NothingThere, BadChoice."""
    place = path_of(address)
    paths = segment_paths(place) if place.is_dir() else [place]
    known = digests_near(place)
    for path in paths:
        if path.suffix in (SIDE_CAR, PART):
            yield path, consuming_checks(side_car_of(path))
        else:
            yield path, sealed_checks(path, digest or known.get(path.absolute()))
