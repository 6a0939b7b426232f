"""The reference page of every option, as Markdown: `python -m tableconfigs.options.reference_page`.

Printed to standard output; `docs/table-configs.md` holds it, and a test checks that it is current.
"""

import json
import sys
from collections.abc import Iterable, Iterator

from tableconfigs.options.client_options import ClientOption
from tableconfigs.options.decoder_options import DECODER_OPTIONS
from tableconfigs.options.option import Fate, Option
from tableconfigs.options.registry import schema_options, stream_options, table_options

_HEAD = """# Every key of table configs and schemas

Made from the registry of options (`tableconfigs/options`), which also drives the checks of uploads: do not edit it.
How the keys play together is told in [tables](tables.md).

The fate of a key:

* **honoured**: it does what it does in Pinot;
* **in our own way**: what it is for is done, by other means;
* **without effect**: it is read, kept, and warned about in the answer to an upload and in the log;
* **refused**: a config that sets it is not taken; the error says what to write instead.

Scalars are read leniently: a number may be written as text, and text as a number. Keys that are not here are never
an error: they come back under `unrecognizedProperties`, with a warning where a known key is close. `[]` stands for each
entry of a list, `*` for each key of a map.
"""
_SECRETS = """
## Secrets

`${NAME}`, `${NAME:default}` and `${env:NAME}` are variables of the service's environment. `${secret:NAME}` is the file
`NAME` in the folder of the setting `secrets_dir`; `${file:PATH}` a file below that folder, `${file:PATH:KEY}` one line
`KEY=value` of such a file. The last three may stand in properties of the Kafka client and of decoders; they are read by
the process that connects, at the time when it does, and never stored. Files that a property names (`...location`,
`descriptorFile`) must lie in the same folder. A secret that is written out is taken, stored as written, and warned
about; no answer, log or metric shows it.
"""
_FATES = {
    Fate.HONOURED: "honoured",
    Fate.OWN_WAY: "in our own way",
    Fate.WITHOUT_EFFECT: "without effect",
    Fate.REFUSED: "refused",
}


def reference_page() -> str:
    """The whole page."""
    table = list(table_options().values())
    kafka = [option for option in stream_options().values() if isinstance(option, ClientOption)]
    pinot = [o for o in stream_options().values() if not isinstance(o, ClientOption) and o not in DECODER_OPTIONS]
    parts = [
        _HEAD,
        "\n## Table config\n",
        *_table(table),
        "\n## Stream config\n\nIn `ingestionConfig.streamIngestionConfig.streamConfigMaps[]`, or in ",
        "`tableIndexConfig.streamConfigs`.\n",
        *_table(pinot),
        "\n## Properties of decoders\n",
        *_table(DECODER_OPTIONS),
        "\n## Kafka's client properties\n\nBy their bare names, as Kafka's Java client calls them.\n",
        *_table(kafka),
        _SECRETS,
        "\n## Schema\n",
        *_table(schema_options().values()),
    ]
    return "".join(parts)


def _table(options: Iterable[Option]) -> Iterator[str]:
    yield "\n| key | value | default | fate | what it does |\n| --- | --- | --- | --- | --- |\n"
    for option in options:
        yield f"| {_key(option)} | {_value(option)} | {_default(option)} | {_FATES[option.fate]} | {_doc(option)} |\n"


def _key(option: Option) -> str:
    also = "".join(f", `{alias}`" for alias in option.aliases)
    return f"`{option.path}`{also}"


def _value(option: Option) -> str:
    words = ", ".join(f"`{choice}`" for choice in option.choices)
    bounds = [f"from {option.low:g}"] if option.low is not None else []
    bounds += [f"to {option.high:g}"] if option.high is not None else []
    return " ".join([words or str(option.kind), *bounds])


def _default(option: Option) -> str:
    empty = option.default is None or option.default in ("", [], {})
    return "" if empty else f"`{json.dumps(option.default).strip(chr(34))}`"


def _doc(option: Option) -> str:
    said = f" (librdkafka: `{option.librdkafka}`)" if isinstance(option, ClientOption) and option.is_renamed else ""
    text = option.doc[0].upper() + option.doc[1:].rstrip(".")
    return f"{text}{said}".replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference_page())
