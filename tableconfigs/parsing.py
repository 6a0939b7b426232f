"""From JSON text to frozen models, the way Jackson reads it for Pinot: lenient scalars, unknown keys reported."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from tableconfigs.problems import InvalidConfig, Problem, from_pydantic, pointer

DOCUMENT_BYTES_MAX = 1_000_000  # what a znode can hold
DEPTH_MAX = 64

T = TypeVar("T")
M = TypeVar("M", bound="PinotModel")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A document that was understood.

    `unrecognized` maps the JSON pointer of each unknown leaf to its value. `stored` is the document as written
    (references unresolved) without the unknown keys: what is kept.
    """

    value: T
    unrecognized: dict[str, object]
    stored: dict[str, Any]


class PinotModel(BaseModel):
    """A frozen section of Pinot's JSON: camelCase keys, null means absent, unknown keys are not kept."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: item for key, item in value.items() if item is not None}

    def printed(self) -> dict[str, Any]:
        """The section as JSON, defaults included, absent values left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _scalar_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _column_list(value: object) -> object:
    if isinstance(value, str):
        value = [value]
    return [item for item in value if item != ""] if isinstance(value, list) else value


Text = Annotated[str, BeforeValidator(_scalar_text)]
"""A string; numbers and booleans are taken as their text."""
OptionalText = Annotated[Text | None, BeforeValidator(_scalar_text)]
Columns = Annotated[list[Text], BeforeValidator(_column_list)]
"""Column names: blank ones are dropped, a single string is a list of one."""
UPPER = BeforeValidator(_upper)
"""Put before an enum to make it case-insensitive."""


def load_json(source: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object in `source`. Raises `InvalidConfig` when it is not one, or too large or deep to be a config."""
    if isinstance(source, Mapping):
        document: object = dict(source)
    else:
        document = _decode(source)
    if not isinstance(document, dict):
        raise InvalidConfig([Problem("", document, "a JSON object is expected")])
    if _deeper_than(document, DEPTH_MAX):
        raise InvalidConfig([Problem("", None, f"nested deeper than {DEPTH_MAX} levels")])
    return document


def _decode(source: bytes | str) -> Any:
    if len(source) > DOCUMENT_BYTES_MAX:
        raise InvalidConfig([Problem("", None, f"{len(source)} bytes; at most {DOCUMENT_BYTES_MAX} are accepted")])
    try:
        document = json.loads(source, parse_constant=_no_such_constant)
        # what cannot be written again cannot be kept: lone surrogates, numbers beyond a double
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        return document
    except (ValueError, RecursionError) as error:
        raise InvalidConfig([Problem("", None, f"not JSON: {error}")]) from error


def _no_such_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _deeper_than(document: object, levels: int) -> bool:
    layer: list[object] = [document]
    for _ in range(levels):
        layer = [child for node in layer for child in _children(node)]
        if not layer:
            return False
    return True


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def parse_model(model: type[M], document: Mapping[str, Any], written: Mapping[str, Any] | None = None) -> Parsed[M]:
    """Validate `document` as `model`, collecting unknown keys. `written` is the text before references were resolved.

    Raises `InvalidConfig` with every problem that the shape of the document has.
    """
    try:
        value = model.model_validate(document)
    except ValidationError as error:
        raise InvalidConfig(from_pydantic(found, document) for found in error.errors()) from error
    unrecognized: dict[str, object] = {}
    stored = _recognised(value, document if written is None else written, "", unrecognized)
    return Parsed(value, unrecognized, stored)


def _recognised(value: object, raw: Any, path: str, unrecognized: dict[str, object]) -> Any:
    """`raw` without the keys that `value`, made from it, has no field for; those go to `unrecognized`."""
    if isinstance(value, PinotModel) and isinstance(raw, Mapping):
        return _recognised_section(value, raw, path, unrecognized)
    if isinstance(value, dict) and isinstance(raw, Mapping):
        return {key: _recognised(value.get(key), item, path + pointer(key), unrecognized) for key, item in raw.items()}
    if isinstance(value, list) and isinstance(raw, list) and len(value) == len(raw):
        return [
            _recognised(item, old, path + pointer(at), unrecognized)
            for at, (item, old) in enumerate(zip(value, raw, strict=True))
        ]
    return raw


def _recognised_section(
    section: PinotModel, raw: Mapping[str, Any], path: str, unrecognized: dict[str, object]
) -> dict[str, Any]:
    names = {field.alias or name: name for name, field in type(section).model_fields.items()}
    kept = {}
    for key, item in raw.items():
        if key in names:
            kept[key] = _recognised(getattr(section, names[key]), item, path + pointer(key), unrecognized)
        else:
            unrecognized.update(_leaves(item, path + pointer(key)))
    return kept


def _leaves(value: Any, path: str) -> dict[str, object]:
    if isinstance(value, Mapping) and value:
        return {k: v for key, item in value.items() for k, v in _leaves(item, path + pointer(key)).items()}
    if isinstance(value, list) and value:
        return {k: v for at, item in enumerate(value) for k, v in _leaves(item, path + pointer(at)).items()}
    return {path: value}
