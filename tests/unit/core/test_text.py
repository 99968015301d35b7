"""Cleaning of texts and telling of languages."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asked import readable
from bot.errors import MessageRefused
from bot.knowledge import searched
from bot.model import Language, parse_reference, reference
from bot.text import clean, language_of, says_nothing
from tests.patience import PATIENCE

EN, AR = Language.EN, Language.AR


@pytest.mark.parametrize(
    ("text", "current", "language"),
    [
        ("are you open?", AR, EN),
        ("هل أنتم مفتوحون؟", EN, AR),
        ("بدي اعمل renew للكتاب", EN, AR),
        ("how do I cite المقدمة by Ibn Khaldun in APA", AR, EN),
        ("JSTOR", AR, AR),
        ("APA 7", AR, AR),
        ("jstor", AR, AR),
        ("web of science", AR, EN),
        ("google chrome", AR, AR),
        ("jstor asks me to pay", AR, EN),
        ("renew", AR, EN),
        ("hello", AR, EN),
        ("978-3-16-148410-0", AR, AR),
        ("???", AR, AR),
        ("👍", EN, EN),
        ("asdf", AR, AR),
        ("asdfgh jkl", AR, AR),
        ("qweqwe", AR, AR),
        ("we were here", AR, EN),
        ("tree", AR, EN),
        ("hi, اريد تجديد كتاب", EN, AR),
        ("ممكن تعطوني APA citation style guide for websites and journal articles", EN, AR),
        ("how do I renew a كتاب", AR, EN),
        ("what does كتاب الأغاني للأصفهاني cover", AR, EN),
        ("هل عندكم كتاب The Art of War and the State of the World", EN, AR),
        ("The Art of War عندكم؟", EN, AR),
        ("https://library.example/ar", AR, AR),
        ("و https://library.example/some/long/latin/path", EN, AR),
    ],
)
def test_language(text: str, current: Language, language: Language) -> None:
    assert language_of(text, current) is language


@pytest.mark.parametrize(
    ("text", "nothing"),
    [("asdf", True), ("…", True), ("?!", True), ("jkl; fghj", True), ("pdf", True), ("hours", False),
     ("كم", False), ("7", False), ("asdf hours", False)],
)  # fmt: skip
def test_what_says_nothing(text: str, nothing: bool) -> None:
    assert says_nothing(text) is nothing


def test_direction_marks_stay_and_overrides_go() -> None:
    assert clean("a\u200fb\u202ec", 100) == "a\u200fbc"


@given(st.text(max_size=200))
def test_what_is_cleaned_is_clean(text: str) -> None:
    try:
        once = clean(text, 8000)
    except MessageRefused:
        return
    assert clean(once, 8000) == once
    assert "\x00" not in once and "\r" not in once
    once.encode("utf-8")


@given(st.text(max_size=40))
def test_only_references_are_references(text: str) -> None:
    found = parse_reference(text)
    if found:
        assert parse_reference(reference(*found)) == found


def test_what_is_read_of_a_message_has_no_long_runs_and_an_end() -> None:
    assert readable("one  two\n\n\n\nthree \n four") == "one two\n\nthree\nfour"
    assert readable("can I renew a book?") == "can I renew a book?"
    long = "x " * 3000 + "can I renew a book?"
    assert len(readable(long)) == 2000
    assert readable(long).endswith("can I renew a book?")
    assert readable("e" + "\u0301" * 50) == "e" + "\u0301" * 3  # what is piled upon a letter


@pytest.mark.parametrize(
    "sign", ["a@", "@", "a@a.", " ", "\n", "\t \n", "_", "1", "«", "e\u0301", "ال", "? ", "(a "]
)
def test_no_message_keeps_its_readers_busy(sign: str) -> None:
    """A pattern that begins anew at each of 8,000 signs takes minutes; reading on takes none."""

    def late(*_: object) -> None:
        raise AssertionError("still reading")

    text = (sign * 8000)[:8000]
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        assert language_of(text, Language.AR) in Language
        assert searched(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
