"""The staff's regression set: reading it, ids that are gone, and what counts as found."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.engine.base import KnowledgeBase
from knowledge_base.engine.check import check_folder
from knowledge_base.engine.encoder import Encoder
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.questions import Expected, check_questions, read_expected, unknown_ids
from tests.conftest import ROOT

FILE = """\
# a remark
faq/renewal#renew-online:
  - keep a book for longer
  - كيف أمدد الإعارة؟
guide/judging-sources, faq/renewal#late: which author wrote the page
"""


def _read(folder: Path, text: str) -> list[Expected]:
    file = folder / "questions.yml"
    file.write_text(text, encoding="utf-8")
    return read_expected(file)


def test_questions_are_read_with_their_lines(tmp_path: Path) -> None:
    assert _read(tmp_path, FILE) == [
        Expected("keep a book for longer", ("faq/renewal#renew-online",), 3),
        Expected("كيف أمدد الإعارة؟", ("faq/renewal#renew-online",), 4),
        Expected("which author wrote the page", ("guide/judging-sources", "faq/renewal#late"), 5),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an id"),
        ("- a\n- b\n", "an id"),
        ("faq/a#b:\n  - {x: 1}\n", "line 1: “faq/a#b” needs a list of questions"),
        ("faq/a#b:\n", "needs a list of questions"),
        ("faq/a#b: [one\n", "questions.yml, line"),
        ("a: [x]\na: [y]\n", "line 2"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(KnowledgeBaseError, match=said):
        _read(tmp_path, text)


def test_the_right_entry_and_its_place(root: Path, tmp_path: Path, encoder: Encoder) -> None:
    held = KnowledgeBase.open(root, tmp_path / "cache", encoder, guides_url="https://x.example").snapshot
    expected = _read(
        root,
        "faq/renewal#renew-online: [How do I renew a book?, كيف أجدد كتابًا؟]\n"
        "faq/renewal: [what does a late book cost]\n"
        "guide/judging-sources#date: [How do I renew a book?]\n",
    )
    found = check_questions(expected, held)
    assert [one.place for one in found[:3]] == [1, 1, 1]
    wrong = found[3]
    assert wrong.place != 1 and wrong.first is not None
    assert wrong.first.passage.twin == "faq/renewal#renew-online"
    assert unknown_ids(expected, held) == []
    assert check_folder(root) == []  # the file itself is no stray file


def test_an_id_that_is_gone_is_told_once(root: Path, tmp_path: Path, encoder: Encoder) -> None:
    held = KnowledgeBase.open(root, tmp_path / "cache", encoder, guides_url="https://x.example").snapshot
    problems = unknown_ids(_read(tmp_path, "faq/renewal#gone: [a, b]\nfaq/renewal#late: [c]\n"), held)
    assert [str(p) for p in problems] == [
        "questions.yml, line 1: There is no “faq/renewal#gone” in the knowledge base."
    ]


def test_the_shipped_set_is_large_and_in_both_languages() -> None:
    expected = read_expected(ROOT / "knowledge_base" / "questions.yml")
    arabic = sum(any("\u0600" <= c <= "\u06ff" for c in one.question) for one in expected)
    assert len(expected) >= 60 and arabic >= 30
    assert len({one.question for one in expected}) == len(expected)
