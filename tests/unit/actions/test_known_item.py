"""Titles, ISBNs and DOIs out of sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import fallback
from actions.known_item import (
    isbn_valid,
    known_item,
    not_there,
    read_isbn,
    read_item,
    read_reference,
    wants_on_subject,
    wrong_isbn,
)
from tests.unit.actions.conftest import MakeTalk


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("do you have the book Thinking, Fast and Slow", "Thinking, Fast and Slow"),
        ("Is Season of Migration to the North available", "Season of Migration to the North"),
        ('do you have a copy of "Gray\'s Anatomy for Students" 4th edition', "Gray's Anatomy for Students"),
        ("hi, do you have cities of salt by munif please", "cities of salt munif"),
        ("I want to read Jane Eyre online", "Jane Eyre"),
        ("does the library have the journal Nature Energy", "Nature Energy"),
        ("looking for a book called the design of everyday things", "the design of everyday things"),
        ("my friend recommended a book, The Memory Police. have you got it?", "The Memory Police"),
        ("harry potter", "harry potter"),
        ("DO YOU HAVE INTRODUCTION TO ALGORITHMS CORMEN", "INTRODUCTION TO ALGORITHMS CORMEN"),
        ("عندكم كتاب موسم الهجرة إلى الشمال؟", "موسم الهجرة إلى الشمال"),
        ("هل لديكم مجلة عالم الفكر", "عالم الفكر"),
        ("بدي كتاب مدن الملح لعبد الرحمن منيف", "مدن الملح عبد الرحمن منيف"),
        ("عندكم رواية موسم الهجرة إلى الشمال للطيب صالح", "موسم الهجرة إلى الشمال الطيب صالح"),
        ("كتاب الكيمياء العضوية لكلايدن موجود", "الكيمياء العضوية كلايدن"),
        ("أحتاج النص الكامل لمقال «المياه الجوفية في الأزرق» المنشور سنة 2018", "المياه الجوفية في الأزرق"),
        ("دورلي على كتاب اسمه فن اللامبالاة", "فن اللامبالاة"),
    ],
)
def test_a_title(text: str, query: str) -> None:
    item = read_item(text)
    assert item is not None and (item.kind, item.query) == ("title", query)


@pytest.mark.parametrize(
    "text", ["do you have a book", "is there an article", "do you have my textbook", "عندكم كتاب؟", "", "؟"]
)
def test_no_title(text: str) -> None:
    assert read_item(text) is None


@pytest.mark.parametrize(
    ("text", "isbn"),
    [
        ("looking for 9780262046305", "9780262046305"),
        ("ISBN 978-0-13-468599-1", "9780134685991"),
        ("isbn: 0-306-40615-2 please", "0306406152"),
        ("080442957X", "080442957X"),
        ("ISBN ٩٧٨٠١٣٤٦٨٥٩٩١ موجود عندكم؟", "9780134685991"),
    ],
)
def test_an_isbn(text: str, isbn: str) -> None:
    assert read_isbn(text) == isbn


@pytest.mark.parametrize("text", ["ISBN 978-0-13-468599-2", "9780134685990 is it there", "isbn 12345"])
def test_a_wrong_isbn_is_noticed(text: str) -> None:
    assert read_isbn(text) is None and wrong_isbn(text) is not None


@pytest.mark.parametrize("text", ["9780134685991", "10.1038/s41586-020-2649-2", "٩٧٨٠١٣٤٦٨٥٩٩١"])
def test_a_number_by_itself_is_looked_up(talk: MakeTalk, text: str) -> None:
    reply = fallback.not_understood(talk(text, "nlu_fallback", confidence=0.3))
    assert reply.contents[0].topic == "find_resource" and reply.contents[0].citations


@pytest.mark.parametrize("text", ["call 0775550199", "+962 6 555 0100", "published in 2019"])
def test_other_numbers_are_no_isbn(text: str) -> None:
    assert wrong_isbn(text) is None


@given(st.integers(0, 999_999_999))
def test_one_changed_digit_is_always_noticed(number: int) -> None:
    first = f"978{number:09d}"
    check = -sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(first)) % 10
    assert isbn_valid(f"{first}{check}")
    assert not isbn_valid(f"{first}{(check + 1) % 10}")


@pytest.mark.parametrize(
    "text",
    [
        "do we have 10.1038/s41586-021-03819-2",
        "https://doi.org/10.1038/s41586-021-03819-2 can i read this",
        "(doi:10.1038/s41586-021-03819-2).",
        "أريد المقال ذا المعرّف 10.1038/s41586-021-03819-2، شكرا",
    ],
)
def test_a_doi(text: str) -> None:
    item = read_item(text)
    assert item is not None and (item.kind, item.value) == ("doi", "10.1038/s41586-021-03819-2")


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    item = read_item(text)
    assert item is None or (item.query and len(item.query) <= 200)


def test_a_book_is_looked_up_and_can_be_asked_for_elsewhere(talk: MakeTalk) -> None:
    content = known_item(talk("do you have cities of salt by munif", "find_resource__known_item")).contents[0]
    assert "https://catalogue.marsad.example/search?q=cities%20of%20salt%20munif" in content.text
    assert "https://ill.marsad.example/request?title=cities" in content.text
    assert content.choices[0].payload == '/interlibrary_loan{"item": "cities of salt munif"}'


def test_an_article_is_looked_up_where_articles_are(talk: MakeTalk) -> None:
    content = known_item(talk('I want the article "Attention is all you need"')).contents[0]
    assert content.citations[0].url.startswith("https://search.marsad.example/")


def test_a_question_that_the_guides_answer_is_no_title(talk: MakeTalk) -> None:
    found = [("faq/course_reserves#textbooks-on-reserve:en", 0.93)]
    content = known_item(talk("do you have my biology textbook", found=found)).contents[0]
    assert content.citations[0].url.endswith("#textbooks-on-reserve")


@pytest.mark.parametrize(
    ("text", "title", "query", "article"),
    [
        ("Do you have it? Twenge, J. M. & Hall, W. (2018). Screen time and well-being. Reports, 12, 271-83.",
         "Screen time and well-being", "Screen time and well-being Twenge", True),
        ("Smith, J. (2019). The history of libraries. Oxford University Press.",
         "The history of libraries", "The history of libraries Smith", False),
        ("ابن خلدون، عبد الرحمن. (٢٠٠٤). المقدمة. دار الفكر. هل هذا الكتاب عندكم؟",
         "المقدمة", "المقدمة ابن خلدون", False),
    ],
)  # fmt: skip
def test_a_reference_is_read(text: str, title: str, query: str, article: bool) -> None:
    item = read_reference(text)
    assert item is not None and (item.value, item.query, item.article) == (title, query, article)


@pytest.mark.parametrize("text", ["have you Dune (1965)", "the exam (2024) is near", "(2019).", "a" * 9000])
def test_a_year_in_brackets_is_no_reference(text: str) -> None:
    assert read_reference(text) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("do you have a book about bees", True), ("I want books on the crusades", True),
        ("بدي كتب عن الحروب الصليبية", True),
        ("how do I find books about bees", False), ("وين كتب عن النحل", False), ("do you have Dune", False),
    ],
)  # fmt: skip
def test_books_on_a_subject(text: str, wanted: bool) -> None:
    assert wants_on_subject(text) is wanted


LOOKED = {"last_topic": "find_resource", "last_question": "do you have the great gatsby"}
ILL_FORM = "ill.marsad.example/request?title=the%20great%20gatsby"


@pytest.mark.parametrize(
    "text",
    [
        "its not there", "It isn't available", "can't find it", "no results", "you don't have it",
        "nothing found", "sorry but it's not in the catalogue", "مش موجود", "غير متوفر", "مو لاقيه",
        "ما لقيته", "لم أجده", "مافي",
    ],
)  # fmt: skip
def test_what_is_not_there_comes_from_another_library(talk: MakeTalk, text: str) -> None:
    reply = not_there(talk(text, "did_not_help", slots=LOOKED))
    assert reply is not None and ILL_FORM in reply.contents[0].text


@pytest.mark.parametrize(
    "text", ["thanks", "is it there?", "do you have dune", "شكرا", "are there any reviews"]
)
def test_other_words_after_a_thing_are_not(talk: MakeTalk, text: str) -> None:
    assert not_there(talk(text, slots=LOOKED)) is None


def test_what_was_no_thing_is_not_requested(talk: MakeTalk) -> None:
    assert not_there(talk("not there", slots={**LOOKED, "last_topic": "hours"})) is None
    subject = {**LOOKED, "last_question": "do you have books about whales"}
    assert not_there(talk("not there", slots=subject)) is None
    entry = {**LOOKED, "shown": ["faq/find_resource#peer-reviewed"]}
    assert not_there(talk("not there", slots=entry)) is None
