"""Parts of URLs, read as Java's URI reads them (RFC 2396): what it refuses has no parts, and nothing raises."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote_plus, unquote, unquote_plus

from engine.functions.entry import ArrowFunction, by_row

_SYNTAX = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_ILLEGAL = re.compile(r'[\x00-\x20"<>\\^`{|}\x7f]|%(?![0-9A-Fa-f]{2})')
_SERVER = re.compile(
    r"(?:([^@]*)@)?((?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.?"
    r"|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.%]+\])(?::(\d{0,10}))?"
)
_SHORT_DOMAINS = ("com", "net", "org", "co")
"""Below these one label is significant, below all others two."""
_PORT_MAX = 2**31 - 1
_AUTHORITY_CHARS_MAX = 1000
"""No host is as long as that, and looking whether one is takes time that grows with its square."""


@dataclass(frozen=True, slots=True)
class Url:
    """Raw parts; `host` is None where the authority is no server, `path` where the scheme is followed by no slash."""

    scheme: str | None
    user: str | None
    host: str | None
    port: int
    raw_path: str | None
    raw_query: str | None
    raw_fragment: str | None

    @property
    def path(self) -> str | None:
        return _decoded(self.raw_path)

    @property
    def query(self) -> str | None:
        return _decoded(self.raw_query)

    @property
    def fragment(self) -> str | None:
        return _decoded(self.raw_fragment)

    @property
    def is_complete(self) -> bool:
        return self.scheme is not None and self.host is not None


def _decoded(raw: str | None) -> str | None:
    return None if raw is None else unquote(raw)


def parsed(text: str) -> Url | None:
    """The parts of a URL, None where it is not one."""
    match = _SYNTAX.fullmatch(text)
    if match is None or _ILLEGAL.search(text):
        return None
    scheme, authority, path, query, fragment = match.groups()
    if scheme is None and authority is None and ":" in path.split("/")[0]:
        return None
    if scheme is not None and authority is None and not path.startswith("/"):
        return Url(scheme, None, None, -1, None, None, fragment) if path or query else None
    server = _SERVER.fullmatch(authority) if authority and len(authority) <= _AUTHORITY_CHARS_MAX else None
    user, host, port = server.groups() if server else (None, None, None)
    number = int(port) if port else -1
    return Url(scheme, user, host, number, path, query, fragment) if number <= _PORT_MAX else None


def protocol(url: Url) -> str | None:
    return url.scheme


def domain(url: Url) -> str | None:
    return url.host


def domain_without_www(url: Url) -> str | None:
    return None if url.host is None else url.host.removeprefix("www.")


def top_level_domain(url: Url) -> str | None:
    return None if url.host is None else _labels(url.host)[-1]


def _labels(host: str) -> list[str]:
    return host.rstrip(".").split(".")


def significant_labels(host: str) -> list[str]:
    """The last labels, from the first significant one on."""
    labels = _labels(host)
    return labels[-2:] if labels[-1] in _SHORT_DOMAINS else labels[-3:]


def first_significant_subdomain(url: Url) -> str | None:
    return None if url.host is None else significant_labels(url.host)[0]


def to_first_significant(url: Url) -> str | None:
    return None if url.host is None else ".".join(significant_labels(url.host))


def to_first_significant_with_www(url: Url) -> str | None:
    """As before, with a `www.` that stands directly before it."""
    if url.host is None:
        return None
    labels, kept = _labels(url.host), significant_labels(url.host)
    follows_www = labels[0] == "www" and len(labels) == len(kept) + 1
    return ".".join(labels if follows_www else kept)


def path_of(url: Url) -> str | None:
    return url.path if url.is_complete else None


def raw_path_of(url: Url) -> str | None:
    """Pinot's urlPathWithQuery: the path as it is written, in truth without the query."""
    return url.raw_path if url.is_complete else None


def query_and_fragment(url: Url) -> str | None:
    parts = [part for part in (url.query, url.fragment) if part is not None]
    return "#".join(parts) if parts else None


def network_location(url: Url) -> str | None:
    user = f"{unquote(url.user)}@" if url.user else ""
    return user + (url.host or "") + ("" if url.port < 0 else f":{url.port}")


def parameters(url: Url) -> list[str]:
    """`name=value` each, decoded."""
    return [] if url.query is None else url.query.split("&")


def parameter_names(url: Url) -> list[str]:
    return [parameter.partition("=")[0] for parameter in parameters(url)]


def parameter(text: str, name: str) -> str:
    """The value of the first parameter of that name, empty if there is none."""
    url = parsed(text)
    pairs = (one.partition("=") for one in (parameters(url) if url else ()))
    return next((value for key, _, value in pairs if key == name), "")


def hierarchy(url: Url) -> list[str]:
    """The URL cut after its host and after each part of its path."""
    if not url.is_complete:
        return []
    base = f"{url.scheme}://{url.host}"
    return [base, *(base + path for path in path_hierarchy(url))]


def path_hierarchy(url: Url) -> list[str]:
    parts = (url.path or "").rstrip("/").split("/")[1:]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def _part(name: str, part: Callable[[Url], str | None]) -> ArrowFunction:
    def of_text(text: str) -> str | None:
        url = parsed(text)
        return None if url is None else part(url)

    return by_row(name, "VARCHAR", "VARCHAR", of_text)


def _parts(name: str, parts: Callable[[Url], list[str]]) -> ArrowFunction:
    def of_text(text: str) -> list[str]:
        url = parsed(text)
        return [] if url is None else parts(url)

    return by_row(name, "VARCHAR", "VARCHAR[]", of_text)


def _port(text: str) -> int:
    url = parsed(text)
    return -1 if url is None else url.port


URLS: tuple[ArrowFunction, ...] = (
    _part("url_protocol", protocol),
    _part("url_domain", domain),
    _part("url_domain_without_www", domain_without_www),
    _part("url_top_level_domain", top_level_domain),
    _part("url_first_significant_subdomain", first_significant_subdomain),
    _part("url_to_first_significant", to_first_significant),
    _part("url_to_first_significant_with_www", to_first_significant_with_www),
    by_row("url_port", "VARCHAR", "INTEGER", _port),
    _part("url_path", path_of),
    _part("url_raw_path", raw_path_of),
    _part("url_query", lambda url: url.raw_query),
    _part("url_fragment", lambda url: url.fragment),
    _part("url_query_and_fragment", query_and_fragment),
    _part("url_network_location", network_location),
    by_row("url_parameter", "VARCHAR VARCHAR", "VARCHAR", parameter),
    _parts("url_parameters", parameters),
    _parts("url_parameter_names", parameter_names),
    _parts("url_hierarchy", hierarchy),
    _parts("url_path_hierarchy", path_hierarchy),
    by_row("url_encode", "VARCHAR", "VARCHAR", lambda text: quote_plus(text, safe="*").replace("~", "%7E")),
    by_row("url_decode", "VARCHAR", "VARCHAR", unquote_plus),
)
