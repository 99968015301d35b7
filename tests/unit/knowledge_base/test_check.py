"""What the check finds, where, and in which words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.engine.check import check_folder
from knowledge_base.engine.problems import Problem, errors
from tests.conftest import ROOT

TOPICS = {"renewal", "research_consultation"}


def change(root: Path, path: str, old: str, new: str) -> None:
    file = root / path
    text = file.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {path}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(root: Path, path: str, part: str) -> int:
    lines = (root / path).read_text(encoding="utf-8").splitlines()
    return next(at for at, line in enumerate(lines, start=1) if part in line)


def test_a_good_folder_has_no_problems(root: Path) -> None:
    assert check_folder(root, TOPICS, date(2026, 11, 1)) == []


def test_the_shipped_knowledge_base_has_no_problems() -> None:
    problems = check_folder(ROOT / "knowledge_base")
    assert not problems, "\n".join(map(str, problems))


def test_a_problem_reads_like_a_sentence_with_its_place(root: Path) -> None:
    change(root, "hours.yml", "08:00-22:00", "08:00-25:00")
    assert [str(p) for p in check_folder(root)] == [
        "hours.yml, line 4: “25:00” is not a time of day; write it as HH:MM, for example 22:00."
    ]


CASES = [
    # file, what is there, what is put in its place, what the line holds, what the sentence says
    ("hours.yml", '"14:00-20:00"', '"11:00-20:00"', "11:00-20:00", "overlap"),
    ("hours.yml", '"14:00-20:00"', '"20:00-14:00"', "20:00-14:00", "ends before it begins"),
    ("hours.yml", '"14:00-20:00"', '"14:00"', '"14:00"', "write it as 08:00-22:00"),
    ("hours.yml", "[fri]", "[thu]", "09:00-11:30", "“thu” has two lines"),
    ("hours.yml", "[fri]", "[friday]", "[friday]", "use one of: mon, tue"),
    ("hours.yml", "2026-12-25", "2026-02-30", "2026-02-30", "not in the calendar"),
    ("hours.yml", "2026-12-25", "25/12/2026", "25/12/2026", "YEAR-MONTH-DAY"),
    ("hours.yml", "to: 2027-01-21", "to: 2027-01-01", "to: 2027-01-01", "before it begins"),
    ("hours.yml", "closed: true, ", "", "2026-12-25", "closed: true"),
    ("hours.yml", "date: 2026-12-25", "from: 2026-12-25", "from: 2026-12-25", "both “from” and “to”"),
    ("hours.yml", "date: 2027-02-14", "date: 2027-01-10", "Founders", "both give hours for 2027-01-10"),
    ("hours.yml", "  night:", "  nightly:", "nightly:", "not a place in locations.yml"),
    ("library.yml", "?query={query}", "?query={words}", "{words}", "use {query}"),
    ("library.yml", "/isbn/{isbn}", "/isbn/", "/isbn/", "has no {isbn}"),
    ("library.yml", "Asia/Amman", "Asia/Marsad", "Asia/Marsad", "not a time zone"),
    ("library.yml", "desk: ask", "desk: counter", "desk: counter", "no hours in hours.yml"),
    ("library.yml", "phone: ", "phonee: ", "phonee", "did you mean “phone”"),
    ("library.yml", "ask@library.example", "ask(at)library", "ask(at)library", "not an e-mail address"),
    ("locations.yml", "part_of: main", "part_of: tower", "part_of: tower", "not a place in this file"),
    ("locations.yml", "kind: service", "kind: services", "kind: services", "use one of: branch"),
    ("locations.yml", ", ar: المقهى", "", "en: Café", "“name” has no Arabic text"),
    ("librarians.yml", "subjects: [biology]", "subjects: [botany]", "[botany]", "not a subject"),
    ("librarians.yml", "handles: [renewal]", "handles: [cooking]", "[cooking]", "not a topic"),
    ("databases.yml", "best_for: [biology]", "best_for: [botany]", "[botany]", "not a subject"),
    ("databases.yml", "proxy: false", "proxy: maybe", "proxy: maybe", "true or false"),
    ("databases.yml", "https://www.nature.com/", "www.nature.com", "www.nature.com", "https://"),
    ("faq/renewal.en.md", "owner: mona-haddad", "owner: nobody", "owner: nobody", "not a person"),
    ("faq/renewal.en.md", "topic: renewal", "topic: renewals", "topic: renewals", "not a topic"),
    ("faq/renewal.en.md", "language: en", "language: ar", "language: ar", "file's name says en"),
    ("faq/renewal.en.md", "reviewed: 2026-09-14", "reviewed: yesterday", "yesterday", "not a date"),
    ("faq/renewal.en.md", "reviewed:", "rewieved:", "rewieved", "did you mean “reviewed”"),
    ("faq/renewal.en.md", "[everyone]", "[pupils]", "[pupils]", "use one of: everyone"),
    ("faq/renewal.en.md", "{#late}", "{#renew-online}", "bring a book", "already used on line 10"),
    ("faq/renewal.en.md", " {#late}", "", "bring a book", "has no id"),
    ("faq/renewal.en.md", "{#late}", "{#Late!}", "bring a book", "not an id"),
    ("faq/renewal.en.md", "{#late}", "{#tardy}", "bring a book", "no counterpart in renewal.ar.md"),
    ("faq/renewal.en.md", "You may do so", "> You may do so", "You may do so", "belong right under"),
    ("faq/renewal.en.md", "You pay", "<b>You</b> pay", "<b>", "HTML is not allowed"),
    ("faq/renewal.en.md", "You pay", "![x](https://x.example/x.png) You pay", "![x]", "Pictures"),
    ("faq/renewal.en.md", "https://library.example/account", "/account", "/account", "must begin with https"),
    ("faq/renewal.en.md", "(https://library.example/account)", "(javascript:x)", "javascript", "must begin"),
    ("guides/judging-sources.en.md", "Look for a name", "| a | b |\n|---|---|\n\nLook", "| a |", "Tables"),
    ("guides/judging-sources.en.md", "Look for a name", "#### More\n\nLook for a name", "####", "### "),
    ("guides/judging-sources.en.md", "Look for a name", "```\nx\n```\n\nLook for a name", "```", "code"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "place", "words"), CASES)
def test_each_fault_is_told_with_its_line(
    root: Path, path: str, old: str, new: str, place: str, words: str
) -> None:
    change(root, path, old, new)
    told = [p for p in check_folder(root, TOPICS) if p.path == path and words in p.message]
    assert told, [str(p) for p in check_folder(root, TOPICS)]
    assert told[0].line == line_of(root, path, place), str(told[0])
    assert told[0].severity == "error"


def test_a_missing_field_is_told_where_its_entry_begins(root: Path) -> None:
    change(root, "librarians.yml", "    email: mona@library.example\n", "")
    (problem,) = check_folder(root)
    assert problem.line == line_of(root, "librarians.yml", "mona-haddad:")
    assert problem.message == "“email” is missing in “mona-haddad”."


def test_a_missing_twin_and_a_stray_file_are_told(root: Path) -> None:
    (root / "guides/judging-sources.ar.md").unlink()
    (root / "guides/notes.txt").write_text("x", encoding="utf-8")
    (root / "hours.yaml").write_text("x: 1", encoding="utf-8")
    told = {p.path: p.message for p in check_folder(root)}
    assert "no Arabic version" in told["guides/judging-sources.en.md"]
    assert ".en.md or .ar.md" in told["guides/notes.txt"]
    assert "not read" in told["hours.yaml"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: {en: A, ar: B\nemail: x\n", 2, "bracket"),
        ("name: A: B\n", 1, "quotation marks"),
        ("name:\n\tx: 1\n", 2, "tab"),
        ('name: "A\nemail: x\n', 3, "not closed"),
        ("name: {en: A, ar: B}\nname: {en: C, ar: D}\n", 2, "already on line 1"),
        ("", 1, "empty"),
        ("a: &x [*x]\n", 1, "refers to itself"),
        ("- a\n- b\n", 1, "no fields"),
    ],
)
def test_yaml_that_cannot_be_read_is_told_plainly(root: Path, text: str, line: int, words: str) -> None:
    (root / "library.yml").write_text(text, encoding="utf-8")
    told = [p for p in check_folder(root) if p.path == "library.yml" and words in p.message]
    assert told and told[0].line == line, [str(p) for p in check_folder(root)]


def test_a_file_that_is_not_text_is_told(root: Path) -> None:
    (root / "faq/renewal.en.md").write_bytes(b"---\ntitle: \xff\xfe\n---\n")
    told = [p for p in check_folder(root) if p.path == "faq/renewal.en.md"]
    assert told == [Problem("faq/renewal.en.md", 2, "The file is not UTF-8 text; save it again as UTF-8.")]


@pytest.mark.parametrize(
    "text", ["", "no front matter", "---\ntitle: x\n", "---\n---\n", "\x00", "---\n[\n---\n## a"]
)
def test_no_page_however_broken_stops_the_check(root: Path, text: str) -> None:
    (root / "faq/renewal.en.md").write_text(text, encoding="utf-8")
    assert any(p.path == "faq/renewal.en.md" for p in errors(check_folder(root)))


def test_advice_is_a_warning_and_depends_on_the_day(root: Path) -> None:
    assert [p.severity for p in check_folder(root, None, date(2026, 9, 1))] == ["warning", "warning"]
    late = check_folder(root, None, date(2029, 1, 1))
    assert len(late) == 4 and all("Nobody has checked" in p.message for p in late)


def test_values_stay_what_was_typed(root: Path) -> None:
    """In YAML 1.1 ``no`` is false and 012 is ten; in a librarian's file they are a word and a number."""
    change(root, "locations.yml", "[coffee shop, كافيه]", "[no, 012]")
    assert check_folder(root) == []
