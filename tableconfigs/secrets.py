"""Which keys hold secrets, and how they are shown."""

from typing import Any

MASK = "*****"
_ENDINGS = ("secret", "password", "token", "keytab", "apikey", "userinfo", "jaasconfig", "sslclientkey", "sslkey")


def is_secret(key: str) -> bool:
    """Whether a value under `key` is never shown: `db.password`, `apiKey`, `api-key`, `basic.auth.user.info`..."""
    plain = "".join(char for char in key.lower() if char.isalnum())
    return plain.endswith(_ENDINGS)


def mask(value: Any, key: str = "") -> Any:
    """A copy of a JSON value with every secret scalar replaced by `*****`. References stay: they reveal a name only."""
    if isinstance(value, dict):
        return {name: mask(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [mask(item, key) for item in value]
    reveals = is_secret(key) and value not in (None, "") and not (isinstance(value, str) and value.startswith("${"))
    return MASK if reveals else value


def unmask(value: Any, stored: Any) -> Any:
    """A copy of `value` in which `*****` is what `stored` holds at that place: a masked answer can be sent back."""
    if isinstance(value, dict) and isinstance(stored, dict):
        return {name: unmask(item, stored.get(name)) for name, item in value.items()}
    if isinstance(value, list) and isinstance(stored, list) and len(value) == len(stored):
        return [unmask(item, old) for item, old in zip(value, stored, strict=True)]
    return stored if value == MASK and stored is not None else value
