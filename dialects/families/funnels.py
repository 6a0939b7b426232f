"""Funnels: how many went through the first steps, and how far the events of a group came within a window of time."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import INT, LONG, array_of
from dialects.conversions import Typed, convert
from dialects.families.aggregate_entry import own
from dialects.families.predicates import condition
from dialects.faults import ValidationFault
from dialects.function_entry import MANY, Context, Function, Render, literal_int, literal_text

_OPTIONS = ("steps", "correlateby", "settings")
_SETTINGS = frozenset({"set", "bitmap", "partitioned", "sorted", "theta_sketch", "nominalentries"})
_MODES = {"STRICT_DEDUPLICATION": 1, "STRICT_ORDER": 2, "STRICT_INCREASE": 4, "KEEP_ALL": 8}
_KEEP_ALL = 8
_STEPS_MAX = 100


def _count(arguments: Sequence[Typed], context: Context) -> Typed:
    """Of the first n steps together, how many distinct correlation keys had all of them."""
    options = _options(arguments)
    keys = options["correlateby"]
    key = keys[0].sql if len(keys) == 1 else f"({', '.join(one.sql for one in keys)})"
    known = f" AND {' AND '.join(f'{one.sql} IS NOT NULL' for one in keys)}" if context.null_handling else ""
    steps = [f"({condition(step, context)}{known})" for step in options["steps"]]
    reached = [f"list(DISTINCT {key}){context.filtered(step)}" for step in steps]
    counts, common = [], ""
    for found in reached:
        common = f"list_intersect({common}, {found})" if common else found
        counts.append(f"CAST(coalesce(len({common}), 0) AS BIGINT)")
    return Typed(f"[{', '.join(counts)}]", array_of(LONG))


def _options(arguments: Sequence[Typed]) -> dict[str, tuple[Typed, ...]]:
    found = {argument.data_type: argument.parts for argument in arguments}
    if not set(found) <= set(_OPTIONS) or not found.get("steps") or not found.get("correlateby"):
        raise ValidationFault(
            "FUNNELCOUNT needs the form FUNNELCOUNT(STEPS(a, ...), CORRELATEBY(x, ...)[, SETTINGS('set')])"
        )
    for setting in found.get("settings", ()):
        name = literal_text(setting, "funnelcount", "setting").partition("=")[0].strip().lower()
        if name not in _SETTINGS:
            raise ValidationFault(f"Invalid FUNNELCOUNT SETTINGS: {name}, use one of {', '.join(sorted(_SETTINGS))}")
    return found


def _windowed(name: str, result: str) -> Render:
    """`name(moment, window, steps, step1, ..., 'mode', ...)`: events in order of time, walked in the engine."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        if len(arguments) < 4:
            raise ValidationFault(f"Function {name} needs a time, a window, the number of steps and its steps")
        window = _window(name, arguments[1])
        steps = literal_int(arguments[2], name, "number of steps")
        if window <= 0 or not 0 < steps <= min(len(arguments) - 3, _STEPS_MAX):
            raise ValidationFault(
                f"Function {name} needs a window above 0 and as many steps as it says, 1 to {_STEPS_MAX}"
            )
        modes, duration = _extra(name, arguments[3 + steps :])
        tests = [condition(step, context) for step in arguments[3 : 3 + steps]]
        step = f"CASE {' '.join(f'WHEN {test} THEN {at}' for at, test in enumerate(tests))} ELSE -1 END"
        where = context.where if modes & _KEEP_ALL else context.filtered(f"({' OR '.join(tests)})")
        lists = f"list({convert(arguments[0], LONG)}){where}, list({step}){where}"
        empty = "0" if result == INT else f"[{', '.join(['0'] * steps)}]"
        return Typed(f"coalesce(pinot_{name}({lists}, {window}, {steps}, {modes}, {duration}), {empty})", result)

    return render


def _window(name: str, value: Typed) -> int:
    """Milliseconds, as a number or as text."""
    if value.literal is not None and isinstance(value.literal.value, str) and value.literal.value.isdecimal():
        return int(value.literal.value)
    return literal_int(value, name, "window")


def _extra(name: str, arguments: Sequence[Typed]) -> tuple[int, int]:
    """Modes as bits, and the longest time between two events (0: any). Raises ValidationFault."""
    modes = duration = 0
    for one in arguments:
        key, _, text = literal_text(one, name, "mode").upper().partition("=")
        if key.strip() == "MAXSTEPDURATION":
            duration = _positive(name, text)
            continue
        for mode in (text if key.strip() == "MODE" else key).split(","):
            if mode.strip() not in _MODES:
                raise ValidationFault(f"Unrecognized extra argument for {name}: {mode}, use one of {', '.join(_MODES)}")
            modes |= _MODES[mode.strip()]
    return modes, duration


def _positive(name: str, text: str) -> int:
    if not text.strip().isdecimal() or not int(text):
        raise ValidationFault(f"Function {name} needs a whole number above 0 as its maxStepDuration, found '{text}'")
    return int(text)


FUNNELS: tuple[Function, ...] = (
    Function(
        "funnelcount",
        1,
        3,
        _count,
        "keys that had each of the first steps",
        aggregate=True,
        options=frozenset(_OPTIONS),
    ),
    own("funnelmaxstep", 4, MANY, _windowed("funnelmaxstep", INT), "most steps reached in order"),
    own("funnelcompletecount", 4, MANY, _windowed("funnelcompletecount", INT), "times that all steps were done"),
    own("funnelmatchstep", 4, MANY, _windowed("funnelmatchstep", array_of(INT)), "1 for each step reached, else 0"),
)
