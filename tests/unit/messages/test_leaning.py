"""Which texts have a subject of their own."""

from __future__ import annotations

import pytest

from bot.leaning import leans, subject_of


@pytest.mark.parametrize(
    "text",
    [
        "and for staff?", "how much?", "how long?", "how long can I keep it?", "can I do that online?",
        "is it free?",
        "and on weekends?", "what about faculty members?", "how much does that cost", "can they do this too?",
        "what is the limit?", "وللموظفين؟", "بكم؟", "كم المدة؟", "وماذا عن طلبة الماجستير؟", "وهل هو مجاني؟",
        "هل أستطيع تجديدها إلكترونيًا؟",
        "كم تكلف؟", "وكم مرة؟", "متى؟", "لماذا؟", "ممكن اونلاين؟", "والخريجين؟",
        "قديش سعرها", "كم مدته؟", "وتكلفتها؟",
    ],
)  # fmt: skip
def test_these_lean_on_what_was_said(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "how do I renew a book?", "printers", "when do you close?", 
        "where is the makerspace", "wifi password",
        "what are the hours of the medical library this week",
        "can I book a room for tomorrow", "is there a cafe?",
        "كيف أجدد كتابا؟", "وين المصلى", "الواي فاي", "أين أجد هذا الأسبوع صحيفة الغد", "غرفة دراسة للطلبة",
    ],
)  # fmt: skip
def test_these_have_a_subject(text: str) -> None:
    assert not leans(text) and subject_of(text)
