"""The schema registry, asked by confluent-kafka's client: what it does not know is refused, its absence waited for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx2
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from ingest.decoders.base import DecoderWaits

T = TypeVar("T")

TIMEOUT_S = 5.0

_NOT_FOUND = range(40_400, 40_500)
"""Error codes by which a registry says that it has no such thing. A bare 404 may come from a wrong address."""


class UnknownSchema(Exception):
    """The registry has no such schema."""


class Registry:
    """Schemas by id; the client keeps those that it has fetched."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """`settings` are the client's. A registry that is away is asked again with the batch, not within it."""
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # it writes every address, passwords within included
        self.client = SchemaRegistryClient.new_client({**settings, "timeout": TIMEOUT_S, "max.retries": 0})
        self._where = str(settings["url"]).rpartition("@")[2]

    def schema(self, identifier: int, form: str | None = None) -> Schema:
        """Raises UnknownSchema, DecoderWaits."""
        return self._asked(f"schema {identifier}", lambda: self.client.get_schema(identifier, fmt=form))

    def version(self, subject: str, version: int, form: str | None = None) -> Schema:
        """The schema that `subject` has as a version. Raises UnknownSchema, DecoderWaits."""
        what = f"version {version} of {subject}"
        return self._asked(what, lambda: self.client.get_version(subject, version, True, form).schema)

    def _asked(self, what: str, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except SchemaRegistryError as error:
            if error.error_code in _NOT_FOUND:
                raise UnknownSchema(f"the schema registry {self._where} has no {what}") from error
            raise DecoderWaits(f"the schema registry {self._where} does not give {what}: {error}") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise DecoderWaits(f"the schema registry {self._where} is away: {error}") from error
