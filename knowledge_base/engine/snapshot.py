"""One state of the whole knowledge base: its records, its passages and the search over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import MappingProxyType

from knowledge_base.engine.calibration import Calibration, Thresholds
from knowledge_base.engine.directory import Directory
from knowledge_base.engine.encoder import Encoder
from knowledge_base.engine.index import Scored, SearchIndex, merge_twins, nudges
from knowledge_base.engine.load import Contents
from knowledge_base.engine.markdown import TOP
from knowledge_base.engine.passages import document_of, passages_of
from knowledge_base.engine.records import Document, Hit, Passage
from knowledge_base.engine.shipped import Vectors
from knowledge_base.engine.spelling import Spelling
from knowledge_base.engine.text import language_of

_REMEMBERED = 256  # questions whose candidates are kept: each is searched once or twice within its turn
DocumentKey = tuple[str, str, str]  # kind, id, language


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with its passages in order; ``intro`` is a guide's introduction, not among ``passages``."""

    document: Document
    intro: Passage | None
    passages: tuple[Passage, ...]


class Holdings(Directory):
    """The directory together with the documents and passages; what a :class:`Snapshot` searches."""

    def __init__(self, contents: Contents, guides_url: str) -> None:
        super().__init__(contents)
        documents: dict[DocumentKey, Document] = {}
        views: dict[DocumentKey, DocumentView] = {}
        passages: dict[str, Passage] = {}
        for entry in contents.served.values():
            document = document_of(entry)
            key = (document.kind, document.id, document.language)
            found = tuple(passages_of(entry, document, guides_url))
            front = entry.page.front
            if front is not None and front.imported and front.url:  # the page there has none of our anchors
                found = tuple(replace(passage, url=front.url) for passage in found)
            intro = next((p for p in found if p.anchor == TOP), None)
            documents[key] = document
            views[key] = DocumentView(document, intro, tuple(p for p in found if p.anchor != TOP))
            passages.update((p.id, p) for p in found)
        self.documents: Mapping[DocumentKey, Document] = MappingProxyType(documents)
        self.passages: Mapping[str, Passage] = MappingProxyType(passages)
        self._views = views

    def passage(self, id_: str) -> Passage | None:
        """Give the passage with this id, for example ``faq/renewal#renew-online:en``."""
        return self.passages.get(id_)

    def twin(self, passage: Passage, language: str) -> Passage | None:
        """Give the same passage in a language, where it exists."""
        return self.passages.get(f"{passage.twin}:{language}")

    def document(self, id_: str, language: str, kind: str = "guide") -> DocumentView | None:
        """Give a guide (or a FAQ file: ``kind="faq"``) in a language, with its passages in order."""
        return self._views.get((kind, id_, language))


class Snapshot(Holdings):
    """What the assistant knows at one moment. Never changes; may be used from any thread."""

    def __init__(self, contents: Contents, guides_url: str) -> None:
        super().__init__(contents, guides_url)
        self._search: tuple[SearchIndex, Calibration, Encoder] | None = None
        self._blended: Callable[[str], list[Scored]] = lambda question: []

    def with_search(self, index: SearchIndex, calibration: Calibration, encoder: Encoder) -> Snapshot:
        """Give this snapshot its index. Called once, before anybody else sees the snapshot."""
        self._search = index, calibration, encoder

        def blended(question: str) -> list[Scored]:
            return index.blend(question, self._vector(question), calibration)

        self._blended = lru_cache(_REMEMBERED)(blended)
        return self

    @property
    def thresholds(self) -> Thresholds:
        """The chances that a hit must reach; they belong to the encoder, as its curve does."""
        return self._search[1].thresholds if self._search else Thresholds()

    def prepare(self, question: str) -> None:
        """Encode a question that will be searched soon, and find its candidates; both are remembered.

        Called in a thread as soon as a message is there, it runs while the dialogue engine thinks.
        """
        if self._search is not None and question.strip():
            self._blended(question)

    def vector(self, question: str) -> Vectors | None:
        """Give the vector (dimensions,) that a question is searched with; None where nothing is searched."""
        if self._search is None or not question.strip():
            return None
        return self._vector(question)

    def _vector(self, question: str) -> Vectors:
        assert self._search is not None
        index, _, encoder = self._search
        found: Vectors = encoder.encode_queries([question], own=index.twinned)[0]
        return found

    @cached_property
    def spelling(self) -> Spelling:
        """The words of all passages; made when first needed, in some tens of milliseconds."""
        return Spelling(" ".join((p.heading, *p.asked, p.text)) for p in self.passages.values())

    def search(
        self,
        question: str,
        language: str | None = None,
        k: int = 10,
        topic_weights: Mapping[str, float] | None = None,
    ) -> list[Hit]:
        """Find the passages that answer a question, best first, at most ``k``.

        ``language`` (default: that of the question's letters) is preferred; the two languages of a passage
        make one hit. ``topic_weights`` are a classifier's probabilities by topic, and nudge the order.
        ``Hit.score`` is the chance that the passage answers, ``dense`` the scaled cosine.
        """
        if self._search is None or not question.strip() or k < 1:
            return []
        index, calibration, _ = self._search
        merged = merge_twins(self._blended(question), index.items, language or language_of(question))
        lift = nudges(index.items, topic_weights)
        hits = []
        for one in merged:
            item = index.items[one.row]
            nudge = lift.get(item.topic, 0.0) if item.topic else 0.0
            hits.append(
                Hit(
                    passage=self.passages[item.id],
                    score=calibration.chance(one.blended, nudge),
                    dense=max(0.0, min(1.0, calibration.scaled(one.dense))),
                    keyword=one.keyword,
                )
            )
        return sorted(hits, key=lambda hit: -hit.score)[:k]
