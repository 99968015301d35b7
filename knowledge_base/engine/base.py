"""The live knowledge base: opened once, kept up to date with the files, read from any thread."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Collection, Sequence
from pathlib import Path

from watchfiles import Change, awatch

from knowledge_base.engine.calibration import SHIPPED, Calibration, read_calibration, write_calibration
from knowledge_base.engine.check import cross_check
from knowledge_base.engine.encoder import Encoder, RememberingEncoder
from knowledge_base.engine.fit import fit
from knowledge_base.engine.index import SearchIndex
from knowledge_base.engine.load import FOLDERS, Loader
from knowledge_base.engine.passages import searchable
from knowledge_base.engine.problems import KnowledgeBaseError, Problem
from knowledge_base.engine.records import Passage
from knowledge_base.engine.snapshot import Snapshot
from knowledge_base.engine.strangers import Level, adapted, measure, read_level, write_level
from knowledge_base.engine.tables import MODELS
from knowledge_base.engine.vectors import Progress, VectorStore, slug

TOLD = 5  # problems that the log names one by one

log = logging.getLogger(__name__)

_DEBOUNCE, _STEP = 150, 50  # milliseconds: an editor's several writes are one change


class KnowledgeBase:
    """Holds the current :class:`Snapshot`; a reload makes a new one and puts it in its place at once."""

    def __init__(
        self,
        root: Path,
        cache: Path,
        encoder: Encoder,
        guides_url: str,
        topics: Collection[str] | None = None,
        outside: Sequence[str] = (),
    ) -> None:
        self._root, self._cache = root, cache
        self._guides_url, self._topics, self._outside = guides_url, topics, outside
        self._encoder = RememberingEncoder(encoder)
        place = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:8]
        self._loader = Loader(root, keep=cache / "last-good" / place)
        self._measured = cache / f"strangers-{place}-{slug(encoder.name)}.json"
        self._level: Level | None = None
        self._store = VectorStore(encoder, cache)
        self._turn = threading.Lock()
        self._seen: tuple[object, ...] | None = None
        self._state: tuple[Snapshot, tuple[Problem, ...]] | None = None

    @classmethod
    def open(
        cls,
        root: Path,
        cache: Path,
        encoder: Encoder,
        *,
        guides_url: str,
        topics: Collection[str] | None = None,
        progress: Progress | None = None,
        outside: Sequence[str] = (),
    ) -> KnowledgeBase:
        """Read, check and index the folder ``root``; vectors and good copies are kept under ``cache``.

        ``topics``: the ids that may be used (None: not checked). ``progress`` is told (done, of how many)
        while texts are encoded. ``outside``: questions nothing here answers, used only to calibrate an
        encoder that has no calibration yet. Raises KnowledgeBaseError where there is no such folder.
        """
        if not root.is_dir():
            raise KnowledgeBaseError(f"There is no knowledge base at {root}.")
        base = cls(root, cache, encoder, guides_url, topics, outside)
        base.reload(progress)
        return base

    @property
    def snapshot(self) -> Snapshot:
        """The current state; hold on to it for the length of a turn."""
        assert self._state is not None  # open() makes the first before anybody has the object
        return self._state[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the files as they are on disk, sorted."""
        assert self._state is not None
        return self._state[1]

    def reload(self, progress: Progress | None = None) -> bool:
        """Read the files again; False where nothing has changed. Only changed texts are encoded."""
        with self._turn:
            seen = self._fingerprint()
            if self._state is not None and seen == self._seen:
                return False
            contents = self._loader.load()
            snapshot = Snapshot(contents, self._guides_url)
            items = [
                searchable(passage, own=snapshot.twin(passage, "ar") is not None and _is_english(passage))
                for passage in snapshot.passages.values()
            ]
            units = [unit for item in items for unit in item.units]
            index = SearchIndex(items, self._store.vectors(units, progress), self._encoder.spaces)
            snapshot.with_search(index, self._adapted(index, self._calibration(snapshot)), self._encoder)
            self._store.prune(units)
            problems = tuple(sorted({*contents.problems, *cross_check(contents, self._topics)}))
            self._state, self._seen = (snapshot, problems), seen
        log.info("knowledge base: %d passages, %d problems", len(snapshot.passages), len(problems))
        for problem in problems[:TOLD]:
            log.warning("knowledge base: %s", problem)
        if len(problems) > TOLD:
            log.warning("knowledge base: %d more; dalil kb check shows all", len(problems) - TOLD)
        return True

    async def watch(self) -> None:
        """Reload whenever a file changes, until cancelled. A saved file is live well within two seconds."""
        await asyncio.to_thread(self._reload_safely)
        async for _ in awatch(
            self._root,
            watch_filter=self._concerns,
            debounce=_DEBOUNCE,
            step=_STEP,
            ignore_permission_denied=True,
        ):
            await asyncio.to_thread(self._reload_safely)

    def _reload_safely(self) -> None:
        try:
            self.reload()
        except Exception:  # whatever it is, the snapshot in place goes on serving
            log.exception("the knowledge base could not be read again; what was there before is kept")

    def _concerns(self, change: Change, path: str) -> bool:
        try:
            parts = Path(path).relative_to(self._root.resolve()).parts
        except ValueError:
            return False
        if len(parts) == 1:
            return parts[0] in MODELS or parts[0].endswith((".yml", ".yaml")) or parts[0] in FOLDERS
        return len(parts) == 2 and parts[0] in FOLDERS

    def _fingerprint(self) -> tuple[object, ...]:
        """Tell one state of the folder from another, by names, sizes and times."""
        files = [*self._root.glob("*.y*ml"), *(f for d in FOLDERS for f in (self._root / d).glob("*"))]
        found: list[object] = []
        for file in sorted(files):
            try:
                about = file.stat()
            except OSError:  # gone between being listed and being looked at
                continue
            found.append((str(file), about.st_size, about.st_mtime_ns, about.st_ino))
        return tuple(found)

    def _calibration(self, snapshot: Snapshot) -> Calibration:
        """Use the encoder's numbers, shipped or kept; else fit them on what is here, once."""
        folders = (SHIPPED, self._cache)
        known = read_calibration(self._encoder.name, folders)
        if known is None:
            log.info("fitting the scores of the encoder %s on this knowledge base", self._encoder.name)
            passages = list(snapshot.passages.values())
            known = fit(passages, self._store, self._encoder, self._outside)
            write_calibration(known, self._cache / f"{slug(self._encoder.name)}.json")
        return known

    def _adapted(self, index: SearchIndex, curve: Calibration) -> Calibration:
        """Fit an encoder's curve to this collection; it is measured again when it has changed much."""
        if not self._outside:
            return curve
        level = self._level or read_level(self._measured)
        if level is None or not level.holds_for(self._encoder.name, len(index)):
            level = measure(index, self._encoder, curve, self._outside)
            write_level(level, self._measured)
        self._level = level
        return adapted(curve, level)


def _is_english(passage: Passage) -> bool:
    return passage.document.language == "en"
