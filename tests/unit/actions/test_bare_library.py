"""A library that has its pages alone yet: no hours, places or people of anybody else are told as its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from actions import faq, places
from actions.talk import Talk
from knowledge_base.engine.load import Loader
from knowledge_base.importing.starter import begin
from tests.conftest import ROOT
from tests.unit.actions.conftest import MakeTalk, ScriptedSearch

HOURS = "faq/hours#study-24-hours:en"


@pytest.fixture
def bare(talk: MakeTalk, tmp_path: Path) -> Callable[..., Talk]:
    """Make a turn in a library whose tables were just begun, with a page on when it is open."""
    begin(tmp_path / "kb", ROOT / "knowledge_base")
    (tmp_path / "kb" / "faq").mkdir()
    shutil.copy(ROOT / "knowledge_base/faq/hours.en.md", tmp_path / "kb/faq")
    kb = ScriptedSearch(Loader(tmp_path / "kb").load(), "https://c.example")

    def make(text: str, intent: str, found: float) -> Talk:
        kb.found = [(HOURS, found)]
        return replace(talk(text, intent), kb=kb)

    return make


def test_when_it_is_open_is_answered_from_its_pages(bare: Callable[..., Talk]) -> None:
    found = faq.hours_question(bare("when are you open on sunday?", "hours", 0.9)).contents[0]
    assert [c.url for c in found.citations] == ["https://c.example/en/faq/hours#study-24-hours"]
    none = faq.hours_question(bare("when are you open on sunday?", "hours", 0.1)).contents[0]
    assert none.text.startswith("I have no opening hours for that.")


def test_no_branches_are_listed_where_none_are_known(bare: Callable[..., Talk]) -> None:
    reply = places.where(bare("where is the tower?", "location_directions", 0.1))
    assert "branches" not in reply.contents[0].text
    assert [c.payload for c in reply.contents[0].choices] == ["/human_handoff"]
