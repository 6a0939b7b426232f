"""What is wrong with a config: every problem with its place, its value, and what would be right."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from tableconfigs.secrets import mask

VALUE_CHARS_MAX = 120


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong value. `path` is a JSON pointer into the document, empty for the document as a whole."""

    path: str
    value: object
    message: str

    def __str__(self) -> str:
        place = f"at {self.path}" if self.path else ""
        shown = f"value {brief(self.path, self.value)}" if self.value is not None else ""
        where = ", ".join(part for part in (place, shown) if part)
        return f"{self.message} [{where}]" if where else self.message


class InvalidConfig(ValueError):
    """Fix the input: `problems` lists everything that is wrong with it, `subject` says with what."""

    def __init__(self, problems: Iterable[Problem], subject: str = "") -> None:
        self.problems = tuple(problems)
        self.subject = subject
        listed = "; ".join(map(str, self.problems))
        introduced = f"{subject} {listed}" if subject.endswith(":") else f"{subject}. {listed}"
        super().__init__(introduced if subject else listed)

    def about(self, subject: str) -> "InvalidConfig":
        """The same problems, introduced by `subject`."""
        return InvalidConfig(self.problems, subject)


def brief(path: str, value: object) -> str:
    """`value` as JSON, shortened; secrets in it are masked."""
    text = json.dumps(mask(value, path.rpartition("/")[2]), default=str)
    return text if len(text) <= VALUE_CHARS_MAX else text[: VALUE_CHARS_MAX - 3] + "..."


def pointer(*parts: object) -> str:
    """A JSON pointer (RFC 6901): `pointer("a", 0, "b/c")` is `/a/0/b~1c`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def unescaped(part: str) -> str:
    """A part of a JSON pointer as the key that it names."""
    return part.replace("~1", "/").replace("~0", "~")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint to append to a message, empty when nothing known is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f", did you mean {by_lower[close[0]]!r}?" if close else ""


def value_at(document: object, *steps: object) -> object:
    """What stands in a JSON document at the end of `steps` (keys and positions); None when nothing does."""
    for step in steps:
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


_WORDS = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a string",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "mapping_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def from_pydantic(error: ErrorDetails, document: object) -> Problem:
    """What pydantic found in `document`, in the document's words: pointer, value as written, what would be right."""
    path, written = pointer(*error["loc"]), value_at(document, *error["loc"])
    if error["type"] == "missing":
        return Problem(path, None, f"'{error['loc'][-1]}' must be configured")
    key = error["loc"][-1] if error["loc"] else "the document"
    if error["type"] == "enum":
        return Problem(path, written, f"'{key}' must be one of {error['ctx']['expected']}")
    if error["type"] == "value_error":
        return Problem(path, written, str(error["ctx"]["error"]))
    return Problem(path, written, f"'{key}' {_WORDS.get(error['type'], error['msg'])}")
