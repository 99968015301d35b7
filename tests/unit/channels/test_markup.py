"""The limited Markdown, and where long texts are cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from channels.cutting import cut
from channels.markup import LineKind, markdown, plain, safe, words
from channels.telegram.entities import LIMIT, pieces, units


def test_lists_bold_links_and_code() -> None:
    lines = markdown(
        "## Loans\n\nRenew **now** with `my id`:\n\n1. [Sign in](https://a.example/x_(y))\n- call\n\n\n"
    )
    assert [line.kind for line in lines] == [
        LineKind.HEADING,
        LineKind.BLANK,
        LineKind.TEXT,
        LineKind.BLANK,
        LineKind.NUMBERED,
        LineKind.BULLET,
    ]
    spans = {span.text: span for line in lines for span in line.spans}
    assert spans["now"].bold and spans["my id"].code and spans["Loans"].bold
    assert spans["Sign in"].url == "https://a.example/x_(y)"
    assert words(lines).endswith("1. Sign in\n• call")


def test_titles_are_in_italics_and_other_stars_stay() -> None:
    text = "*The Dry Season*. *Cities*, *7*(2). **In *bold* too**. librar* OR *educat, 2*3*4, 2 * 3 * 4, f*"
    spans = [span for line in markdown(text) for span in line.spans]
    assert [span.text for span in spans if span.italic] == ["The Dry Season", "Cities", "7", "bold"]
    assert all(span.bold for span in spans if span.text in ("In ", "bold", " too"))
    assert words(markdown(text)).endswith("librar* OR *educat, 2*3*4, 2 * 3 * 4, f*")


def test_a_bare_address_is_a_link_without_the_end_of_its_sentence() -> None:
    text = "See https://a.example/x?y=1, **https://b.example** or `https://c.example`؛ [here https://d.example](https://e.example)."
    lines = markdown(text)
    linked = {span.text: span.url for span in lines[0].spans if span.url}
    assert linked == {
        "https://a.example/x?y=1": "https://a.example/x?y=1",
        "https://b.example": "https://b.example",
        "here ": "https://e.example",
        "https://d.example": "https://e.example",
    }
    assert words(lines) == text.replace("**", "").replace("`", "").replace(
        "[here https://d.example](https://e.example)", "here https://d.example"
    )


def test_what_is_not_safe_to_link_to_stays_text() -> None:
    assert words(markdown("[x](javascript:alert(1)) [y](https://me:you@a.example)")) == (
        "[x](javascript:alert(1)) [y](https://me:you@a.example)"
    )
    assert safe("mailto:ask@library.example") and not safe("https:///x") and not safe("file:///etc/passwd")


def test_a_patrons_words_are_only_words() -> None:
    text = "**not bold** [x](https://a.example)\n- no list"
    assert words(plain(text)) == text
    assert all(span.url is None and not span.bold for line in plain(text) for span in line.spans)


@given(st.text(), st.integers(min_value=2, max_value=40))
def test_no_part_is_too_long_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    parts = cut(text, limit, units)
    assert all(units(text[start:end]) <= limit for start, end in parts)
    kept = "".join(text[start:end] for start, end in parts)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(a[1] <= b[0] for a, b in pairwise(parts))


def test_parts_end_at_sentences_in_both_languages() -> None:
    for sentence in ("One more sentence. ", "هل هذه جملة؟ "):
        for piece in pieces(markdown(sentence * 600)):
            assert piece.text[-1] in ".؟"
            assert units(piece.text) <= LIMIT
