"""Kafka's consumer properties, which stand by their bare names in a stream config (contract 3.4; streams 11).

An allow-list: a table config comes from whoever may upload one, so it names no classes, libraries or commands
(CVE-2023-25194 and its kin). Files and secrets are taken from the service's folder of secrets only.
"""

from dataclasses import dataclass

from tableconfigs.options.option import Fate, Kind, Option

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
STORE_TYPES = ("PEM", "PKCS12", "JKS")

_NO_GROUP = "there is no consumer group"
_NO_COMMIT = "offsets are committed with segments, not to Kafka"
_NO_ZOOKEEPER = "Kafka is not read through ZooKeeper"
_OPENSSL = "OpenSSL's choice is taken"
_REFERENCE = "write the secret as ${secret:NAME}, ${file:PATH} or ${env:NAME}"
_NO_CLASSES = "no classes are loaded: leave it out"
_LOGIN = "use PLAIN, SCRAM, OAUTHBEARER or client certificates"
_TO_PEM = "in PEM; convert a JKS store with keytool and openssl, or write the certificates as text"


@dataclass(frozen=True, slots=True)
class ClientOption(Option):
    """A property of Kafka's Java client; `librdkafka` is the name of the same thing there, when there is one."""

    librdkafka: str = ""

    @property
    def is_renamed(self) -> bool:
        """Whether librdkafka calls it otherwise."""
        return self.librdkafka not in ("", self.path)


def _passed(path: str, kind: Kind, doc: str, librdkafka: str = "", low: float | None = None,
            choices: tuple[str, ...] = ()) -> ClientOption:  # fmt: skip
    return ClientOption(path, kind, None, Fate.HONOURED, doc, choices, low=low, librdkafka=librdkafka or path)


def _translated(path: str, doc: str, choices: tuple[str, ...] = ()) -> ClientOption:
    return ClientOption(path, Kind.TEXT, None, Fate.OWN_WAY, doc, choices)


def _without_effect(path: str, kind: Kind, why: str) -> ClientOption:
    return ClientOption(path, kind, None, Fate.WITHOUT_EFFECT, why)


def _refused(path: str, instead: str) -> ClientOption:
    return ClientOption(path, Kind.TEXT, None, Fate.REFUSED, instead)


_CONNECTION = (
    _passed("client.id", Kind.TEXT, "Name of the client in the broker's logs and quotas."),
    _passed("client.rack", Kind.TEXT, "Reads from the replica in this rack."),
    _passed("client.dns.lookup", Kind.TEXT, "How host names of brokers are looked up.",
            choices=("use_all_dns_ips", "resolve_canonical_bootstrap_servers_only")),
    _passed("check.crcs", Kind.FLAG, "Checks the checksum of each batch."),
    _passed("fetch.max.bytes", Kind.WHOLE, "Bytes of one fetch.", low=0),
    _passed("fetch.min.bytes", Kind.WHOLE, "Bytes that the broker waits for.", low=1),
    _passed("fetch.max.wait.ms", Kind.WHOLE, "How long it waits for them.", "fetch.wait.max.ms", low=0),
    _passed("max.partition.fetch.bytes", Kind.WHOLE, "Bytes of one partition in a fetch.", low=1),
    _passed("receive.buffer.bytes", Kind.WHOLE, "Socket buffer.", "socket.receive.buffer.bytes", low=0),
    _passed("send.buffer.bytes", Kind.WHOLE, "Socket buffer.", "socket.send.buffer.bytes", low=0),
    _passed("request.timeout.ms", Kind.WHOLE, "Longest wait for an answer.", "socket.timeout.ms", low=10),
    _passed("socket.connection.setup.timeout.ms", Kind.WHOLE, "Longest wait for a connection.", low=1000),
    _passed("connections.max.idle.ms", Kind.WHOLE, "Idle connections are closed.", low=0),
    _passed("metadata.max.age.ms", Kind.WHOLE, "How often brokers are asked who leads.",
            "topic.metadata.refresh.interval.ms", low=-1),
    _passed("reconnect.backoff.ms", Kind.WHOLE, "First wait before connecting again.", low=0),
    _passed("reconnect.backoff.max.ms", Kind.WHOLE, "Longest wait before connecting again.", low=0),
    _passed("retry.backoff.ms", Kind.WHOLE, "First wait before a request is repeated.", low=1),
    _passed("retry.backoff.max.ms", Kind.WHOLE, "Longest wait before a request is repeated.", low=1),
)  # fmt: skip

_SASL = (
    _passed("security.protocol", Kind.TEXT, "How brokers are spoken to; `PLAINTEXT` if not said.", choices=PROTOCOLS),
    _passed("sasl.mechanism", Kind.TEXT, "Also as `sasl.mechanisms`.", "sasl.mechanisms", choices=MECHANISMS),
    _passed("sasl.mechanisms", Kind.TEXT, "librdkafka's name of `sasl.mechanism`.", choices=MECHANISMS),
    _translated("sasl.jaas.config", "Read for user name and password, or for client id, secret and scope: the login "
                "modules `PlainLoginModule`, `ScramLoginModule` and `OAuthBearerLoginModule`, with any shaded prefix."),
    _passed("sasl.username", Kind.TEXT, "In place of `sasl.jaas.config`."),
    _passed("sasl.password", Kind.TEXT, f"In place of `sasl.jaas.config`; {_REFERENCE}."),
    _passed("sasl.oauthbearer.token.endpoint.url", Kind.TEXT, "Where tokens are asked for; https."),
    _passed("sasl.oauthbearer.client.credentials.client.id", Kind.TEXT, "Client id.", "sasl.oauthbearer.client.id"),
    _passed("sasl.oauthbearer.client.credentials.client.secret", Kind.TEXT, f"Client secret; {_REFERENCE}.",
            "sasl.oauthbearer.client.secret"),
    _passed("sasl.oauthbearer.client.id", Kind.TEXT, "librdkafka's name of the client id."),
    _passed("sasl.oauthbearer.client.secret", Kind.TEXT, f"librdkafka's name of the client secret; {_REFERENCE}."),
    _passed("sasl.oauthbearer.scope", Kind.TEXT, "Scope of the token."),
    _passed("sasl.oauthbearer.extensions", Kind.TEXT, "`key=value,...` sent with the token."),
    _translated("sasl.login.callback.handler.class", "Only Kafka's own `OAuthBearerLoginCallbackHandler`."),
    _refused("sasl.client.callback.handler.class", _NO_CLASSES),
    _refused("sasl.login.class", _NO_CLASSES),
    _refused("sasl.kerberos.service.name", f"Kerberos is not spoken: {_LOGIN}"),
    _refused("sasl.kerberos.kinit.cmd", f"no commands are run: {_LOGIN}"),
)  # fmt: skip

_TLS = (
    _passed("ssl.endpoint.identification.algorithm", Kind.TEXT, "The check of the broker's name stays on.",
            choices=("https",)),
    _translated("ssl.truststore.type", "Type of the file; `PEM` is read.", STORE_TYPES),
    _translated("ssl.truststore.location", f"File to trust, {_TO_PEM} in `ssl.truststore.certificates`."),
    _without_effect("ssl.truststore.password", Kind.TEXT, "certificates in PEM have no password"),
    _passed("ssl.truststore.certificates", Kind.TEXT, "Certificates to trust, as PEM text.", "ssl.ca.pem"),
    _translated("ssl.keystore.type", "Type of the file; `PEM` and `PKCS12` are read.", STORE_TYPES),
    _translated("ssl.keystore.location", f"File of the client's key and certificate: PKCS12, or both {_TO_PEM} in "
                "`ssl.keystore.key` and `ssl.keystore.certificate.chain`."),
    _translated("ssl.keystore.password", "Password of a PKCS12 file; without effect for PEM."),
    _passed("ssl.keystore.key", Kind.TEXT, f"The client's key, as PEM text; {_REFERENCE}.", "ssl.key.pem"),
    _passed("ssl.keystore.certificate.chain", Kind.TEXT, "Its certificate, as PEM text.", "ssl.certificate.pem"),
    _passed("ssl.key.password", Kind.TEXT, f"Password of the key; {_REFERENCE}."),
    _passed("ssl.ca.location", Kind.TEXT, "librdkafka's name: file of certificates to trust, PEM."),
    _passed("ssl.ca.pem", Kind.TEXT, "librdkafka's name of `ssl.truststore.certificates`."),
    _passed("ssl.certificate.location", Kind.TEXT, "librdkafka's name: file of the client's certificate, PEM."),
    _passed("ssl.certificate.pem", Kind.TEXT, "librdkafka's name of `ssl.keystore.certificate.chain`."),
    _passed("ssl.key.location", Kind.TEXT, "librdkafka's name: file of the client's key, PEM."),
    _passed("ssl.key.pem", Kind.TEXT, "librdkafka's name of `ssl.keystore.key`."),
    _translated("stream.kafka.ssl.server.certificate", "Pinot's form: a certificate to trust, base64 of PEM or DER."),
    _translated("stream.kafka.ssl.client.certificate", "Pinot's form: the client's certificate, base64 of PEM or DER."),
    _translated("stream.kafka.ssl.client.key", f"Pinot's form: the client's PKCS8 key in base64; {_REFERENCE}."),
    _without_effect("stream.kafka.ssl.client.key.algorithm", Kind.TEXT, "the key says what it is"),
    _without_effect("stream.kafka.ssl.certificate.type", Kind.TEXT, "certificates are X.509"),
    _without_effect("ssl.protocol", Kind.TEXT, _OPENSSL),
    _without_effect("ssl.enabled.protocols", Kind.LIST, _OPENSSL),
    _without_effect("ssl.provider", Kind.TEXT, _OPENSSL),
    _without_effect("ssl.trustmanager.algorithm", Kind.TEXT, _OPENSSL),
    _without_effect("ssl.keymanager.algorithm", Kind.TEXT, _OPENSSL),
    _without_effect("ssl.secure.random.implementation", Kind.TEXT, _OPENSSL),
    _refused("ssl.cipher.suites", "Java's names of cipher suites are not OpenSSL's: leave it out"),
    _refused("ssl.engine.factory.class", _NO_CLASSES),
)  # fmt: skip

_WITHOUT_EFFECT = tuple(
    _without_effect(path, Kind.TEXT, why)
    for path, why in {
        "auto.offset.reset": "an offset that is gone is never stepped over silently",
        "bootstrap.servers": "`stream.kafka.broker.list` names the brokers",
        "group.id": _NO_GROUP,
        "group.instance.id": _NO_GROUP,
        "group.protocol": _NO_GROUP,
        "partition.assignment.strategy": _NO_GROUP,
        "max.poll.interval.ms": _NO_GROUP,
        "session.timeout.ms": _NO_GROUP,
        "heartbeat.interval.ms": _NO_GROUP,
        "rebalance.max.retries": _NO_GROUP,
        "rebalance.backoff.ms": _NO_GROUP,
        "max.poll.records": "batches are bounded by bytes",
        "enable.auto.commit": _NO_COMMIT,
        "auto.commit.enable": _NO_COMMIT,
        "auto.commit.interval.ms": _NO_COMMIT,
        "key.deserializer": "the decoder reads raw bytes",
        "value.deserializer": "the decoder reads raw bytes",
        "default.api.timeout.ms": "the service sets its own deadlines",
        "allow.auto.create.topics": "topics are never created by reading",
        "exclude.internal.topics": "topics are read by name",
        "zookeeper.connect": _NO_ZOOKEEPER,
        "zookeeper.session.timeout.ms": _NO_ZOOKEEPER,
        "zookeeper.connection.timeout.ms": _NO_ZOOKEEPER,
        "zookeeper.sync.time.ms": _NO_ZOOKEEPER,
    }.items()
)

_REFUSED = (
    _refused("config.providers", "references need no providers: " + _REFERENCE),
    _refused("security.providers", _NO_CLASSES),
    _refused("interceptor.classes", _NO_CLASSES),
    _refused("metric.reporters", "no classes are loaded: metrics are at /metrics"),
    _refused("plugin.library.paths", "no libraries are loaded: leave it out"),
)

CLIENT_OPTIONS: tuple[ClientOption, ...] = (*_CONNECTION, *_SASL, *_TLS, *_WITHOUT_EFFECT, *_REFUSED)

REFUSED_PREFIXES = ("sasl.", "ssl.", "stream.kafka.ssl.", "config.providers.", "security.", "metrics.")
"""Below these nothing else is taken: who sets security properties must know that they hold."""
