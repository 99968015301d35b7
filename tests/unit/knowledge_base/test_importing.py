"""Bringing in an existing library's pages: reading them, the files they become, and their check."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.engine.check import check_folder
from knowledge_base.engine.load import Loader
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.snapshot import Holdings
from knowledge_base.importing.blocks import Block, blocks
from knowledge_base.importing.files import Planned, Rules, plan, slug, write
from knowledge_base.importing.html import fragment, read_saved_page
from knowledge_base.importing.items import Item, Refused, read_items

TODAY = date(2026, 11, 20)
TOPICS = ("renewal", "research_consultation", "hours")
PAGE = """<!DOCTYPE html>
<!-- saved from url=(0032)https://lib.cedar.example/loans/ -->
<html lang="en"><head><title>Loans | Cedar Library</title></head><body>
<header><nav><ul><li><a href="/find">Find things</a></li><li>About us</li></ul></nav></header>
<div class="breadcrumb"><a href="/">Home</a> &gt; Loans</div>
<div id="cookie-banner">We use cookies. <button>Accept</button></div>
<main><h1>Loans</h1><p>Anyone with a campus card may take books home, and bring them back to any desk.</p>
<h2>How many?</h2><ul><li>Students: <strong>twenty</strong></li>
<li>Staff: <a href="/staff">forty</a></li></ul>
<h2>Late books</h2><table><tr><th>Kind</th><th>A day</th></tr>
<tr><td>Book</td><td>10 piastres</td></tr></table>
<h3>Lost ones</h3><p>Tell the desk; a lost book is paid at its price.</p></main>
<aside><h3>Related</h3><a href="/rooms">Rooms to book</a></aside>
<footer><p>© Cedar Library. <a href="/privacy">Privacy statement</a></p></footer></body></html>"""
ARABIC_PAGE = """<html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>الإعارة - مكتبة الأرز</title>
<link rel="canonical" href="https://lib.cedar.example/ar/loans"></head><body>
<div id="menu"><a href="/">الصفحة الأولى</a></div><div id="content"><h1>الإعارة</h1>
<p>يستعير حاملو البطاقة الجامعية عشرين كتابًا، ويعيدونها إلى أي مكتب من مكاتب المكتبة.</p>
<h2>الكتب المفقودة</h2><p>يُدفع ثمن الكتاب المفقود بسعره يوم الشراء.</p></div></body></html>"""


def rules(**more: object) -> Rules:
    return Rules(**{"owner": "mona-haddad", "today": TODAY, "topics": TOPICS, "topic": "renewal"} | more)  # type: ignore[arg-type]


def brought(source: Path, root: Path, **more: object) -> list[Planned]:
    planned = plan(read_items(source), root, rules(**more))
    write(planned, root)
    return planned


def test_a_saved_page_keeps_its_content_and_loses_what_is_around(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saved" / "deep"
    folder.mkdir(parents=True)
    (folder / "loans.html").write_text(PAGE, encoding="utf-8")
    (folder / "loans-ar.htm").write_text(ARABIC_PAGE, encoding="utf-8")
    (folder / "empty.html").write_text("<html><body></body></html>", encoding="utf-8")
    states = {p.where: (p.state, p.path) for p in brought(tmp_path / "saved", root)}
    assert states == {
        "deep/loans.html": ("new", "guides/loans.en.md"),
        "deep/loans-ar.htm": ("new", "guides/loans-ar.ar.md"),
        "deep/empty.html": ("refused", ""),
    }
    text = (root / "guides/loans.en.md").read_text(encoding="utf-8")
    assert 'title: "Loans"' in text and 'url: "https://lib.cedar.example/loans/"' in text
    assert "## How many? {#how-many}" in text and "### Lost ones" in text
    assert "- Students: **twenty**" in text and "[forty](https://lib.cedar.example/staff)" in text
    assert "- Book – A day: 10 piastres" in text
    for around in ("cookies", "Find things", "Home", "Rooms to book", "Privacy", "Cedar Library"):
        assert around not in text
    text = (root / "guides/loans-ar.ar.md").read_text(encoding="utf-8")
    assert "language: ar" in text and "## الكتب المفقودة {#" in text and "الصفحة الأولى" not in text
    assert check_folder(root, TOPICS, TODAY) == []


def test_a_short_page_is_not_filled_up_with_its_banners(tmp_path: Path) -> None:
    (tmp_path / "wifi.html").write_text(
        """<html lang="ar"><head><title>Wi-Fi</title></head><body>
<div id="cookie-banner">We use cookies to improve your experience.</div>
<div class="alert-banner">The east stairs are closed for painting until Friday.</div>
<main><h1>الشبكة اللاسلكية</h1><p>اختر الشبكة وادخل بحسابك.</p>
<div class="share-buttons">Share this page</div></main>
<footer>Mill Lane, and the privacy statement</footer></body></html>""",
        encoding="utf-8",
    )
    (page,) = read_items(tmp_path)
    assert isinstance(page, Item)
    assert page.markdown.split() == ["#", "الشبكة", "اللاسلكية", "اختر", "الشبكة", "وادخل", "بحسابك."]
    (planned,) = plan([page], tmp_path, rules())
    assert planned.path.endswith(".ar.md")


def test_an_imported_page_is_shown_with_its_own_address(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "p.html"
    source.write_text(PAGE, encoding="utf-8")
    brought(source, root)
    held = Holdings(Loader(root).load(), "https://ask.example/guides")
    urls = {p.url for p in held.passages.values() if p.document.id == "loans"}
    assert urls == {"https://lib.cedar.example/loans/"}  # exactly: the page there has none of our anchors
    assert held.passages["guide/judging-sources#date:en"].url == (
        "https://ask.example/guides/en/judging-sources#date"
    )


CSV = (
    "Question,Answer,URL,topic,language\n"
    "How do I pay a fine?,\"At the desk, or <b>online</b>.<ul><li>cash</li><li>card</li></ul>\",https://c.example/f/1,,\n"
    "Where do I return a laptop?,To the desk.,,,\n"
    "Can I return by post?,Yes; write your card's number on the parcel.,,,\n"
    "كيف أدفع الغرامة؟,في المكتب أو عبر الشبكة.,https://c.example/f/2,,\n"
    "Nothing?,,,,\n"
    "Lost?,Tell us.,c.example/f/3,,\n"
    "When?,Always.,,seasons,\n"
)  # fmt: skip


def test_a_table_of_questions_becomes_faq_files(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "faq.csv"
    source.write_text("\ufeff" + CSV, encoding="utf-8")
    planned = brought(source, root)
    written = {p.path for p in planned if p.state == "new"}
    assert {"faq/renewal--how-do-i-pay-a-fine.en.md", "faq/renewal--imported.en.md"} < written
    assert len(written) == 3 and sum(path.endswith(".ar.md") for path in written) == 1
    reasons = {p.where: p.reason for p in planned if p.state == "refused"}
    assert "“answer” is missing" in reasons["faq.csv, line 6"]
    assert "not a web address" in reasons["faq.csv, line 7"]
    assert "“seasons” is not a topic" in reasons["faq.csv, line 8"]
    text = (root / "faq/renewal--how-do-i-pay-a-fine.en.md").read_text(encoding="utf-8")
    assert "At the desk, or **online**." in text and "- cash\n- card" in text
    text = (root / "faq/renewal--imported.en.md").read_text(encoding="utf-8")
    assert "{#where-do-i-return-a-laptop}" in text and "{#can-i-return-by-post}" in text
    assert check_folder(root, TOPICS, TODAY) == []
    held = Holdings(Loader(root).load(), "https://ask.example/guides")
    passage = held.passages["faq/renewal--how-do-i-pay-a-fine#how-do-i-pay-a-fine:en"]
    assert (passage.url, passage.document.topic) == ("https://c.example/f/1", "renewal")


def test_lines_become_guides_and_questions_become_faq(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "pages.jsonl"
    long = "\n\n".join(
        f"Paragraph {n} " + "speaks of maps and their scales at length. " * 12 for n in range(6)
    )
    rows = (
        {"id": "m", "title": "Maps", "text": long, "url": "https://c.example/maps"},
        {"id": "e", "title": "May I eat here?", "text": "Only downstairs.", "url": "https://c.example/eat"},
        {"title": "On the web"},
    )
    lines = [*(json.dumps(row) for row in rows), '{"title": ', "[1]"]
    source.write_text("\n".join(lines), encoding="utf-8")
    planned = brought(source, root)
    assert [p.path for p in planned if p.state == "new"] == [
        "guides/maps.en.md",
        "faq/renewal--may-i-eat-here.en.md",
    ]
    refused = {p.where: p.reason for p in planned if p.state == "refused"}
    assert list(refused) == ["pages.jsonl, line 3", "pages.jsonl, line 4", "pages.jsonl, line 5"]
    text = (root / "guides/maps.en.md").read_text(encoding="utf-8")
    assert "## Maps {#maps}" in text and "## Maps (part 2) {#maps-part-2}" in text
    assert check_folder(root, TOPICS, TODAY) == []


def test_nothing_that_is_there_is_overwritten(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "x.jsonl"
    source.write_text('{"title": "Judging sources", "text": "Ask who wrote it."}', encoding="utf-8")
    before = (root / "guides/judging-sources.en.md").read_text(encoding="utf-8")
    (one,) = brought(source, root)
    assert one.state == "kept" and "--replace" in one.reason
    assert (root / "guides/judging-sources.en.md").read_text(encoding="utf-8") == before
    (one,) = brought(source, root, replace=True)
    assert one.state == "replaced"
    assert "Ask who wrote it." in (root / "guides/judging-sources.en.md").read_text(encoding="utf-8")
    assert check_folder(root, TOPICS, TODAY) == []  # its Arabic twin has other sections, and may


def test_the_same_source_gives_the_same_files(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "x.jsonl"
    line = '{"title": "Maps", "text": "On floor two.", "url": "https://c.example/%s"}\n'
    source.write_text("".join(line % n for n in (1, 2)), encoding="utf-8")
    assert [p.path for p in brought(source, root)] == ["guides/maps.en.md", "guides/maps-2.en.md"]
    assert [p.state for p in brought(source, root)] == ["kept", "kept"]
    assert [p.state for p in brought(source, root, replace=True)] == ["replaced", "replaced"]


def test_a_topic_is_found_where_none_is_given(root: Path) -> None:
    items = [
        Item("a", "Opening times", "We open at eight.", topic="hours"),
        Item("b", "Longer loans", "Press renew."),
        Item("c", "Strange", "Words."),
    ]

    def guess(texts: object) -> list[str | None]:
        assert texts == ["Longer loans. Press renew.", "Strange. Words."]
        return ["renewal", None]

    planned = plan(items, root, rules(topic=None, guess=guess))
    assert [p.state for p in planned] == ["new", "new", "refused"]
    assert "topic: hours" in planned[0].text and "topic: renewal" in planned[1].text
    assert planned[2].reason == "No topic was given or found; name one with --topic."


def test_a_file_that_would_not_pass_is_not_written(root: Path) -> None:
    (one,) = plan([Item("a", "Maps", "![only a picture](x.png)")], root, rules())
    assert one.state == "refused" and "would not pass the check" in one.reason


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.csv", "a,b\n1,2\n", "question and answer"),
        ("x.jsonl", '{"title": "a", "text": "b", "language": "fr"}', "“fr” is not known"),
        ("x.html", "", "No main content"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (one,) = read_items(tmp_path / name)
    assert isinstance(one, Refused) and said in one.reason and one.where.startswith(name)


def test_a_source_that_is_not_text_or_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"question,answer\n\xff,\xfe")
    (one,) = read_items(tmp_path / "x.csv")
    assert one == Refused("x.csv, line 2", "The file is not UTF-8 text; save it again as UTF-8.")
    with pytest.raises(KnowledgeBaseError, match="no such file"):
        read_items(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(KnowledgeBaseError, match="nothing here can be imported"):
        read_items(tmp_path / "empty")


def test_the_address_of_a_page_that_does_not_say_it(tmp_path: Path) -> None:
    (tmp_path / "help").mkdir()
    page = PAGE.replace("saved from", "kept from")
    (tmp_path / "help/loans.html").write_text(page, encoding="utf-8")
    (one,) = read_items(tmp_path, "https://lib.cedar.example/")
    assert isinstance(one, Item) and one.url == "https://lib.cedar.example/help/loans.html"
    mirrored = b"<!-- Mirrored from lib.cedar.example/loans by HTTrack -->" + page.encode()
    assert read_saved_page(mirrored).url == "https://lib.cedar.example/loans"


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("# A *b*\ntext", [Block("A b", 1), Block("text")]),
        ("> said\n> so", [Block("said so")]),
        ("```\nx < y\n<b>z\n```", [Block("x < y  z".replace("  ", " "))]),
        ("a\n\n---\n\nb", [Block("a"), Block("b")]),
        ("![pic](x.png) and [words](javascript:x)", [Block("and words")]),
        ("[here](/a b)", [Block("[here](/a b)")]),
        ("[here](</a b>)", [Block("[here](https://c.example/a%20b)")]),
        ("- a\n  - b\n- c", [Block("- a\n   - b\n- c")]),
        ("one<br>two <b>three</b>", [Block("one\ntwo three")]),
        ("| |x|\n|-|-|\n|a|1|", [Block("- a – x: 1")]),
        ("Title\n===\nبعد", [Block("Title", 1), Block("بعد")]),
        ("    indented", [Block("indented")]),
    ],
)
def test_markdown_is_rewritten(markdown: str, found: list[Block]) -> None:
    assert blocks(markdown, "https://c.example/") == found


def test_bold_words_between_blocks_stay_in_their_sentence() -> None:
    assert fragment("Take <b>two</b> of them.<ul><li>a</li></ul>And <i>go</i>.", None).startswith(
        "Take **two** of them."
    )


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("What's on?", "whats-on"),
        ("  APA: 7th ed.", "apa-7th-ed"),
        ("الإعارة", ""),
        ("12", ""),
        ("a " * 99, "a"),
    ],
)
def test_ids(text: str, id_: str) -> None:
    made = slug(text)
    assert made.startswith(id_) and len(made) <= 60 and (made == "") == (id_ == "")
