"""What the classifier reads, before it reads it."""

import pytest

from bot.intents.encoder import DIMENSIONS, encode
from bot.intents.grams import Vocabulary, grams
from bot.intents.text import MAX_CHARS, for_counting, for_encoder


def test_a_nul_does_not_end_the_text() -> None:
    assert for_encoder("renew\x00 my book") == "renew my book"


def test_half_a_surrogate_pair_is_replaced() -> None:
    for_encoder("\ud83d hello").encode("utf-8")


def test_long_texts_are_cut() -> None:
    assert len(for_encoder("a" * 50_000)) == MAX_CHARS


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        ("إِعَارَةُ الكُتُبِ", "اعاره الكتب"),
        ("مكتبــــة", "مكتبه"),
        ("أين آلة الطباعة؟", "اين اله الطباعه؟"),
        ("شؤون القارئ", "شوون القاري"),
        ("٢٠٢٦ و ۱۲", "2026 و 12"),
        ("Helllllo", "hello"),
        ("ＪＳＴＯＲ", "jstor"),
    ],
)
def test_letters_have_one_spelling(typed: str, counted: str) -> None:
    assert for_counting(typed) == counted


def test_spellings_of_one_word_count_the_same() -> None:
    assert set(grams("الإعارة")) == set(grams("الاعاره"))


def test_characters_and_words_weigh_the_same() -> None:
    vocabulary = Vocabulary.of(["renew my book", "print my book"])
    _, values = vocabulary.count("renew my book")
    assert (values**2).sum() == pytest.approx(2.0, abs=1e-5)


def test_unknown_grams_are_left_out() -> None:
    indices, values = Vocabulary.of(["abc"]).count("漢字")
    assert len(indices) == len(values) == 0


def test_the_commonest_grams_are_kept() -> None:
    vocabulary = Vocabulary.of(["abab", "abab", "xyxy"], at_most=3)
    assert len(vocabulary.names) == 3
    assert not any("x" in name for name in vocabulary.names)


def test_the_encoder_takes_any_text() -> None:
    vectors = encode(["", "\x00", "مرحبا", "x" * 9000])
    assert vectors.shape == (4, DIMENSIONS)
    assert (vectors[0] == vectors[1]).all()
