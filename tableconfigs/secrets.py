"""Which keys hold secrets, and how they are shown."""

import re
from typing import Any

MASK = "*****"
_ENDINGS = (
    *("secret", "password", "passphrase", "token", "keytab", "apikey", "userinfo", "jaasconfig", "credentials"),
    *("sslclientkey", "sslkey", "keystorekey", "keypem", "secretkey", "privatekey", "accesskey"),
)
_REFERENCE = re.compile(r"\$\{(?:(?:secret|env):)?[^}:]+\}|\$\{file:[^}]+\}")
_URL_LOGIN = re.compile(r"(?<=://)[^/\s@,]*:[^/\s@,]*(?=@)")


def is_secret(key: str) -> bool:
    """Whether a value under `key` is never shown: `db.password`, `apiKey`, `api-key`, `basic.auth.user.info`..."""
    plain = "".join(char for char in key.lower() if char.isalnum())
    return plain.endswith(_ENDINGS)


def mask(value: Any, key: str = "") -> Any:
    """A copy of a JSON value with every secret scalar replaced by `*****`, and logins in addresses likewise.

    What is nothing but a reference stays: it reveals a name only.
    """
    if isinstance(value, dict):
        return {name: mask(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [mask(item, key) for item in value]
    if is_secret(key):
        return value if value in (None, "") or (isinstance(value, str) and _REFERENCE.fullmatch(value)) else MASK
    return _URL_LOGIN.sub(MASK, value) if isinstance(value, str) else value


def unmask(value: Any, stored: Any, key: str = "") -> Any:
    """A copy of `value` in which what was masked is what `stored` holds there: a masked answer can be sent back."""
    if isinstance(value, dict) and isinstance(stored, dict):
        return {name: unmask(item, stored.get(name), name) for name, item in value.items()}
    if isinstance(value, list) and isinstance(stored, list) and len(value) == len(stored):
        return [unmask(item, old, key) for item, old in zip(value, stored, strict=True)]
    masked = isinstance(value, str) and MASK in value and stored is not None
    return stored if masked and value == mask(stored, key) else value
