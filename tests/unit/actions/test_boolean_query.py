"""From a topic to a query that a database understands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.boolean_query import build_query, names_topic, synonym_groups, topic_of

TEENAGERS = [
    ("teenager", "adolescent", "youth"),
    ('"social media"', "Instagram", "TikTok"),
    ("sleep", "insomnia"),
]


@pytest.mark.parametrize(
    ("topic", "query"),
    [
        ("the effect of screen time on toddlers", '"screen time" AND toddler*'),
        ("remote working and productivity", '"remote working" AND productivity'),
        ("desalination", "desalinat*"),
        ("climate change adaptation in Jordan", '"climate change" AND adaptat* AND Jordan'),
        ("AI in the classroom", "AI AND classroom"),
        ("أثر وسائل التواصل على الصحة النفسية", '"وسائل التواصل" AND "الصحة النفسية"'),
        ("التعليم عن بعد", '"التعليم عن بعد"'),
        ("البطالة", "البطالة OR بطالة"),
    ],
)
def test_a_query(topic: str, query: str) -> None:
    found = build_query(topic)
    assert found is not None and found.text == query


def test_synonyms_are_joined_with_or() -> None:
    found = build_query("how does social media affect the sleep of teenagers", TEENAGERS)
    assert found is not None
    assert found.text == (
        '("social media" OR Instagram OR TikTok) AND (sleep OR insomnia)'
        " AND (teenager* OR adolescent OR youth)"
    )
    assert found.operators == ("and", "or", "phrase", "ending")


def test_only_what_is_used_is_explained() -> None:
    found = build_query("nurse burnout")
    assert found is not None and found.operators == ("phrase",)


@pytest.mark.parametrize("topic", ["", "help me please", "the effect of", "ساعدوني في البحث", "؟؟", "123"])
def test_nothing_to_search(topic: str) -> None:
    assert build_query(topic) is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I need help finding articles about the effect of tea on sleep", "the effect of tea on sleep"),
        ("I need articles about nurse burnout for my master's thesis", "nurse burnout"),
        ("help me find research on water in the Jordan valley", "water in the Jordan valley"),
        ("the effect of screen time on toddlers", "the effect of screen time on toddlers"),
        ("ابغى دراسات سابقة عن التعليم عن بعد", "التعليم عن بعد"),
        ("أحتاج مقالات عن أثر القهوة", "أثر القهوة"),
    ],
)  # fmt: skip
def test_the_topic_in_a_request(text: str, topic: str) -> None:
    assert topic_of(text) == topic
    assert topic_of(topic) == topic  # taking it out twice takes nothing more


@pytest.mark.parametrize(
    "text", ["i need help with my research", "can you help me", "مساعدة في البحث لو سمحت"]
)
def test_help_is_not_a_topic(text: str) -> None:
    assert not names_topic(text)


def test_groups_of_synonyms_are_read_from_guides() -> None:
    text = '("social media" OR TikTok) AND (sleep OR insomnia), and (not this one) or (a AND b OR c)'
    assert synonym_groups([text]) == [('"social media"', "TikTok"), ("sleep", "insomnia")]


@given(st.text(max_size=200))
def test_brackets_and_quotes_always_close(text: str) -> None:
    found = build_query(text, TEENAGERS)
    if found is not None:
        assert found.text.count("(") == found.text.count(")")
        assert found.text.count('"') % 2 == 0
        assert 1 <= len(found.ideas) <= 3
