"""The picture in `docs/machine.md` is the one that the tables give, and says what every box and action means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.machine import Action, Phase, Stage
from scripts import draw_machine


def test_the_picture_is_not_stale() -> None:
    assert draw_machine.main(["--check"]) == 0, "run scripts/draw_machine.py"


def test_every_phase_stage_and_action_is_explained() -> None:
    assert draw_machine.PHASE_MEANINGS.keys() == set(Phase)
    assert draw_machine.STAGE_MEANINGS.keys() == set(Stage)
    assert draw_machine.ACTION_MEANINGS.keys() == set(Action)


def test_a_stale_page_is_told_by_its_exit_code_and_mended_by_drawing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, page = draw_machine.PAGE.read_text(), tmp_path / "machine.md"
    page.write_text(fresh.replace("consuming --> blocked: Blocked", "consuming --> gone: Blocked"))
    monkeypatch.setattr(draw_machine, "PAGE", page)
    assert draw_machine.main(["--check"]) == draw_machine.STALE == 6
    assert draw_machine.main([]) == 0
    assert page.read_text() == fresh


def test_a_page_without_the_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="begin"):
        draw_machine.redrawn("# The partition machine\n")
