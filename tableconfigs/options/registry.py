"""All options, and how a key that somebody wrote is looked up."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from tableconfigs.options.client_options import CLIENT_OPTIONS
from tableconfigs.options.decoder_options import DECODER_OPTIONS
from tableconfigs.options.indexing_fates import INDEXING_FATES
from tableconfigs.options.ingestion_fates import INGESTION_FATES
from tableconfigs.options.model_keys import options_of
from tableconfigs.options.old_keys import OLD_KEYS
from tableconfigs.options.option import Option, Said
from tableconfigs.options.schema_fates import SCHEMA_FATES
from tableconfigs.options.serving_fates import SERVING_FATES
from tableconfigs.options.stream_options import STREAM_OPTIONS, STREAM_PREFIXES
from tableconfigs.options.table_fates import TABLE_FATES
from tableconfigs.problems import did_you_mean
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig

DOCUMENT_FATES: Mapping[str, Said] = {
    **TABLE_FATES,
    **INDEXING_FATES,
    **INGESTION_FATES,
    **SERVING_FATES,
}

_STEP = re.compile(r"\[\]|\.\*")


@cache
def table_options() -> Mapping[str, Option]:
    """Every key of a table config by path, in the order of the models; `OLD_KEYS` last."""
    found = [*options_of(TableConfig, DOCUMENT_FATES), *OLD_KEYS]
    return {option.path: option for option in found}


@cache
def schema_options() -> Mapping[str, Option]:
    """Every key of a schema by path."""
    return {option.path: option for option in options_of(Schema, SCHEMA_FATES)}


@cache
def stream_options() -> Mapping[str, Option]:
    """Every key of a stream config by name: Pinot's, the decoders' and Kafka's."""
    found: Iterable[Option] = (*STREAM_OPTIONS, *STREAM_PREFIXES, *DECODER_OPTIONS, *CLIENT_OPTIONS)
    return {option.path: option for option in found}


def stream_option(key: str) -> Option | None:
    """The option of a key of a stream config, aliases included."""
    option = stream_options().get(key)
    return option or next((found for found in stream_options().values() if key in found.aliases), None)


def hint(options: Iterable[Option], key: str, section: str = "") -> str:
    """`, did you mean ...?` for a key that `section` (a path, `` for the document) does not have."""
    names = [name for option in options if _parent(option.path) == section for name in (option.name, *option.aliases)]
    return did_you_mean(key, names)


def stream_hint(key: str) -> str:
    """The same for a key of a stream config."""
    return did_you_mean(key, [name for option in stream_options().values() for name in (option.path, *option.aliases)])


def _parent(path: str) -> str:
    return _STEP.sub("", path).rpartition(".")[0]
