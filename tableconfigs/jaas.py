"""`sasl.jaas.config`: one login module of Java's JAAS grammar, read without ever loading it."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<mark>[=;])|(?P<word>[^\s"=;]+))', re.DOTALL)
_FLAGS = ("required", "requisite", "sufficient", "optional")

MODULES = {
    "org.apache.kafka.common.security.plain.PlainLoginModule": "PLAIN",
    "org.apache.kafka.common.security.scram.ScramLoginModule": "SCRAM",
    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule": "OAUTHBEARER",
}
"""The login modules that have a meaning here, by the mechanism that they are for."""


@dataclass(frozen=True, slots=True, repr=False)
class LoginModule:
    """What a config says: `mechanism` is PLAIN, SCRAM or OAUTHBEARER. Not shown in any repr: options hold secrets."""

    mechanism: str
    options: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> "LoginModule":
        """Read `module flag key="value" ...;`. Raises ValueError, which quotes names only."""
        tokens = _tokens(text)
        if len(tokens) < 3 or tokens[-1] != (";", True) or tokens[1][0] not in _FLAGS:
            raise ValueError('must be a login module as in PlainLoginModule required username="..." password="...";')
        return cls(_mechanism(tokens[0][0]), _options(tokens[2:-1]))


def _mechanism(module: str) -> str:
    """The mechanism of a class name, whatever it is shaded with."""
    for name, mechanism in MODULES.items():
        if module == name or module.endswith(f".{name}"):
            return mechanism
    known = ", ".join(name.rpartition(".")[2] for name in MODULES)
    raise ValueError(f"login module {module.rpartition('.')[2]} is not known here, must be one of {known}")


def _tokens(text: str) -> list[tuple[str, bool]]:
    """Each token with whether it is a mark, `=` or `;`."""
    tokens, at, plain = [], 0, text.strip()
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise ValueError("a quote is not closed")
        quoted = match["quoted"]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["mark"] or match["word"]
        tokens.append((value, match["mark"] is not None))
        at = match.end()
    return tokens


def _options(tokens: list[tuple[str, bool]]) -> dict[str, str]:
    names, marks, values = tokens[::3], tokens[1::3], tokens[2::3]
    whole = len(names) == len(marks) == len(values) and all(mark == ("=", True) for mark in marks)
    if not whole or any(is_mark for _, is_mark in (*names, *values)):
        raise ValueError('options must be key="value" pairs of one login module')
    return {name: value for (name, _), (value, _) in zip(names, values, strict=True)}
