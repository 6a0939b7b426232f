"""Properties of Kafka's Java client in librdkafka's words (contract 3.4; streams 11). Pure: no file is opened here.

What stands by a bare name in a stream config goes through `translate`. References to secrets that are not resolved
yet stay in the values; what depends on their content is checked once it is known, where the client is made.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from tableconfigs.jaas import LoginModule
from tableconfigs.options.client_options import CLIENT_OPTIONS, REFUSED_PREFIXES, ClientOption
from tableconfigs.options.option import Fate, Kind
from tableconfigs.problems import did_you_mean
from tableconfigs.references import is_late

OPTIONS: Mapping[str, ClientOption] = {option.path: option for option in CLIENT_OPTIONS}

_OAUTH_HANDLER = "OAuthBearerLoginCallbackHandler"


@dataclass(slots=True)
class Translation:
    """`settings` are librdkafka's; warnings and problems are `(key, sentence)`; `unknown` keys are no properties."""

    settings: dict[str, str] = field(default_factory=dict, repr=False)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def translate(properties: Mapping[str, str]) -> Translation:
    """librdkafka's settings for `properties`, and what is to be said of them. Sentences quote no values."""
    made = Translation()
    for key, value in properties.items():
        _one(key, value.strip(), made)
    _stores(properties, made)
    _certificates(properties, made)
    _login(properties, made)
    return made


def _one(key: str, value: str, made: Translation) -> None:
    option = OPTIONS.get(key)
    if option is None:
        _not_listed(key, made)
    elif option.fate is Fate.REFUSED:
        made.problems.append((key, f"{key} is not taken: {option.doc}"))
    elif option.fate is Fate.WITHOUT_EFFECT:
        made.warnings.append((key, f"has no effect: {option.doc}"))
    elif wrong := _wrong(option, value):
        made.problems.append((key, f"{key} {wrong}"))
    elif option.librdkafka:
        made.settings[option.librdkafka] = value


def _not_listed(key: str, made: Translation) -> None:
    if key.startswith(REFUSED_PREFIXES):
        made.problems.append((key, f"{key} is not a property that is known here{did_you_mean(key, OPTIONS)}"))
    else:
        made.unknown.append(key)


def _wrong(option: ClientOption, value: str) -> str | None:
    """What would be right, when the value is wrong."""
    if is_late(value):
        return None
    if option.choices:
        words = {choice.upper() for choice in option.choices}
        return None if value.upper() in words else f"must be one of {', '.join(option.choices)}"
    if option.path == "sasl.oauthbearer.token.endpoint.url" and not value.lower().startswith("https://"):
        return "must be an https:// address"
    if option.kind is Kind.FLAG:
        return None if value.lower() in {"true", "false"} else "must be true or false"
    return _wrong_number(option, value) if option.kind is Kind.WHOLE else None


def _wrong_number(option: ClientOption, value: str) -> str | None:
    bound = "" if option.low is None else f" of at least {option.low:g}"
    try:
        fits = option.low is None or int(value) >= option.low
    except ValueError:
        fits = False
    return None if fits else f"must be a whole number{bound}"


# Files of keys and certificates


def _stores(properties: Mapping[str, str], made: Translation) -> None:
    trusted, own = properties.get("ssl.truststore.location"), properties.get("ssl.keystore.location")
    if trusted and not _pinot_wrote(properties, made, "ssl.truststore.location", "server.certificate"):
        _trust_store(trusted, _store_type(properties, "ssl.truststore"), made)
    if own and not _pinot_wrote(properties, made, "ssl.keystore.location", "client.certificate"):
        _key_store(own, _store_type(properties, "ssl.keystore"), properties, made)


def _pinot_wrote(properties: Mapping[str, str], made: Translation, key: str, certificate: str) -> bool:
    """Whether Pinot would write that file itself, from a certificate in the config."""
    if f"stream.kafka.ssl.{certificate}" not in properties:
        return False
    made.warnings.append((key, f"has no effect: stream.kafka.ssl.{certificate} is taken as it is"))
    return True


def _store_type(properties: Mapping[str, str], store: str) -> str:
    """As written, or as the file's name says; JKS is Java's default."""
    written = properties.get(f"{store}.type", "").strip().upper()
    name = properties.get(f"{store}.location", "").strip().lower()
    if written:
        return written
    if name.endswith((".pem", ".crt", ".cer")):
        return "PEM"
    return "PKCS12" if name.endswith((".p12", ".pfx")) else "JKS"


def _trust_store(location: str, kind: str, made: Translation) -> None:
    if kind == "PEM":
        made.settings["ssl.ca.location"] = location.strip()
        return
    text = (
        f"a {kind} trust store cannot be read: write its certificates to a PEM file (keytool -list -rfc -keystore ...) "
        "and set ssl.truststore.type to PEM, or write them as text in ssl.truststore.certificates"
    )
    made.problems.append(("ssl.truststore.location", text))


def _key_store(location: str, kind: str, properties: Mapping[str, str], made: Translation) -> None:
    if kind == "PEM":
        made.settings |= {"ssl.key.location": location.strip(), "ssl.certificate.location": location.strip()}
    elif kind == "PKCS12":
        made.settings |= {
            "ssl.keystore.location": location.strip(),
            "ssl.keystore.password": properties.get("ssl.keystore.password", "").strip(),
        }
    else:
        text = (
            "a JKS key store cannot be read: convert it (keytool -importkeystore -deststoretype PKCS12 ...) and set "
            "ssl.keystore.type to PKCS12, or write key and certificate in PEM"
        )
        made.problems.append(("ssl.keystore.location", text))


_PINOT_PEM = {
    "stream.kafka.ssl.server.certificate": ("ssl.ca.pem", "CERTIFICATE"),
    "stream.kafka.ssl.client.certificate": ("ssl.certificate.pem", "CERTIFICATE"),
    "stream.kafka.ssl.client.key": ("ssl.key.pem", "PRIVATE KEY"),
}


def _certificates(properties: Mapping[str, str], made: Translation) -> None:
    """Pinot's base64 forms as PEM texts."""
    for key, (librdkafka, label) in _PINOT_PEM.items():
        value = properties.get(key, "").strip()
        if not value or is_late(value):
            continue
        try:
            made.settings[librdkafka] = _pem(value, label)
        except (binascii.Error, ValueError):
            made.problems.append((key, f"{key} must be base64 of PEM or DER"))


def _pem(text: str, label: str) -> str:
    der = base64.b64decode("".join(text.split()), validate=True)
    if der.lstrip().startswith(b"-----BEGIN"):
        return der.decode("ascii")
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


# SASL


def _login(properties: Mapping[str, str], made: Translation) -> None:
    _handler(properties.get("sasl.login.callback.handler.class"), made)
    written = properties.get("sasl.jaas.config", "").strip()
    if written and not (is_late(written) and written.startswith("${")):
        _jaas(written, made)
    mechanism = made.settings.get("sasl.mechanisms", "")
    if mechanism and not is_late(mechanism):
        mechanism = mechanism.upper()
        made.settings["sasl.mechanisms"] = mechanism
    if mechanism == "OAUTHBEARER":
        made.settings["sasl.oauthbearer.method"] = "oidc"
    protocol = properties.get("security.protocol", "").upper()
    if protocol.startswith("SASL") and not mechanism:
        made.problems.append(("security.protocol", "sasl.mechanism must say how: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 "
                              "or OAUTHBEARER"))  # fmt: skip


def _handler(name: str | None, made: Translation) -> None:
    if name and name.rpartition(".")[2] != _OAUTH_HANDLER:
        key = "sasl.login.callback.handler.class"
        made.problems.append((key, f"{key}: no classes are loaded; only Kafka's {_OAUTH_HANDLER} has a meaning"))


_JAAS_SETTINGS = {
    "username": "sasl.username",
    "password": "sasl.password",
    "clientId": "sasl.oauthbearer.client.id",
    "clientSecret": "sasl.oauthbearer.client.secret",
    "scope": "sasl.oauthbearer.scope",
}
_JAAS_OPTIONS = {
    "PLAIN": {"username", "password"},
    "SCRAM": {"username", "password"},
    "OAUTHBEARER": {"clientId", "clientSecret", "scope"},
}


def _jaas(written: str, made: Translation) -> None:
    key = "sasl.jaas.config"
    try:
        module = LoginModule.parse(written)
    except ValueError as error:
        made.problems.append((key, f"{key}: {error}"))
        return
    chosen = made.settings.setdefault("sasl.mechanisms", module.mechanism if module.mechanism != "SCRAM" else "")
    if not chosen.upper().startswith(module.mechanism):
        text = f"{key} is for {module.mechanism}, sasl.mechanism says {chosen or 'nothing'}"
        made.problems.append((key, f"{text}: write PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER to match"))
    extensions = {name[10:]: value for name, value in module.options.items() if name.startswith("extension_")}
    if extensions:
        made.settings["sasl.oauthbearer.extensions"] = ",".join(f"{name}={value}" for name, value in extensions.items())
    for name, value in module.options.items():
        if name in _JAAS_OPTIONS[module.mechanism]:
            made.settings[_JAAS_SETTINGS[name]] = value
        elif not name.startswith("extension_"):
            made.problems.append((key, f"{key}: option {name} of the login module has no meaning here, leave it out"))
