"""URLs without one of their parts, put together again as Java's URI does; what is no URL stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote, unquote_plus

from engine.functions.entry import ArrowFunction, by_row
from engine.functions.urls import Url, parsed

_PATH_SAFE = "/;:@&=+$,-_.!~*'()"
_QUERY_SAFE = _PATH_SAFE + "?[]"


def written(url: Url) -> str:
    """The decoded parts, with what a URL cannot hold quoted anew."""
    scheme = f"{url.scheme}:" if url.scheme is not None else ""
    query = f"?{_quoted(url.query, _QUERY_SAFE)}" if url.query is not None else ""
    fragment = f"#{_quoted(url.fragment, _QUERY_SAFE)}" if url.fragment is not None else ""
    return scheme + _authority(url) + _quoted(url.path or "", _PATH_SAFE) + query + fragment


def _authority(url: Url) -> str:
    if url.host is None:
        return ""
    user = f"{_quoted(unquote(url.user), _PATH_SAFE)}@" if url.user is not None else ""
    return f"//{user}{url.host}" + ("" if url.port < 0 else f":{url.port}")


def _quoted(text: str | None, safe: str) -> str:
    """Letters of other alphabets may stay."""
    return "".join(one if ord(one) > 127 else quote(one, safe) for one in text or "")


def without_www(url: Url) -> Url:
    return url if url.host is None else replace(url, host=url.host.removeprefix("www."))


def without_query(url: Url) -> Url:
    return replace(url, raw_query=None)


def without_fragment(url: Url) -> Url:
    return replace(url, raw_fragment=None)


def without_parameter(text: str, name: str) -> str:
    """Without the parameters of that name; a query that has no others goes too."""
    url = parsed(text)
    if url is None or not url.query:
        return text
    kept = [one for one in url.query.split("&") if unquote_plus(one.partition("=")[0]) != name]
    return written(replace(url, raw_query=quote("&".join(kept), safe=_QUERY_SAFE) if kept else None))


def without_parameters(text: str, names: tuple[str | None, ...]) -> str:
    for name in names:
        text = text if name is None else without_parameter(text, name)
    return text


def _change(name: str, change: Callable[[Url], Url]) -> ArrowFunction:
    def of_text(text: str) -> str:
        url = parsed(text)
        return text if url is None or url.raw_path is None else written(change(url))

    return by_row(name, "VARCHAR", "VARCHAR", of_text)


URL_CHANGES: tuple[ArrowFunction, ...] = (
    _change("url_without_www", without_www),
    _change("url_without_query", without_query),
    _change("url_without_fragment", without_fragment),
    _change("url_without_query_and_fragment", lambda url: without_fragment(without_query(url))),
    by_row("url_without_parameter", "VARCHAR VARCHAR", "VARCHAR", without_parameter),
    by_row("url_without_parameters", "VARCHAR VARCHAR[]", "VARCHAR", without_parameters),
)
