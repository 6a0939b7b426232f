"""LIKE patterns as the regular expressions that Pinot makes of them: the names of filtered aggregations show those."""

_META = frozenset("^$.{}[]()*+?|<>-&/")
_WILDCARDS = {"_": ".", "%": ".*"}


def regexp_of_like(pattern: str) -> str:
    """`a%` is `^a`, `%b_` is `b.$`: wildcards at the ends are what finding a match anywhere means."""
    if not pattern:
        return "^$"
    body = pattern.lstrip("%")
    start = "" if body != pattern else "^"
    if not body:
        return ""
    core = body.rstrip("%") if len(pattern) > 1 else body
    end = "" if core != body else "$"
    return start + _escaped(core) + end


def _escaped(text: str) -> str:
    """Wildcards translated unless a backslash stands before them; everything special to expressions escaped."""
    parts, after_backslash = [], False
    for char in text:
        if char in _WILDCARDS:
            parts.append(char if after_backslash else _WILDCARDS[char])
        else:
            parts.append("\\" + char if char in _META or after_backslash else char)
        after_backslash = char == "\\"
    return "".join(parts) + ("\\" if after_backslash else "")
