"""Ready answers for librarians: how they are checked, and how they are filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.engine.check import check_folder
from knowledge_base.engine.load import Loader
from knowledge_base.engine.snapshot import Snapshot

GOOD = """\
answers:
  hello:
    title: {en: Greeting, ar: ترحيب}
    text:
      en: "I am {me} of {library}. See {link.home}."
      ar: "معك {me} من {library}: {link.home}."
    topic: renewal
"""
TOPICS = {"renewal", "research_consultation"}


def test_a_library_may_do_without(root: Path) -> None:
    assert not (root / "canned.yml").exists()
    assert check_folder(root, TOPICS) == []
    assert Snapshot(Loader(root).load(), "https://guides.example").canned("en") == []


def test_the_librarys_own_variables_are_filled_in(root: Path) -> None:
    (root / "canned.yml").write_text(GOOD, encoding="utf-8")
    assert check_folder(root, TOPICS) == []
    held = Snapshot(Loader(root).load(), "https://guides.example")
    (english,) = held.canned("en")
    assert (english.id, english.title, english.topic) == ("hello", "Greeting", "renewal")
    assert english.text == "I am {me} of Test Library. See [Home](https://library.example/)."
    (arabic,) = held.canned("ar")
    assert arabic.text == "معك {me} من مكتبة الاختبار: [الرئيسة](https://library.example/)."


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("I am {me}", "I am {name}", 5, "{name} is not known"),
        ("See {link.home}", "See {link.nowhere}", 4, "“nowhere” is not a link in library.yml"),
        ("{library}: ", ": ", 4, "{library} stands in one language only"),
        ("I am {me}", "I am {me", 5, "not closed"),
        ("topic: renewal", "topic: alchemy", 7, "“alchemy” is not a topic"),
        ("ar: ترحيب", "fr: Bonjour", 3, ""),
        ("title:", "titel:", 3, ""),
    ],
)
def test_what_is_wrong_is_told_with_its_line(root: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if "nowhere" in new:
        text = text.replace("{link.home}", "{link.nowhere}")
    (root / "canned.yml").write_text(text, encoding="utf-8")
    problems = [one for one in check_folder(root, TOPICS) if one.severity != "warning"]
    assert problems
    assert all(one.path == "canned.yml" for one in problems)
    assert any(said in one.message and one.line in (line - 1, line, line + 1) for one in problems), problems
