"""Query options: `SET k=v;` statements and the legacy `OPTION(k=v, ...)` tail, as tokens."""

from collections.abc import Sequence
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from dialects.faults import SyntaxFault

# Pinot ignores the case of option names; these are the spellings that the rest of the program asks for.
OPTION_NAMES = (
    "applicationName",
    "clientQueryId",
    "cursorNumRows",
    "database",
    "dropResults",
    "enableNullHandling",
    "explainAskingServers",
    "explainPlanVerbose",
    "filteredAggregationsSkipEmptyGroups",
    "getCursor",
    "groupTrimThreshold",
    "joinOverflowMode",
    "maxExecutionThreads",
    "maxRowsInJoin",
    "minBrokerGroupTrimSize",
    "minOffsets",
    "minSegmentGroupTrimSize",
    "minServerGroupTrimSize",
    "numGroupsLimit",
    "skipIndexes",
    "skipUpsert",
    "skipUpsertDelete",
    "timeoutMs",
    "trace",
    "useMultistageEngine",
    "useStarTree",
)
_CANONICAL = {name.lower(): name for name in OPTION_NAMES}


def option_name(text: str) -> str:
    """The canonical spelling of a known option, any other name as it is."""
    return _CANONICAL.get(text.lower(), text)


def parse_set(tokens: Sequence[Token]) -> tuple[str, str]:
    """`SET key = value` as (key, value). Raises SyntaxFault."""
    equals = next((i for i, token in enumerate(tokens) if token.token_type == TokenType.EQ), None)
    if equals is None or equals < 2:
        raise SyntaxFault(f"SET needs the form SET key = value, found: {_text(tokens)}")
    return _pair(tokens[1:equals], tokens[equals + 1 :])


def split_option_tail(tokens: Sequence[Token]) -> tuple[Sequence[Token], dict[str, str]]:
    """Cut a trailing `OPTION(k=v, ...)` off a statement. Raises SyntaxFault if what is inside is not pairs."""
    start = _option_tail(tokens)
    if start is None:
        return tokens, {}
    pairs = (_option_pair(part) for part in _split_on_commas(tokens[start + 2 : -1]))
    return tokens[:start], dict(pairs)


def _option_tail(tokens: Sequence[Token]) -> int | None:
    if len(tokens) < 3 or tokens[-1].token_type != TokenType.R_PAREN:
        return None
    opening = next((i for i in range(len(tokens) - 1, 0, -1) if tokens[i].token_type == TokenType.L_PAREN), 0)
    is_option = opening > 1 and tokens[opening - 1].text.upper() == "OPTION"
    return opening - 1 if is_option and tokens[opening - 2].token_type != TokenType.COMMA else None


def _option_pair(tokens: Sequence[Token]) -> tuple[str, str]:
    if len(tokens) < 3 or tokens[1].token_type != TokenType.EQ:
        raise SyntaxFault(f"OPTION(...) needs key=value pairs, found: {_text(tokens)}")
    return _pair(tokens[:1], tokens[2:])


def _pair(key: Sequence[Token], value: Sequence[Token]) -> tuple[str, str]:
    if not value or len(value) > 2 or (len(value) == 2 and value[0].text not in "+-"):
        raise SyntaxFault(f"Option {_text(key)} needs one literal as its value, found: {_text(value) or 'nothing'}")
    return option_name("".join(token.text for token in key)), "".join(token.text for token in value).lstrip("+")


def _split_on_commas(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    commas = [i for i, token in enumerate(tokens) if token.token_type == TokenType.COMMA]
    bounds = [-1, *commas, len(tokens)]
    return [tokens[low + 1 : high] for low, high in pairwise(bounds)]


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)
