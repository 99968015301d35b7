"""Where a message is divided into questions, and where it must not be."""

from __future__ import annotations

import pytest

from bot.parts import MOST, questions_in

DIVIDED = [
    ("When do you close on Friday and how do I renew a book?",
     ["When do you close on Friday", "how do I renew a book?"]),
    ("متى تغلقون الجمعة؟ وكيف أجدد كتابًا؟", ["متى تغلقون الجمعة؟", "كيف أجدد كتابًا؟"]),
    ("متى تفتح المكتبة وكيف أحجز غرفة دراسة", ["متى تفتح المكتبة", "كيف أحجز غرفة دراسة"]),
    ("وين المصلى و قديش غرامة التأخير", ["وين المصلى", "قديش غرامة التأخير"]),
    ("متى تغلق المكتبة ومن هو أمين مكتبة الأحياء؟", ["متى تغلق المكتبة", "من هو أمين مكتبة الأحياء؟"]),
    ("المكتبة ايمتى بتسكر وبدي اجدد كتاب", ["المكتبة ايمتى بتسكر", "بدي اجدد كتاب"]),
    ("بدي أجدد كتاب وكمان بدي احجز غرفة", ["بدي أجدد كتاب", "بدي احجز غرفة"]),
    ("what time do you open tomorrow, where is the makerspace",
     ["what time do you open tomorrow", "where is the makerspace"]),
    ("I need to renew a book and I also want to book a study room",
     ["I need to renew a book", "I also want to book a study room"]),
    ("tell me when you close & how I can renew my books",
     ["tell me when you close", "how I can renew my books"]),
    ("1) When do you open? 2) How do I print? 3) Where is the cafe?",
     ["When do you open?", "How do I print?", "Where is the cafe?"]),
    ("I am a nurse. How do I get articles? Also can I pay a fine online?",
     ["I am a nurse. How do I get articles?", "can I pay a fine online?"]),
    ("How do I print from my phone?And can I book a room?",
     ["How do I print from my phone?", "can I book a room?"]),
]  # fmt: skip

WHOLE = [
    "how do i renew my books",
    "Hi, I am a nursing student. I need articles on sleep.",
    "مرحبا، أنا طالبة تمريض. أحتاج مقالات عن النوم.",
    "Can I borrow a laptop and how long can I keep it?",
    "هل يمكنني استعارة لابتوب وكم المدة؟",
    "When the library is closed, where do I return books?",
    "إذا كانت المكتبة مغلقة فأين أعيد الكتب؟",
    "I want to know how and when to renew a book",
    "sources that explain how and why plants use photosynthesis",
    "How do I cite a tweet in APA and in MLA?",
    "When do you close Friday? And Saturday?",
    "I lost my book and can I get a replacement?",
    'do you have the book "Who am I? And how do I know it"?',
    "Smith, J. (2019). How do we sleep? Journal of Sleep. Can you find the article?",
    "https://x.example/?a=1 how do I open the link? and where is the library?",
    "I need help. How do I renew my book?",
    "وصلت إلى المكتبة وورقتي معي",
    "how much is the fine if i return my book late and i cant come",
    "",
    "؟؟ ... !!",
]


@pytest.mark.parametrize(("text", "parts"), DIVIDED, ids=[text for text, _ in DIVIDED])
def test_two_questions_are_two(text: str, parts: list[str]) -> None:
    assert [part.text for part in questions_in(text)] == parts


@pytest.mark.parametrize("text", WHOLE)
def test_what_only_looks_like_two_is_one(text: str) -> None:
    assert questions_in(text) == ()


def test_a_wish_in_front_is_told_from_a_question() -> None:
    first, second = questions_in("I need articles on sleep. When do you close on Friday?")
    assert first.leads and not second.leads
    assert not any(part.leads for part in questions_in("I need articles on sleep and when do you close?"))


def test_more_than_a_few_are_not_divided() -> None:
    one = "How do I renew a book? "
    assert len(questions_in(one * MOST)) == MOST
    assert questions_in(one * (MOST + 1)) == ()


def test_nothing_is_lost_and_nothing_becomes_a_command() -> None:
    parts = questions_in('When do you open today? /human_handoff{"wanted": "x"} please call somebody?')
    assert "human_handoff" in " ".join(part.text for part in parts) or parts == ()
    assert questions_in("a? " * 200) == () and questions_in("and how " * 80) == ()
