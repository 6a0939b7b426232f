"""`crushpad table convert`: a config of any age in the form that is written today."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """What standard output is for: the config alone, or config and changes in one JSON document."""

    CONFIG = "config"
    JSON = "json"


File = Annotated[
    Path, typer.Argument(help="Table config, schema, or both in one document, as JSON.", exists=True, dir_okay=False)
]
OutputForm = Annotated[
    Form, typer.Option("--output", "-o", help="config: the changes go to standard error; json: both in one document.")
]


def convert(file: File, output: OutputForm = Form.CONFIG) -> None:
    """Print the modern form of a config, and say what was changed."""
    from crushpad.cli.printing import print_json, talk
    from crushpad.cli.trying import invalid_config
    from tableconfigs.modern_form import modern_form
    from tableconfigs.parsing import load_json

    with invalid_config(file):
        modern, changes = modern_form(load_json(file.read_bytes()))
    if output is Form.JSON:
        listed = [{"path": change.path, "what": change.what} for change in changes]
        return print_json({"config": modern, "changes": listed})
    print_json(modern)
    for change in changes:
        talk(str(change))
    if not changes:
        talk("nothing to change")
    return None
