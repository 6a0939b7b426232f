"""What can be wrong with what a person names, by what to do about it. Every message is one sentence or two."""

from __future__ import annotations


class InspectionError(Exception):
    """Nothing was inspected."""


class NothingThere(InspectionError):
    """No file or folder has this address, or no segments are in it: name another one."""


class NotASegment(InspectionError):
    """The file is empty, truncated, damaged or somebody else's: fetch it again, or read it with another tool."""


class BadChoice(InspectionError):
    """The segment has no such column, offset or form: choose another one."""
