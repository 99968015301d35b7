"""Slips of the finger are mended with the collection's own words."""

from __future__ import annotations

import pytest

from knowledge_base.engine.spelling import Spelling

KNOWN = Spelling(
    [
        "How do I renew a book? Renew books online",
        "Where are the printers? Print here",
        "interlibrary loan",
        "كيف أجدد كتابًا؟ تجديد الإعارة في المكتبة",
        "طباعة الملفات",
    ]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hw do i renw my boks", "hw do i renew my books"),
        ("wher can i prnt", "where can i print"),
        ("interlibary loan", "interlibrary loan"),
        ("كيف تجدبد الاعارة", "كيف تجديد الاعارة"),
        ("renew books", "renew books"),  # right already
        ("Kahneman", "Kahneman"),  # near nothing
        ("boo rew", "boo rew"),  # too short to tell
        ("1234567 10.1016/j.x", "1234567 10.1016/j.x"),
        ("", ""),
    ],
)
def test_slips_are_mended(typed: str, meant: str) -> None:
    assert KNOWN.corrected(typed) == meant


def test_an_empty_collection_knows_no_better() -> None:
    assert Spelling([]).corrected("renw my boks") == "renw my boks"
