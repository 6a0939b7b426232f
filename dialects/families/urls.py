"""Parts of URLs as Java's URI reads them: what is no URL has none, and is left alone by what cuts."""

from __future__ import annotations

from dialects.column_types import INT, STRING, array_of
from dialects.function_entry import Function, scalar


def _part(name: str, function: str, doc: str) -> Function:
    """Null where there is no such part."""
    return scalar(name, "s", STRING, f"pinot_url_{function}({{0}})", doc, nullable=True)


def _parts(name: str, function: str, doc: str) -> Function:
    """Empty where there are none."""
    return scalar(name, "s", array_of(STRING), f"pinot_url_{function}({{0}})", doc)


def _cut(name: str, function: str, doc: str) -> Function:
    return scalar(name, "s", STRING, f"pinot_url_without_{function}({{0}})", doc)


def _coded(name: str, function: str, doc: str, *aliases: str) -> Function:
    return scalar(name, "s", STRING, f"pinot_url_{function}({{0}})", doc, aliases=aliases)


URLS: tuple[Function, ...] = (
    _part("urlprotocol", "protocol", "scheme"),
    _part("urldomain", "domain", "host"),
    _part("urldomainwithoutwww", "domain_without_www", "host without a leading www."),
    _part("urltopleveldomain", "top_level_domain", "last label of the host"),
    _part("urlfirstsignificantsubdomain", "first_significant_subdomain", "label before com, net, org, co; else third"),
    _part("cuttofirstsignificantsubdomain", "to_first_significant", "host from its first significant label on"),
    _part("cuttofirstsignificantsubdomainwithwww", "to_first_significant_with_www", "the same, keeping www."),
    scalar("urlport", "s", INT, "pinot_url_port({0})", "port, -1 if none is written"),
    _part("urlpath", "path", "decoded path of a URL with scheme and host"),
    _part("urlpathwithquery", "raw_path", "path as written: Pinot leaves the query out too"),
    _part("urlquerystring", "query", "what follows ?, as written"),
    _part("urlfragment", "fragment", "what follows #, decoded"),
    _part("urlquerystringandfragment", "query_and_fragment", "query#fragment, decoded"),
    _part("urlnetloc", "network_location", "user@host:port"),
    scalar("extracturlparameter", "ss", STRING, "pinot_url_parameter({0}, {1})", "value of a parameter, '' if none"),
    _parts("extracturlparameters", "parameters", "name=value of each parameter"),
    _parts("extracturlparameternames", "parameter_names", "names of the parameters"),
    _parts("urlhierarchy", "hierarchy", "the URL cut after its host and after each part of its path"),
    _parts("urlpathhierarchy", "path_hierarchy", "the path cut after each of its parts"),
    _cut("cutwww", "www", "without a leading www. of the host"),
    _cut("cutquerystring", "query", "without the query"),
    _cut("cutfragment", "fragment", "without the fragment"),
    _cut("cutquerystringandfragment", "query_and_fragment", "without query and fragment"),
    scalar("cuturlparameter", "ss", STRING, "pinot_url_without_parameter({0}, {1})", "without a parameter"),
    scalar("cuturlparameters", "sa", STRING, "pinot_url_without_parameters({0}, {1})", "without these parameters"),
    _coded("encodeurl", "encode", "form encoding: a blank is +", "urlencode", "urlencodeformcomponent"),
    _coded("decodeurl", "decode", "form decoding", "urldecode", "urldecodeformcomponent"),
)
