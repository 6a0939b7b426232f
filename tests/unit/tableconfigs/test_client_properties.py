"""Kafka's Java client properties in librdkafka's words: what is translated, what is refused and with which advice."""

from __future__ import annotations

import base64

import pytest
from confluent_kafka import Consumer
from hypothesis import given, settings
from hypothesis import strategies as st

from tableconfigs.client_properties import translate
from tableconfigs.jaas import LoginModule

KAFKA = "org.apache.kafka.common.security"
PLAIN = f"{KAFKA}.plain.PlainLoginModule"
SCRAM = f"{KAFKA}.scram.ScramLoginModule"
OAUTH = f"{KAFKA}.oauthbearer.OAuthBearerLoginModule"
PEM = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"


def translated(properties: dict[str, str]) -> dict[str, str]:
    made = translate(properties)
    assert (made.problems, made.unknown) == ([], [])
    return made.settings


def refusal(properties: dict[str, str]) -> str:
    (problem, *_) = translate(properties).problems
    return f"{problem[0]}: {problem[1]}"


@pytest.mark.parametrize("shaded", ["", "org.apache.pinot.shaded.", "com.example.deep."])
def test_plain_and_scram_logins_become_user_and_password(shaded: str) -> None:
    for module, mechanism in ((PLAIN, "PLAIN"), (SCRAM, "SCRAM-SHA-512")):
        made = translated(
            {
                "security.protocol": "SASL_SSL",
                "sasl.mechanism": mechanism,
                "sasl.jaas.config": f'{shaded}{module} required username="al ice" password="a\\"b\\\\c;=" ;',
            }
        )
        assert made == {
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": mechanism,
            "sasl.username": "al ice",
            "sasl.password": 'a"b\\c;=',
        }


def test_the_login_module_says_the_mechanism_when_nothing_else_does() -> None:
    made = translated({"security.protocol": "SASL_SSL", "sasl.jaas.config": f"{PLAIN} required username=u password=p;"})
    assert made["sasl.mechanisms"] == "PLAIN"


def test_an_oauth_login_becomes_oidc() -> None:
    made = translated(
        {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "OAUTHBEARER",
            "sasl.login.callback.handler.class": f"{KAFKA}.oauthbearer.OAuthBearerLoginCallbackHandler",
            "sasl.oauthbearer.token.endpoint.url": "https://login.example/token",
            "sasl.jaas.config": f'{OAUTH} required clientId="me" clientSecret="s" scope="kafka" extension_pool="p1";',
        }
    )
    assert made | {"security.protocol": "", "sasl.mechanisms": ""} == {
        "security.protocol": "",
        "sasl.mechanisms": "",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.token.endpoint.url": "https://login.example/token",
        "sasl.oauthbearer.client.id": "me",
        "sasl.oauthbearer.client.secret": "s",
        "sasl.oauthbearer.scope": "kafka",
        "sasl.oauthbearer.extensions": "pool=p1",
    }


@pytest.mark.parametrize(
    ("jaas", "advice"),
    [
        ("com.sun.security.auth.module.JndiLoginModule required;", "login module JndiLoginModule is not known here"),
        ("com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true;", "must be one of PlainLoginModule"),
        ("software.amazon.msk.auth.iam.IAMLoginModule required;", "IAMLoginModule is not known here"),
        (f"evil{PLAIN} required username=u password=p;", "is not known here"),
        (f"{PLAIN} required username=u password=p", "must be a login module as in"),
        (f"{PLAIN} username=u password=p;", "must be a login module as in"),
        (f'{PLAIN} required username="u;', "a quote is not closed"),
        (f"{PLAIN} required username u;", "options must be"),
        (f"{PLAIN} required username=u; {PLAIN} required username=u;", "options must be"),
        (f"{PLAIN} required tokenauth=true username=u;", "option tokenauth of the login module has no meaning here"),
        ("", "sasl.mechanism must say how"),
    ],
)
def test_other_logins_are_refused_by_name_and_quote_no_value(jaas: str, advice: str) -> None:
    assert advice in refusal({"security.protocol": "SASL_SSL", "sasl.jaas.config": jaas})


def test_a_login_for_another_mechanism_is_refused() -> None:
    text = refusal({"sasl.mechanism": "PLAIN", "sasl.jaas.config": f"{SCRAM} required username=u password=p;"})
    assert "sasl.jaas.config is for SCRAM, sasl.mechanism says PLAIN" in text
    assert "says nothing" in refusal({"sasl.jaas.config": f"{SCRAM} required username=u password=p;"})


@settings(deadline=None)
@given(user=st.text(min_size=1), password=st.text(min_size=1))
def test_every_quoted_login_is_read_back(user: str, password: str) -> None:
    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"')

    module = LoginModule.parse(f'{PLAIN} required username="{quoted(user)}" password="{quoted(password)}";')
    assert module.options == {"username": user, "password": password}
    assert "password" not in repr(module)


@pytest.mark.parametrize(
    ("properties", "made"),
    [
        ({"ssl.truststore.type": "PEM", "ssl.truststore.location": "ca.txt"}, {"ssl.ca.location": "ca.txt"}),
        ({"ssl.truststore.location": "ca.pem", "ssl.truststore.password": "x"}, {"ssl.ca.location": "ca.pem"}),
        ({"ssl.truststore.certificates": PEM}, {"ssl.ca.pem": PEM.strip()}),
        ({"ssl.keystore.location": "me.pem", "ssl.key.password": "x"},
         {"ssl.key.location": "me.pem", "ssl.certificate.location": "me.pem", "ssl.key.password": "x"}),
        ({"ssl.keystore.location": "me.p12", "ssl.keystore.password": "x"},
         {"ssl.keystore.location": "me.p12", "ssl.keystore.password": "x"}),
        ({"ssl.keystore.type": "PKCS12", "ssl.keystore.location": "me.jks", "ssl.keystore.password": "x"},
         {"ssl.keystore.location": "me.jks", "ssl.keystore.password": "x"}),
        ({"ssl.keystore.key": "k", "ssl.keystore.certificate.chain": "c"}, {"ssl.key.pem": "k", "ssl.certificate.pem": "c"}),
    ],
)  # fmt: skip
def test_key_and_trust_stores(properties: dict[str, str], made: dict[str, str]) -> None:
    assert translated(properties) == made


@pytest.mark.parametrize("store", ["truststore", "keystore"])
def test_java_key_stores_are_refused_with_the_way_to_convert_them(store: str) -> None:
    assert "cannot be read" in refusal({f"ssl.{store}.location": "/etc/kafka/store.jks"})
    assert "keytool" in refusal({f"ssl.{store}.location": "/etc/kafka/store"})


def test_pinot_s_base64_certificates_become_pem() -> None:
    der, pem = base64.b64encode(b"\x30\x03abc").decode(), base64.b64encode(PEM.encode()).decode()
    made = translate(
        {
            "stream.kafka.ssl.server.certificate": pem,
            "stream.kafka.ssl.client.certificate": der,
            "stream.kafka.ssl.client.key": der,
            "stream.kafka.ssl.client.key.algorithm": "RSA",
            "ssl.truststore.location": "/will/be/written.jks",
            "ssl.keystore.location": "/will/be/written.jks",
        }
    )
    assert made.problems == []
    assert made.settings["ssl.ca.pem"] == PEM
    assert made.settings["ssl.key.pem"].startswith("-----BEGIN PRIVATE KEY-----\nMANhYmM=")
    assert ("ssl.truststore.location", "has no effect: stream.kafka.ssl.server.certificate is taken as it is") in (
        made.warnings
    )
    assert "must be base64" in refusal({"stream.kafka.ssl.client.key": "not base64!"})


@pytest.mark.parametrize(
    ("key", "value", "advice"),
    [
        ("sasl.oauthbearer.token.endpoint.url", "http://169.254.169.254/", "must be an https:// address"),
        ("sasl.login.callback.handler.class", "a.B", "only Kafka's OAuthBearerLoginCallbackHandler has a meaning"),
        ("sasl.mechanism", "AWS_MSK_IAM", "must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER"),
        ("sasl.machanism", "PLAIN", "did you mean 'sasl.mechanism'?"),
        ("ssl.endpoint.identification.algorithm", "", "must be one of https"),
        ("check.crcs", "yes", "must be true or false"),
        ("fetch.min.bytes", "0", "must be a whole number of at least 1"),
    ],
)
def test_what_cannot_be_translated_is_refused_by_name(key: str, value: str, advice: str) -> None:
    text = refusal({key: value})
    assert text.startswith(f"{key}: ")
    assert advice in text


def test_secrets_that_are_not_known_yet_are_left_as_they_are() -> None:
    late = {"sasl.mechanism": "${secret:mechanism}", "sasl.jaas.config": "${file:jaas.conf}"}
    assert translated(late) == {"sasl.mechanisms": "${secret:mechanism}"}


def test_librdkafka_takes_what_is_made_of_a_whole_config() -> None:
    made = translated(
        {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.jaas.config": f"{SCRAM} required username=u password=p;",
            "client.id": "me",
            "fetch.max.wait.ms": "50",
            "receive.buffer.bytes": "65536",
        }
    )
    Consumer({"group.id": "none", **made}, logger=None).close()
