"""Files that patrons give: bytes in a folder, the rest in the database. They go with their conversation."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from bot.errors import ConversationUnknown, MessageRefused, SettingsError
from bot.model import (
    Accepted,
    Address,
    Attachment,
    Content,
    ConversationId,
    FoundFile,
    Speaker,
)
from bot.store import tables as t
from bot.store.conversations import append, by_external_id, find_at, put_in_inbox
from bot.store.database import reading
from bot.store.rows import PATRONS

MOST_OF_A_CONVERSATION = 20
ORPHAN_SECONDS = 600.0  # a file this old without a row was cut off, or its conversation is forgotten
AT_ONCE = 400


class Files:
    """What patrons gave. The address of a file holds its key; only the key's hash names it on disk."""

    def __init__(self, engine: Engine, folder: Path | None) -> None:
        """Use an open database; ``folder`` is made when the first file comes."""
        self._engine = engine
        self._folder = folder

    def accept(self, address: Address, file: FoundFile, external_id: str, now: datetime) -> Accepted:
        """Keep a file as a patron's message and put that into the inbox, in one transaction.

        Raises ConversationUnknown, and MessageRefused (file_many) where the conversation has its fill.
        """
        key = secrets.token_urlsafe(32)
        path = self._path(name_of(key))
        _write(path, file.body)
        kept = None
        try:
            try:
                kept = self._accept(address, file, key, PATRONS + external_id, now)
            except IntegrityError:  # the same file arrived twice at once
                kept = self._accept(address, file, key, PATRONS + external_id, now)
        finally:
            if kept is None or kept.repeated:
                path.unlink(missing_ok=True)
        return kept

    def find(self, key: str) -> FoundFile | None:
        """Give a file by the key in its address."""
        query = select(t.files).where(t.files.c.id == name_of(key))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        try:
            return FoundFile(row.name, row.media_type, self._path(row.id).read_bytes())
        except FileNotFoundError:  # forgotten in this moment
            return None

    def of(self, conversation: ConversationId) -> Sequence[str]:
        """Name the files of a conversation, as ``remove`` takes them."""
        query = select(t.files.c.id).where(t.files.c.conversation_id == conversation)
        with reading(self._engine) as connection:
            return [row.id for row in connection.execute(query)]

    def remove(self, names: Sequence[str]) -> None:
        """Delete the bytes of files whose conversation is forgotten."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete the bytes that no conversation holds any more; give their number."""
        if self._folder is None or not self._folder.is_dir():
            return 0
        before = time.time() - ORPHAN_SECONDS
        old = [path for path in self._folder.glob("??/*") if _older(path, before)]
        gone = 0
        for start in range(0, len(old), AT_ONCE):
            batch = {path.name: path for path in old[start : start + AT_ONCE]}
            with reading(self._engine) as connection:
                found = connection.execute(select(t.files.c.id).where(t.files.c.id.in_(batch)))
                held = {row.id for row in found}
            for name in batch.keys() - held:
                batch[name].unlink(missing_ok=True)
                gone += 1
        return gone

    def _accept(
        self, address: Address, file: FoundFile, key: str, external_id: str, now: datetime
    ) -> Accepted:
        with self._engine.begin() as connection:
            conversation = find_at(connection, address)
            if conversation is None:
                raise ConversationUnknown("nothing is kept under that address")
            before = by_external_id(connection, conversation.id, external_id)
            if before:
                return Accepted(before, repeated=True)
            if _count(connection, conversation.id) >= MOST_OF_A_CONVERSATION:
                raise MessageRefused("file_many")
            attachment = Attachment(file.name, file.media_type, len(file.body), f"/files/{key}")
            content = Content(file.name, attachments=(attachment,))
            message = append(
                connection,
                conversation.id,
                Speaker.PATRON,
                content,
                conversation.language,
                now,
                external_id=external_id,
            )
            put_in_inbox(connection, message, now)
            connection.execute(
                insert(t.files).values(
                    id=name_of(key),
                    conversation_id=conversation.id,
                    seq=message.seq,
                    name=file.name,
                    media_type=file.media_type,
                    size=len(file.body),
                    at=now,
                )
            )
        return Accepted(message, repeated=False)

    def _path(self, name: str) -> Path:
        if self._folder is None:
            raise SettingsError("DALIL_FILES: a folder for files is needed beside this database")
        return self._folder / name[:2] / name


def name_of(key: str) -> str:
    """Name the file that a key opens: 64 hexadecimal digits."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _count(connection: Connection, conversation: ConversationId) -> int:
    query = select(func.count()).select_from(t.files).where(t.files.c.conversation_id == conversation)
    return int(connection.execute(query).scalar_one())


def _write(path: Path, body: bytes) -> None:
    """Write the bytes for the owner of the process alone, and have them on the disk when this returns."""
    for folder in _missing(path.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _missing(folder: Path) -> Iterator[Path]:
    if not folder.parent.exists():
        yield from _missing(folder.parent)
    yield folder


def _older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False
