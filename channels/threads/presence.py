"""Presence of librarians who have no page that repeats it."""

from __future__ import annotations

import time

from bot.model import Language, Librarian, LibrarianId, Presence
from bot.ports import DeskDoor
from channels.threads.texts import COMMA, say

PRESENCE_HOLDS = 10 * 3600.0  # seconds that /desk on holds: a working day
SIGN_HOLDS = 3600.0  # seconds that any other act holds
SIGN_EVERY = 300.0  # seconds between signs that are written down

_WORDS = {"on": Presence.AVAILABLE, "off": Presence.OFFLINE, "away": Presence.AWAY}


class Presences:
    """``/desk``, and the signs of life that librarians give by acting."""

    def __init__(self, door: DeskDoor, language: Language) -> None:
        self._door = door
        self._language = language
        self._signed: dict[LibrarianId, float] = {}

    async def command(self, who: Librarian, word: str) -> str:
        """Take the word after ``/desk``; gives the answer. Without one, it says who is there."""
        wanted = _WORDS.get(word.strip().lower())
        if wanted is None:
            return await self._who_is_there()
        self._signed.pop(who.id, None)
        holds = 0.0 if wanted is Presence.OFFLINE else PRESENCE_HOLDS
        await self._door.set_presence(who.id, wanted, holds=holds)
        return say(f"presence_{word.strip().lower()}", self._language)

    async def sign(self, who: Librarian) -> None:
        """Somebody acted: they are there, and stay away where they said that they are."""
        now = time.monotonic()
        if now - self._signed.get(who.id, -SIGN_EVERY) < SIGN_EVERY:
            return
        self._signed[who.id] = now
        present = {one.id: presence for one, presence in await self._door.present()}
        await self._door.set_presence(who.id, present.get(who.id, Presence.AVAILABLE), holds=SIGN_HOLDS)

    async def _who_is_there(self) -> str:
        present = [
            f"{one.name} ({say(presence.value, self._language)})"
            for one, presence in await self._door.present()
        ]
        people = COMMA[self._language].join(present) or say("nobody", self._language)
        listed = say("presence_list", self._language, people=people)
        return f"{listed}\n{say('presence_usage', self._language)}"
