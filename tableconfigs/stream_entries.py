"""The type of a stream config inside the table config: a flat map whose values are text, whatever JSON they were."""

from typing import Annotated

from pydantic import BeforeValidator

from tableconfigs.parsing import Text


def _without_nulls(value: object) -> object:
    return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value


StreamEntries = Annotated[dict[str, Text], BeforeValidator(_without_nulls)]
"""`{"streamType": "kafka", ...}`: numbers and booleans as their text, nulls dropped."""
