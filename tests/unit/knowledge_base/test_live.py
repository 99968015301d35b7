"""The live knowledge base: search, edits, broken files, restarts, the cache, watching."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from knowledge_base.engine.base import KnowledgeBase
from knowledge_base.engine.encoder import Encoder, RememberingEncoder, Vectors
from knowledge_base.engine.load import Loader
from knowledge_base.engine.problems import KnowledgeBaseError, errors
from knowledge_base.engine.snapshot import Snapshot
from tests.unit.knowledge_base.files import LIBRARIANS, RENEWAL_EN

URL = "https://library.example/guides"


class Counting:
    """The real encoder, and how many texts were given to it."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimensions, self.spaces = encoder.name, encoder.dimensions, encoder.spaces
        self._encoder = encoder
        self.passages = self.queries = 0

    def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
        self.queries += len(texts)
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], own: bool = False) -> Vectors:
        self.passages += len(texts)
        return self._encoder.encode_passages(texts)


@pytest.fixture
def counting(encoder: Encoder) -> Counting:
    return Counting(encoder)


@pytest.fixture
def base(root: Path, tmp_path: Path, counting: Counting) -> KnowledgeBase:
    return KnowledgeBase.open(root, tmp_path / "cache", counting, guides_url=URL)


def edit(root: Path, path: str, old: str, new: str) -> None:
    file = root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def found(snapshot: Snapshot, question: str, language: str | None = None) -> list[str]:
    return [hit.passage.id for hit in snapshot.search(question, language)]


def test_a_question_finds_its_answer_in_either_language(base: KnowledgeBase) -> None:
    snapshot = base.snapshot
    assert found(snapshot, "I want to keep the book a few more weeks")[0] == "faq/renewal#renew-online:en"
    assert found(snapshot, "كم الغرامة على الكتاب المتأخر")[0] == "faq/renewal#late:ar"
    assert found(snapshot, "who is the author of a web page")[0] == "guide/judging-sources#author:en"


def test_twins_are_one_hit_in_the_askers_language(base: KnowledgeBase) -> None:
    ids = found(base.snapshot, "overdue fines")
    assert len({i.rsplit(":", 1)[0] for i in ids}) == len(ids) and all(i.endswith(":en") for i in ids)
    assert found(base.snapshot, "overdue fines", "ar")[0] == "faq/renewal#late:ar"


def test_text_that_exists_in_one_language_is_found_in_the_other(base: KnowledgeBase, root: Path) -> None:
    (root / "faq/renewal.ar.md").unlink()
    base.reload()
    assert found(base.snapshot, "كم غرامة التأخير عن كل يوم")[0] == "faq/renewal#late:en"


def test_scores_are_chances_and_fall(base: KnowledgeBase) -> None:
    hits = base.snapshot.search("how do I renew a book", "en")
    assert all(0 <= s <= 1 for h in hits for s in (h.score, h.dense, h.keyword))
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    stranger = base.snapshot.search("who won the football match yesterday", "en")
    assert hits[0].score > 0.6 > stranger[0].score
    assert len(base.snapshot.search("book", "en", k=2)) == 2
    assert base.snapshot.search("  ") == [] and base.snapshot.search("x", k=0) == []


def test_a_topics_weight_lifts_its_passages(base: KnowledgeBase) -> None:
    plain = {h.passage.id: h.score for h in base.snapshot.search("date", "en")}
    lifted = {h.passage.id: h.score for h in base.snapshot.search("date", "en", 10, {"renewal": 0.9})}
    assert lifted["faq/renewal#late:en"] > plain["faq/renewal#late:en"]
    assert lifted["guide/judging-sources#date:en"] == plain["guide/judging-sources#date:en"]


@pytest.mark.parametrize("question", ["\0", "؟", "a" * 100_000, "\ud800", "🙂", "' OR 1=1 --"])
def test_any_text_can_be_asked(base: KnowledgeBase, question: str) -> None:
    assert isinstance(base.snapshot.search(question), list)


def test_documents_passages_and_their_addresses(base: KnowledgeBase, root: Path) -> None:
    view = base.snapshot.document("judging-sources", "en")
    assert view is not None and view.intro is not None
    assert [p.anchor for p in view.passages] == ["author", "date"]
    assert view.intro.id == "guide/judging-sources#top:en" and view.intro.url == f"{URL}/en/judging-sources"
    passage = base.snapshot.passage("faq/renewal#late:ar")
    assert passage is not None and passage.url == f"{URL}/ar/faq/renewal#late"
    assert base.snapshot.twin(passage, "en") is base.snapshot.passage("faq/renewal#late:en")
    assert base.snapshot.document("renewal", "en") is None
    assert base.snapshot.document("renewal", "en", "faq") is not None
    edit(root, "guides/judging-sources.en.md", "language: en", "url: https://x.example/page\nlanguage: en")
    base.reload()
    moved = base.snapshot.passage("guide/judging-sources#date:en")
    assert moved is not None and moved.url == "https://x.example/page#date"


def test_only_changed_texts_are_encoded(
    base: KnowledgeBase, root: Path, tmp_path: Path, counting: Counting
) -> None:
    everything = counting.passages
    assert everything > 15 and base.reload() is False
    edit(root, "faq/renewal.en.md", "> extend my loan", "> give me more time")
    assert base.reload() is True
    assert counting.passages == everything + 1
    KnowledgeBase.open(root, tmp_path / "cache", counting, guides_url=URL)
    assert counting.passages == everything + 1


def test_progress_is_told_from_nothing_to_all(root: Path, tmp_path: Path, encoder: Encoder) -> None:
    told: list[tuple[int, int]] = []
    KnowledgeBase.open(
        root, tmp_path / "c", encoder, guides_url=URL, progress=lambda done, total: told.append((done, total))
    )
    assert told[0][0] == 0 and told[-1][0] == told[-1][1] > 15


@pytest.mark.parametrize("damage", ["torn", "garbage", "empty", "other"])
def test_a_damaged_cache_is_made_again(root: Path, tmp_path: Path, counting: Counting, damage: str) -> None:
    cache = tmp_path / "cache"
    KnowledgeBase.open(root, cache, counting, guides_url=URL)
    (file,) = cache.glob("*.npz")
    whole = file.read_bytes()
    middle = len(whole) // 2
    other = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    file.write_bytes({"torn": whole[:middle], "garbage": b"x" * 99, "empty": b"", "other": other}[damage])
    before = counting.passages
    base = KnowledgeBase.open(root, cache, counting, guides_url=URL)
    assert counting.passages == 2 * before
    assert found(base.snapshot, "how do I renew a book")[0] == "faq/renewal#renew-online:en"


def test_a_broken_file_leaves_the_last_good_version(base: KnowledgeBase, root: Path) -> None:
    edit(root, "faq/renewal.en.md", "owner: mona-haddad", "ownr: mona-haddad")
    edit(root, "hours.yml", "08:00-22:00", "08:00-26:00")
    base.reload()
    assert {p.path for p in errors(base.problems)} == {"faq/renewal.en.md", "hours.yml"}
    assert base.snapshot.passage("faq/renewal#renew-online:en") is not None
    assert "main" in base.snapshot.hours.places
    edit(root, "faq/renewal.en.md", "ownr: mona-haddad", "owner: mona-haddad")
    edit(root, "hours.yml", "08:00-26:00", "08:00-22:00")
    base.reload()
    assert base.problems == ()


def test_a_restart_with_a_broken_file_serves_as_before(
    base: KnowledgeBase, root: Path, tmp_path: Path, encoder: Encoder
) -> None:
    (root / "faq/renewal.en.md").write_text("oh no", encoding="utf-8")
    (root / "library.yml").write_text("{", encoding="utf-8")
    again = KnowledgeBase.open(root, tmp_path / "cache", encoder, guides_url=URL)
    assert again.snapshot.passage("faq/renewal#late:en") is not None
    assert again.snapshot.library.email == "ask@library.example"


def test_without_an_earlier_version_the_broken_part_is_left_out(
    root: Path, tmp_path: Path, encoder: Encoder
) -> None:
    edit(root, "faq/renewal.en.md", " {#late}", "")
    (root / "librarians.yml").write_text(LIBRARIANS.replace("mona@library.example", "mona"), encoding="utf-8")
    edit(root, "library.yml", "time_zone: Asia/Amman", "time_zone: Mars")
    (root / "databases.yml").unlink()
    base = KnowledgeBase.open(root, tmp_path / "fresh", encoder, guides_url=URL)
    snapshot = base.snapshot
    assert snapshot.passage("faq/renewal#renew-online:en") is not None
    assert snapshot.passage("faq/renewal#late:en") is None
    assert snapshot.passage("faq/renewal#late:ar") is not None
    assert set(snapshot.people) == {"omar-saleh"} and snapshot.databases == {}
    assert snapshot.library.time_zone == "UTC" and snapshot.library.email == "ask@library.example"
    assert {p.path for p in errors(base.problems)} == {
        "faq/renewal.en.md", "librarians.yml", "library.yml", "databases.yml", "faq/renewal.ar.md",
    }  # fmt: skip


def test_a_page_taken_away_is_gone_for_good(base: KnowledgeBase, root: Path, tmp_path: Path) -> None:
    for file in root.glob("faq/renewal.*.md"):
        file.unlink()
    base.reload()
    assert not [i for i in base.snapshot.passages if i.startswith("faq/")]
    (root / "faq/renewal.en.md").write_text("half a pa", encoding="utf-8")
    base.reload()
    assert not [i for i in base.snapshot.passages if i.startswith("faq/")]
    assert not list((tmp_path / "cache").rglob("renewal.en.md"))


def test_a_snapshot_in_use_does_not_change(base: KnowledgeBase, root: Path) -> None:
    old = base.snapshot
    edit(root, "faq/renewal.en.md", "four times", "five times")
    base.reload()
    before, after = (
        old.passage("faq/renewal#renew-online:en"),
        base.snapshot.passage("faq/renewal#renew-online:en"),
    )
    assert before and after and "four times" in before.text and "five times" in after.text
    assert found(old, "how do I renew a book")[0] == "faq/renewal#renew-online:en"


def test_no_folder_is_said_in_a_sentence(tmp_path: Path, encoder: Encoder) -> None:
    with pytest.raises(KnowledgeBaseError, match="There is no knowledge base at"):
        KnowledgeBase.open(tmp_path / "nowhere", tmp_path, encoder, guides_url=URL)


def test_an_empty_folder_opens_and_finds_nothing(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "kb").mkdir()
    base = KnowledgeBase.open(tmp_path / "kb", tmp_path / "c", encoder, guides_url=URL)
    assert base.snapshot.search("anything") == [] and len(errors(base.problems)) == 5


def test_many_threads_search_while_it_reloads(base: KnowledgeBase, root: Path) -> None:
    answers: list[str] = []

    def ask() -> None:
        for _ in range(10):
            answers.append(found(base.snapshot, "how do I renew a book")[0])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for times in ("five", "six", "seven"):
        edit(root, "faq/renewal.ar.md", "أربع", f"{times} أربع")
        base.reload()
    for thread in threads:
        thread.join()
    assert answers == ["faq/renewal#renew-online:en"] * 40


async def test_a_saved_file_is_live_soon(base: KnowledgeBase, root: Path) -> None:
    watching = asyncio.create_task(base.watch())
    try:
        await asyncio.sleep(0.5)  # let the watch begin
        text = RENEWAL_EN.replace("four times", "nine times")
        part = root / "faq/renewal.en.md.tmp~"  # as many editors save: beside it, then over it
        part.write_text(text, encoding="utf-8")
        part.replace(root / "faq/renewal.en.md")
        for _ in range(200):
            await asyncio.sleep(0.05)
            passage = base.snapshot.passage("faq/renewal#renew-online:en")
            if passage is not None and "nine times" in passage.text:
                break
        else:
            pytest.fail("the saved file never became live")
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def test_the_same_question_is_encoded_once(counting: Counting) -> None:
    encoder = RememberingEncoder(counting, size=2)
    first = encoder.encode_queries(["a", "b", "a"])
    assert counting.queries == 2 and (first[0] == first[2]).all()
    encoder.encode_queries(["b"])
    assert counting.queries == 2
    encoder.encode_queries(["c"])
    encoder.encode_queries(["a"])  # the oldest was forgotten
    assert counting.queries == 4


def test_a_prepared_question_needs_no_encoder(base: KnowledgeBase, counting: Counting) -> None:
    base.snapshot.prepare("how do I renew a book")
    before = counting.queries
    assert found(base.snapshot, "how do I renew a book")[0] == "faq/renewal#renew-online:en"
    assert counting.queries == before
    base.snapshot.prepare(" ")


def test_a_question_that_fails_is_tried_again(counting: Counting) -> None:
    class Failing(Counting):
        def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
            if not self.queries:
                self.queries = 1
                raise RuntimeError("once")
            return super().encode_queries(texts)

    encoder = RememberingEncoder(Failing(counting))
    with pytest.raises(RuntimeError, match="once"):
        encoder.encode_queries(["a"])
    assert encoder.encode_queries(["a"]).shape == (1, counting.dimensions)


def test_loading_twice_reads_the_same(root: Path, tmp_path: Path) -> None:
    loader = Loader(root, tmp_path / "keep")
    first, second = loader.load(), loader.load()
    assert first.served == second.served and first.problems == second.problems == ()
    shutil.rmtree(tmp_path / "keep")
    assert loader.load().problems == ()
