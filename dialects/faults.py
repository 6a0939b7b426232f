"""What a sender did wrong, with the error code and the wording of Pinot."""

_ECHO_MAX_CHARS = 1000

MULTI_STAGE_HINT = (
    "It seems that the query is only supported by the multi-stage query engine, please retry the query using the "
    "multi-stage query engine (https://docs.pinot.apache.org/developers/advanced/v2-multi-stage-query-engine)"
)


class QueryFault(Exception):
    """The request is wrong: fix the query. `code` is Pinot's error code, `message` goes into `exceptions` as it is."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class SyntaxFault(QueryFault):
    """150: the text is not one well-formed SELECT that this engine understands."""

    def __init__(self, detail: str) -> None:
        super().__init__(150, f"SQLParsingError: {detail}")


class MultiStageFault(SyntaxFault):
    """150: joins, sub-queries, windows and set operations belong to the multi-stage engine."""

    def __init__(self) -> None:
        super().__init__(MULTI_STAGE_HINT)


class TableFault(QueryFault):
    """190: no such table. Raised by whoever knows the tables."""

    def __init__(self) -> None:
        super().__init__(190, "TableDoesNotExistError")


class DisabledTableFault(TableFault):
    """191: the table is there, and a person wants nobody to ask it."""

    def __init__(self) -> None:
        QueryFault.__init__(self, 191, "TableIsDisabledError")


class ValidationFault(QueryFault):
    """700: well-formed, but a function, an argument or a literal does not fit."""

    def __init__(self, detail: str) -> None:
        super().__init__(700, detail)


class ConversionFault(ValidationFault):
    """700: a literal that cannot be a value of the type that it is compared with."""


class PlanningFault(QueryFault):
    """720: the same in the multi-stage engine, which finds it while it plans."""

    def __init__(self, detail: str) -> None:
        super().__init__(720, f"QueryPlanningError: {detail}")


class ColumnFault(QueryFault):
    """710: no such column."""

    def __init__(self, name: str) -> None:
        super().__init__(710, f"UnknownColumnError: Unknown columnName '{name}' found in the query")


class StageFault(QueryFault):
    """700: a multi-stage query whose names or parts do not fit together."""

    def __init__(self, detail: str) -> None:
        super().__init__(700, f"QueryValidationError: {detail}")


def unparsable(sql: str, reason: str) -> SyntaxFault:
    """The fault of a text that the parser refuses, quoting (the beginning of) the text."""
    echo = sql if len(sql) <= _ECHO_MAX_CHARS else sql[:_ECHO_MAX_CHARS] + "..."
    return SyntaxFault(f"Caught exception while parsing query: {echo}: {reason}")
