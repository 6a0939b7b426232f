"""Properties of decoders (contract 3.6): types and defaults are those of the models that read them."""

from collections.abc import Iterator, Mapping

from tableconfigs.decoder_properties import PROPERTIES
from tableconfigs.options.model_keys import choices_of, default_of, kind_of
from tableconfigs.options.option import Option, Said, honoured, no_effect, own_way

PREFIX = "stream.kafka.decoder.prop."

_PEM = "PEM file."
_COMMONS = "As in Commons CSV."
_REGISTRY = "schema.registry."
_DIALECT = own_way("Read as its dialect says; a value of its own is not looked at.")

DECODER_FATES: Mapping[str, Said] = {
    "recordExtractorClass": no_effect("no classes are loaded"),
    "extractRawTimeValues": honoured("Moments of the format stay the numbers that they are stored as."),
    "jsonFormat": honoured("`TEXT` or `AUTO`; binary JSON is not read."),
    "schema": honoured("Required. The writer's schema, as JSON text."),
    "leading.bytes.to.strip": honoured("Bytes before each message that do not belong to it."),
    f"{_REGISTRY}rest.url": honoured("Required. Address of the registry."),
    "cached.schema.map.capacity": honoured("Schemas kept in memory."),
    "basic.auth.credentials.source": honoured("`USER_INFO` or `URL`."),
    "basic.auth.user.info": honoured("`user:password`; write it as `${secret:NAME}`."),
    f"{_REGISTRY}basic.auth.user.info": honoured("The same, as Confluent's serializers spell it."),
    f"{_REGISTRY}ssl.ca.location": honoured(f"Certificates to trust. {_PEM}"),
    f"{_REGISTRY}ssl.truststore.location": honoured(f"Certificates to trust. {_PEM}"),
    f"{_REGISTRY}ssl.truststore.type": honoured("`PEM`."),
    f"{_REGISTRY}ssl.truststore.password": no_effect("certificates in PEM have no password"),
    f"{_REGISTRY}ssl.keystore.location": honoured(f"The client's key and certificate. {_PEM}"),
    f"{_REGISTRY}ssl.keystore.type": honoured("`PEM`."),
    f"{_REGISTRY}ssl.keystore.password": honoured("Password of the key."),
    f"{_REGISTRY}ssl.certificate.location": honoured(f"The client's certificate. {_PEM}"),
    f"{_REGISTRY}ssl.key.location": honoured(f"The client's key. {_PEM}"),
    f"{_REGISTRY}ssl.key.password": honoured("Password of the key."),
    "descriptorFile": honoured(
        "Required. Descriptor set, as `protoc --include_imports` writes it; a file in the folder of `secrets_dir`."
    ),
    "protoClassName": honoured("Required. Full name of the message."),
    "fileFormat": honoured(_COMMONS),
    "header": honoured("Names of the fields; without it the schema's columns in their order."),
    "delimiter": honoured(_COMMONS),
    "commentMarker": honoured(_COMMONS),
    "escapeCharacter": honoured(_COMMONS),
    "multiValueDelimiter": honoured("Between the values of a multi-value column."),
    "nullStringValue": honoured("Text that stands for null; the empty text always does."),
    "skipHeader": honoured("Lines equal to the header are no rows."),
    "ignoreEmptyLines": honoured(_COMMONS),
    "ignoreSurroundingSpaces": honoured(_COMMONS),
    "quoteCharacter": honoured(_COMMONS),
    "quoteMode": _DIALECT,
    "recordSeparator": _DIALECT,
}


def _options() -> Iterator[Option]:
    seen: set[str] = set()
    for model in PROPERTIES.values():
        for name, field in model.model_fields.items():
            written = field.alias or name
            if written not in seen:
                said = DECODER_FATES[written]
                yield Option(PREFIX + written, kind_of(field.annotation), default_of(field), said.fate, said.doc,
                             choices=choices_of(field.annotation))  # fmt: skip
            seen.add(written)


DECODER_OPTIONS: tuple[Option, ...] = tuple(_options())
