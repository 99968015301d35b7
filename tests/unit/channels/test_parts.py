"""Tokens, origins, limits and the wire, each alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Choice, Citation, Content, ConversationId, Language, Message, Speaker
from channels.limits import MANY, RateLimiter
from channels.web import tokens
from channels.web.origins import OriginCheck
from channels.web.wire import (
    Malformed,
    bot_uttered,
    message_json,
    read_id,
    read_language,
    read_number,
    read_text,
)


def message(content: Content, speaker: Speaker = Speaker.ASSISTANT, author: str | None = None) -> Message:
    at = datetime(2026, 9, 14, 12, 30, 5, 250_000, tzinfo=UTC)
    return Message(ConversationId("c"), 7, speaker, content, Language.EN, at, author, "made-by-page")


def test_tokens_are_long_different_and_not_what_is_kept() -> None:
    made = {tokens.issue() for _ in range(50)}
    assert len(made) == 50
    for token in made:
        assert tokens.well_formed(token) == token
        assert len(tokens.chat_id(token)) == 64
        assert token not in tokens.chat_id(token)


@pytest.mark.parametrize("bad", [None, 7, "", "short", "a" * 44, "é" * 43, ["a" * 43], "a" * 42 + "\n"])
def test_what_is_no_token_is_known_for_it(bad: object) -> None:
    assert tokens.well_formed(bad) is None


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://library.example:8080", "library.example:8080", True),
        ("https://library.example", "library.example", True),  # TLS ends at a proxy
        ("https://LIBRARY.example", "library.EXAMPLE", True),
        ("https://www.university.example", "library.example", True),
        ("https://www.university.example:443", "library.example", True),
        ("http://www.university.example", "library.example", False),
        ("https://www.university.example.evil.example", "library.example", False),
        ("https://library.example.evil.example", "library.example", False),
        ("https://evil.example", "library.example", False),
        ("https://library.example@evil.example", "library.example", False),
        ("http://library.example:9999", "library.example:8080", False),
        ("null", "library.example", False),
        ("file://", "library.example", False),
        ("http://[", "library.example", False),
        ("", None, False),
        (None, "library.example", False),
    ],
)
def test_origins(origin: str | None, host: str | None, allowed: bool) -> None:
    check = OriginCheck(["https://www.university.example", "not an origin"])
    assert check.allows(origin, host) is allowed


def test_a_star_allows_every_site() -> None:
    assert OriginCheck(["*"]).allows("https://anywhere.example", "library.example")


def test_a_bucket_empties_and_refills() -> None:
    now = [0.0]
    limiter = RateLimiter(60, clock=lambda: now[0])
    assert [limiter.take("a") for _ in range(60)] == [0.0] * 60
    assert limiter.take("a") == pytest.approx(1.0)
    assert limiter.take("b") == 0.0
    now[0] += 1.01
    assert limiter.take("a") == 0.0
    assert limiter.take("a") > 0.9
    now[0] += 3600
    assert [limiter.take("a") for _ in range(60)] == [0.0] * 60
    assert limiter.take("a") > 0


def test_idle_keys_are_forgotten_and_busy_ones_are_not() -> None:
    now = [0.0]
    limiter = RateLimiter(2, clock=lambda: now[0])
    limiter.take("old")
    now[0] += 3600
    assert limiter.take("busy") == limiter.take("busy") == 0.0
    for n in range(MANY + 5):
        limiter.take(f"key {n}")
    assert limiter.take("busy") > 0
    assert len(limiter._buckets) <= MANY + 1


def test_payloads_never_leave() -> None:
    content = Content("Which?", choices=(Choice("This", "/secret{}"),), rateable=True, topic="loans")
    sent = message_json(message(content))
    assert sent["choices"] == [{"title": "This", "ref": "choice:7:0"}]
    assert "secret" not in str(sent)
    assert sent["at"] == "2026-09-14T12:30:05.250Z"
    assert sent["id"] is None
    assert message_json(message(content, Speaker.PATRON))["id"] == "made-by-page"


def test_rasas_shape_has_no_key_too_many() -> None:
    assert bot_uttered(message(Content("Hello"))) == {"text": "Hello"}
    chosen = bot_uttered(message(Content("Which?", choices=(Choice("This", "/x"),))))
    assert chosen == {
        "text": "Which?",
        "quick_replies": [{"content_type": "text", "title": "This", "payload": "choice:7:0"}],
    }
    citation = Citation("A [guide]", "https://l.example/a(b)", "Part", date(2026, 1, 2))
    cited = bot_uttered(message(Content("So.", citations=(citation,)), Speaker.LIBRARIAN, "Layla"))
    assert cited == {"text": "**Layla:** So.\n\nSource: [A (guide) – Part](https://l.example/a%28b%29)"}


@pytest.mark.parametrize("bad", [None, 3, "", "short", "x" * 65, "with space", "ünïcödé-id", "a/../../b"])
def test_ids_are_checked(bad: object) -> None:
    with pytest.raises(Malformed):
        read_id({"id": bad})


@pytest.mark.parametrize("bad", [None, "3", 1.5, True, -1, 2**31])
def test_numbers_are_checked(bad: object) -> None:
    with pytest.raises(Malformed):
        read_number({"after": bad}, "after")


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_can_be_kept_as_utf8(text: str) -> None:
    assert read_text({"text": text}, "text").encode("utf-8").decode("utf-8")[:40] is not None
    assert read_text({"text": "\ud800" + "x"}, "text") == "?x"


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("en", Language.EN),
        ("AR", Language.AR),
        ("ar-JO", Language.AR),
        ("arc", None),
        ("fr", None),
        (3, None),
    ],
)
def test_languages(value: object, language: Language | None) -> None:
    assert read_language(value) is language
