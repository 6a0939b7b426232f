"""Which form of rows a client asks for: `Accept`, or `format` in the address, which wins."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from crushpad.http.errors import Refused
from query.formats import MEDIA_TYPES, Format

_NAMES = ", ".join(Format)
_TYPES = {
    **{text.partition(";")[0]: form for form, text in MEDIA_TYPES.items()},
    "application/jsonl": Format.JSONL,
    "application/x-jsonlines": Format.JSONL,
    "application/x-parquet": Format.PARQUET,
}
_JSON = frozenset({"application/json", "application/*", "*/*"})


def rows_format(request: Request) -> Format:
    """JSON lines unless something else is asked for. Raises `Refused` for what is not offered."""
    named = request.query_params.get("format")
    if named is not None:
        return _named(named)
    accept = request.headers.get("accept", "*/*")
    for kind in _by_preference(accept):
        if kind in _TYPES:
            return _TYPES[kind]
        if kind in ("*/*", "application/*"):
            return Format.JSONL
        if kind == "text/*":
            return Format.CSV
    offered = ", ".join(text.partition(";")[0] for text in MEDIA_TYPES.values())
    raise Refused(406, f"Accept {accept!r} names none of {offered}")


def result_format(request: Request) -> Format | None:
    """The form of a query's result; None for Pinot's JSON, which is the answer to every other `Accept`."""
    for kind in _by_preference(request.headers.get("accept", "*/*")):
        if kind in _TYPES:
            return _TYPES[kind]
        if kind in _JSON:
            return None
    return None


def _named(name: str) -> Format:
    try:
        return Format(name)
    except ValueError as error:
        raise Refused(400, f"format must be one of {_NAMES}, not {name!r}") from error


def _by_preference(accept: str) -> Iterator[str]:
    """The media types of an Accept header, the most wanted first; those with `q=0` are not wanted."""
    weighed = [_weighed(part) for part in accept.split(",")]
    return (kind for weight, kind in sorted(weighed, key=lambda one: -one[0]) if weight > 0)


def _weighed(part: str) -> tuple[float, str]:
    kind, *parameters = (one.strip().lower() for one in part.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return float(weight), kind
    except ValueError:
        return 1.0, kind
