"""Names found in what people type, and not found where they are not meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.engine.load import Loader
from knowledge_base.engine.snapshot import Snapshot
from knowledge_base.engine.text import bare, fold, language_of, terms, words


@pytest.fixture
def snapshot(root: Path) -> Snapshot:
    return Snapshot(Loader(root).load(), "https://x.example/guides")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("is the Main Library open?", "main"),
        ("ibn rushd library hours", "main"),
        ("ibn rushed library", "main"),
        ("وين المكتبه الرئيسيه", "main"),
        ("بالمكتبة الرئيسية", "main"),
        ("مَكْتَبَة ابن رُشد", "main"),
        ("cafe in the main library", "cafe"),
        ("وين الكافيه", "cafe"),
        ("where can I get a coffee-shop sandwich", "cafe"),
        ("the carpark", "garage"),
        ("can I park my bike", None),
        ("renew my book", None),
        ("", None),
    ],
)
def test_places(snapshot: Snapshot, text: str, place: str | None) -> None:
    found = snapshot.place_named(text)
    assert (found.id if found else None) == place


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("who is the BIOLOGY librarian", ["biology"]),
        ("biolgy papers", ["biology"]),
        ("buisness and biology", ["business", "biology"]),
        ("مصادر في علم الاحياء", ["biology"]),
        ("للأحياء", ["biology"]),
        ("is it open", []),
        ("IS IT OPEN", []),
        ("who helps with IT", ["computer-science"]),
        ("it", ["computer-science"]),
        ("the busy place", []),
    ],
)
def test_subjects(snapshot: Snapshot, text: str, subjects: list[str]) -> None:
    assert [s.id for s in snapshot.subjects_named(text)] == subjects


@pytest.mark.parametrize(
    ("text", "databases"),
    [
        ("is jstor down", ["jstor"]),
        ("J-STOR login", ["jstor"]),
        ("جيستور مش شغال", ["jstor"]),
        ("the nature of light", []),
        ("an article in Nature", ["nature"]),
        ("plant base", ["plants"]),
    ],
)
def test_databases(snapshot: Snapshot, text: str, databases: list[str]) -> None:
    assert [d.id for d in snapshot.databases_named(text)] == databases


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("can I talk to Mona Haddad", "mona-haddad"),
        ("dr haddad", "mona-haddad"),
        ("I want to ask Omar about it", "omar-saleh"),
        ("منى حداد", "mona-haddad"),
        ("ممكن احكي مع منى", "mona-haddad"),
        ("هل الرابط صالح للاستخدام من البيت", None),  # صالح is also “valid”
        ("كم عمر هذا المبنى يا ترى", None),  # عمر is also “age”
        ("talk to a person please", None),
    ],
)
def test_people(snapshot: Snapshot, text: str, person: str | None) -> None:
    found = snapshot.person_named(text)
    assert (found.id if found else None) == person


def test_whose_subject_and_whose_topic(snapshot: Snapshot) -> None:
    assert [p.id for p in snapshot.people_for("biology")] == ["mona-haddad", "omar-saleh"]
    assert [p.id for p in snapshot.people_handling("renewal")] == ["mona-haddad"]
    assert snapshot.people_for("cooking") == []


def test_databases_of_a_subject_begin_with_its_first_choice(snapshot: Snapshot) -> None:
    assert [d.id for d in snapshot.databases_for("biology")] == ["plants", "nature", "jstor"]
    assert [d.id for d in snapshot.databases_for("biology", 1)] == ["plants"]


def test_links(snapshot: Snapshot) -> None:
    assert snapshot.fill("discovery", "مصر & {x}?") == (
        "https://search.example/?query=%D9%85%D8%B5%D8%B1%20%26%20%7Bx%7D%3F"
    )
    assert snapshot.fill("doi", "10.1000/xyz") == "https://search.example/doi/10.1000/xyz"
    assert snapshot.fill("nothing", "x") is None
    jstor = snapshot.databases["jstor"]
    assert snapshot.database_url(jstor) == "https://login.example/login?url=https://www.jstor.org/"
    assert snapshot.database_url(snapshot.databases["nature"]) == "https://www.nature.com/"


def test_folding_forgives_what_people_vary() -> None:
    assert fold("إِدَارَةُ") == fold("اداره") == "اداره"
    assert fold("مكتبـــة") == "مكتبه" and fold("مستشفى") == "مستشفي"
    assert fold("٢٠٢٦ ۷") == "2026 7" and fold("Café\u200f") == "cafe"
    assert words("The Library’s e-books") == ["the", "library", "e", "books"]
    assert bare("المكتبه") == bare("بالمكتبه") == bare("للمكتبه") == "مكتبه"


def test_terms_leave_out_grammar_and_keep_stems() -> None:
    assert terms("How do I renew my books?") == terms("renewing a book")
    assert terms("على المكتبات") == terms("مكتبة")


@pytest.mark.parametrize(
    ("text", "language"),
    [("hello", "en"), ("مرحبا", "ar"), ("افتح JSTOR من البيت", "ar"), ("123 ?!", None), ("", None)],
)
def test_language_by_letters(text: str, language: str | None) -> None:
    assert language_of(text) == language
