"""Delivering to patrons on Slack: in their direct messages, or in the thread where they mentioned Dalil."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import DeliveryDeferred, DeliveryRefused, PatronGone
from bot.model import Address, Json, Message, Pace, reference
from channels.markup import markdown
from channels.slack.api import PAUSE, Api, MessageGone, NotPermitted, PlaceClosed
from channels.slack.blocks import actions, button, fallback, rich, said
from channels.web.wire import with_sources

NAME = "slack"
FOR = "|"  # stands between a choice and whose it is
EVENT = "dalil_message"  # the type of the metadata that our messages carry
LOOK_BACK = 60.0  # seconds; clocks differ a little
REMEMBERED = 5000  # posts

PACE = Pace(rate=1.0, burst=4.0, total_rate=20.0, total_burst=40.0)  # Slack: about one a second a channel


@dataclass(frozen=True, slots=True)
class Place:
    """A direct message, or one person's part in a thread of a channel: others there are others."""

    channel: str
    thread: str | None = None
    user: str | None = None  # who is the patron in the thread

    @classmethod
    def of(cls, address: Address) -> Place | None:
        """Read an address; None for one that Slack never gave."""
        channel, thread, user = (*address.chat_id.split(":"), "", "")[:3]
        return cls(channel, thread or None, user or None) if channel[:1] in ("D", "C", "G") else None

    def address(self) -> Address:
        """Give the address of the conversation there."""
        return Address(NAME, ":".join(part for part in (self.channel, self.thread, self.user) if part))


class Poster:
    """Posts each message once: where an attempt may have arrived, it looks before it posts again.

    Every post carries our own names of what is in it as metadata, by which it is found. They hold no spaces.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._began = time.time()
        self._tried: set[tuple[Place, str]] = set()
        self._posted: dict[tuple[Place, str], str] = {}  # the last ones, to their ts

    async def post(self, place: Place, name: str, at: float, text: str, blocks: Sequence[Json]) -> str:
        """Post what was written at ``at`` (seconds since 1970) and is called ``name``; gives its ts."""
        there = await self.there(place, [name], at)
        return there.get(name) or await self.put(place, [name], text, blocks)

    async def there(self, place: Place, names: Sequence[str], at: float) -> dict[str, str]:
        """Give the ts of what is posted already, by name; the first of it was written at ``at``."""
        found = {name: self._posted[place, name] for name in names if (place, name) in self._posted}
        # Tried by us, or by a life before this one.
        unsure = [n for n in names if n not in found and ((place, n) in self._tried or at < self._began)]
        if unsure:
            looked = await self._find(place, unsure, at)
            for name, ts in looked.items():
                self._keep(place, [name], ts)
            found |= looked
        return found

    async def put(self, place: Place, names: Sequence[str], text: str, blocks: Sequence[Json]) -> str:
        """Post something new, which is one message or several joined; gives its ts."""
        tried = {(place, name) for name in names}
        self._tried |= tried
        try:
            answer = await self._api.call(
                "chat.postMessage",
                channel=place.channel,
                text=fallback(text),
                blocks=list(blocks),
                metadata={"event_type": EVENT, "event_payload": {"name": " ".join(names)}},
                unfurl_links=False,
                unfurl_media=False,
                **({"thread_ts": place.thread} if place.thread else {}),
            )
        except DeliveryRefused:
            self._tried -= tried
            raise
        return self._keep(place, names, str(answer["ts"]))

    def forget(self, place: Place, name: str) -> None:
        """Remember no more that this was posted: somebody deleted it."""
        self._posted.pop((place, name), None)

    def _keep(self, place: Place, names: Sequence[str], ts: str) -> str:
        for name in names:
            self._tried.discard((place, name))
            self._posted[place, name] = ts
        while len(self._posted) > REMEMBERED:
            del self._posted[next(iter(self._posted))]
        return ts

    async def _find(self, place: Place, names: Sequence[str], at: float) -> dict[str, str]:
        method = "conversations.replies" if place.thread else "conversations.history"
        asked: Json = {"ts": place.thread} if place.thread else {}
        asked |= {"channel": place.channel, "oldest": f"{at - LOOK_BACK:.6f}", "include_all_metadata": "true"}
        found: dict[str, str] = {}
        # A thread is listed from its oldest message on: what was posted late may stand on a later page.
        async for page in self._api.pages(method, **asked):
            for message in page:
                held = str(message.get("metadata", {}).get("event_payload", {}).get("name", "")).split()
                found.update({name: str(message["ts"]) for name in held if name in names})
            if len(found) == len(names):
                break
        return found


class SlackChannel:
    """Implements Channel, Paced, ShowsChanges and TellsTrouble. Slack lets no app show that it is typing."""

    name = NAME
    resolves_unknown = True
    pace = PACE

    def __init__(self, api: Api) -> None:
        self._api = api
        self._poster = Poster(api)
        self._not_permitted: str | None = None

    async def change(self, address: Address, message: Message, shown_as: str | None) -> None:
        """Show a message as it is now."""
        place = Place.of(address)
        if place is None or shown_as is None:
            return
        try:
            await self._api.call(
                "chat.update",
                channel=place.channel,
                ts=shown_as,
                text=fallback(spoken_text(message)),
                blocks=blocks_of(message, place.user),
            )
        except MessageGone:
            return

    def troubles(self) -> Sequence[str]:
        """Say why nothing can be sent."""
        return [trouble for trouble in (self._api.trouble, self._api.deaf, self._not_permitted) if trouble]

    async def deliver(self, address: Address, message: Message) -> str | None:
        """Post a message with its sources and choices; gives its ts."""
        place = Place.of(address)
        if place is None:
            return None
        name = f"{message.conversation}:{message.seq}"
        try:
            ts = await self._poster.post(
                place, name, message.at.timestamp(), spoken_text(message), blocks_of(message, place.user)
            )
            self._not_permitted = None
            return ts
        except PlaceClosed as closed:
            raise PatronGone(str(closed)) from closed
        except NotPermitted as error:
            self._not_permitted = f"Slack does not let Dalil write to patrons: {error}"
            raise DeliveryDeferred(PAUSE, self._not_permitted) from error


def spoken_text(message: Message) -> str:
    """Give a message's text for notifications."""
    return f"{message.author}: {message.content.text}" if message.author else message.content.text


def chosen(value: str) -> tuple[str, str | None]:
    """Give what a button's value means: the choice, and whose it is where others see it too."""
    name, _, user = value.partition(FOR)
    return name, user or None


def blocks_of(message: Message, user: str | None = None) -> list[Json]:
    """Give a message as blocks: who speaks where it is a librarian, the text, its sources, its choices.

    ``user`` is whom the choices are for, where others see them too.
    """
    lines = markdown(with_sources(message.content, message.language))
    if message.author:
        lines.insert(0, said(f"{message.author}:", bold=True))
    choices = message.content.choices
    named = [reference(message.seq, index) for index in range(len(choices))]
    whose = f"{FOR}{user}" if user else ""
    pairs = zip(choices, named, strict=True)
    buttons = [button(choice.title, name, f"{name}{whose}") for choice, name in pairs]
    return [*rich(lines), *actions(buttons)]
