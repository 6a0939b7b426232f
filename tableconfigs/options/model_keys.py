"""The keys that a model reads, with type, default and choices, found in its annotations."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from tableconfigs.options.option import Kind, Option, Said
from tableconfigs.parsing import PinotModel

_KINDS: dict[object, Kind] = {str: Kind.TEXT, int: Kind.WHOLE, float: Kind.NUMBER, bool: Kind.FLAG}


def options_of(model: type[PinotModel], fates: Mapping[str, Said], prefix: str = "") -> Iterator[Option]:
    """Every key below `prefix`, sections before what they hold. A key without a fate of its own has its section's.

    Raises KeyError for a key that neither has.
    """
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        said = fates.get(path) or _inherited(path, fates)
        section, step = _section(field.annotation)
        yield Option(path + step.removesuffix(".*"), kind_of(field.annotation), default_of(field), said.fate, said.doc,
                     choices=choices_of(field.annotation))  # fmt: skip
        if section is not None:
            yield from options_of(section, fates, f"{path}{step}.")


def _inherited(path: str, fates: Mapping[str, Said]) -> Said:
    above = path
    while "." in above:
        above = above.rpartition(".")[0]
        for written in (above, above.removesuffix("[]"), above.removesuffix(".*")):
            if written in fates:
                return fates[written]
    raise KeyError(f"{path} has no fate")


def _plain(annotation: Any) -> Any:
    """The annotation without metadata and without `None`."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        (inner,) = [part for part in get_args(annotation) if part is not NoneType]
        return _plain(inner)
    return annotation


def _section(annotation: Any) -> tuple[type[PinotModel] | None, str]:
    """The model that reads what stands under a key, and the step that leads to it: nothing, `[]` or `.*`."""
    plain = _plain(annotation)
    origin, arguments = get_origin(plain), get_args(plain)
    inner, step = plain, ""
    if origin is list:
        inner, step = _plain(arguments[0]), "[]"
    elif origin is dict:
        inner, step = _plain(arguments[1]), ".*"
    is_section = isinstance(inner, type) and issubclass(inner, PinotModel)
    return (inner, step) if is_section else (None, "")


def kind_of(annotation: Any) -> Kind:
    """What a field with this annotation takes."""
    plain = _plain(annotation)
    if get_origin(plain) is list:
        return Kind.LIST
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return Kind.TEXT
    return _KINDS.get(plain, Kind.OBJECT)


def choices_of(annotation: Any) -> tuple[str, ...]:
    """The words of an enumeration; of a list or a map, those of its values."""
    plain = _plain(annotation)
    if get_origin(plain) in (list, dict):
        plain = _plain(get_args(plain)[-1])
    return tuple(plain) if isinstance(plain, type) and issubclass(plain, StrEnum) else ()


def default_of(field: FieldInfo) -> Any:
    """None when there is none, or when the key must be written."""
    value = None if field.is_required() else field.default
    return value.printed() if isinstance(value, PinotModel) else value
