"""What is to be said of a config that is taken: keys without effect, in whose place what holds, misspelt keys.

Driven by the registry of options. Values equal to the default are passed over: GET spells them out, and PUT may send
them back.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tableconfigs.options.option import Fate, Option
from tableconfigs.options.registry import hint, schema_options, stream_hint, table_options
from tableconfigs.parsing import Parsed, PinotModel
from tableconfigs.problems import Problem, pointer, unescaped
from tableconfigs.schema import Schema
from tableconfigs.secrets import MASK, mask
from tableconfigs.table import TableConfig


def warnings_of(parsed: Parsed[TableConfig]) -> list[str]:
    """A sentence with its place for each key that is understood and has no effect, is not known, or holds a secret."""
    config, options = parsed.value, table_options()
    ignored = _without_effect(_set(config, Fate.WITHOUT_EFFECT, options))
    of_streams = (warning for stream in config.streams for warning in stream.warnings)
    return [*of_streams, *ignored, *_not_known(parsed.unrecognized, options), *_plain_secrets(parsed.stored)]


def schema_warnings(parsed: Parsed[Schema]) -> list[str]:
    """The same of a schema."""
    options = schema_options()
    ignored = _set(parsed.value, Fate.WITHOUT_EFFECT, options)
    return [*_without_effect(ignored), *_not_known(parsed.unrecognized, options)]


def refusals(config: TableConfig) -> Iterator[Problem]:
    """A problem for each key that is set and whose fate is to be refused; a section that is switched off is not."""
    off = {
        "/upsertConfig": config.upsert_config is not None and not config.upsert_config.is_on,
        "/dedupConfig": config.dedup_config is not None and not config.dedup_config.is_on,
    }
    for place, value, option in _set(config, Fate.REFUSED, table_options()):
        if not off.get(place, False):
            yield Problem(place, value, f"'{option.name}' is not taken: {option.doc}")


Found = tuple[str, object, Option]
"""Place and value of a key, and what the registry says of it."""
Options = Mapping[str, Option]


def _without_effect(found: Iterator[Found]) -> Iterator[str]:
    return (f"{place}: has no effect: {option.doc}" for place, _, option in found)


def _set(section: PinotModel, fate: Fate, options: Options, path: str = "", place: str = "") -> Iterator[Found]:
    """Each key of that fate that is set; below a section without effect or of that fate nothing more is listed."""
    for name, field in type(section).model_fields.items():
        key, value = field.alias or name, getattr(section, name)
        if value == field.get_default(call_default_factory=True):
            continue
        option, at = _option(options, f"{path}{key}"), place + pointer(key)
        if option.fate is fate:
            yield at, value.printed() if isinstance(value, PinotModel) else value, option
        elif option.fate is not Fate.WITHOUT_EFFECT:
            yield from _below(value, fate, options, f"{path}{key}", at)


def _below(value: object, fate: Fate, options: Options, path: str, place: str) -> Iterator[Found]:
    if isinstance(value, PinotModel):
        yield from _set(value, fate, options, f"{path}.", place)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _below(item, fate, options, f"{path}[]", place + pointer(at))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _below(item, fate, options, f"{path}.*", place + pointer(key))


def _option(options: Options, path: str) -> Option:
    return options.get(path) or options[f"{path}[]"]


_STREAMS = ("streamConfigs", "streamConfigMaps")


def _not_known(unrecognized: Mapping[str, object], options: Options) -> Iterator[str]:
    for place in unrecognized:
        *above, key = [unescaped(part) for part in place.split("/")[1:] if not part.isdigit()]
        old = options.get(".".join([*above, key]))
        if old is None and (near := _near(above, key, options)):
            yield f"{place}: not a known key{near}"
        elif old is not None and old.fate is Fate.WITHOUT_EFFECT:
            yield f"{place}: has no effect: {old.doc}"


def _near(above: list[str], key: str, options: Options) -> str:
    in_stream = bool(above) and above[-1] in _STREAMS
    return stream_hint(key) if in_stream else hint(options.values(), key, ".".join(above))


def _plain_secrets(stored: Any, place: str = "", key: str = "") -> Iterator[str]:
    """Secrets that are written out are stored with the config: say how to keep them out."""
    if isinstance(stored, dict):
        for name, item in stored.items():
            yield from _plain_secrets(item, place + pointer(name), name)
    elif isinstance(stored, list):
        for at, item in enumerate(stored):
            yield from _plain_secrets(item, place + pointer(at), key)
    elif isinstance(stored, str) and MASK in str(mask(stored, key)) and "${" not in stored:
        yield f"{place}: a secret is written out here and stored with the config: write ${{secret:NAME}} in its place"
