"""What patrons do on Slack, handed to the core. When a handler returns, it is committed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.errors import MessageRefused
from bot.model import Incoming, Json, Language, Wish, parse_reference
from bot.ports import PatronDoor
from channels.file_links import FileLinks
from channels.slack.api import Api
from channels.slack.blocks import fallback, text_of, typed, was_deleted
from channels.slack.channel import NAME, Place, chosen
from channels.slack.home import FORGET, WISH, home_view
from channels.slack.texts import TEXTS, say

MENTION = re.compile(r"^\s*<@[A-Z0-9]+(?:\|[^>]*)?>[\s,:،]*")
SPOKEN = (None, "file_share", "thread_broadcast", "me_message")  # subtypes of what people say
REMEMBERED = 10_000  # people whose direct message is known
_ARABIC = re.compile(r"[\u0620-\u064a]")


class Patrons:
    """Direct messages, mentions with their threads, and the app's home."""

    def __init__(
        self, api: Api, door: PatronDoor, links: FileLinks, library: Mapping[Language, str], desk: str | None
    ) -> None:
        """``desk`` is the librarians' channel: nobody is a patron there."""
        self._api = api
        self._door = door
        self._links = links
        self._home = home_view(dict(library))
        self._desk = desk
        self._directs: dict[str, str] = {}  # people to their direct messages with the app

    async def message(self, event: Json) -> None:
        """Take a message of a channel or direct message."""
        if event.get("bot_id") or event.get("channel") == self._desk:
            return
        subtype = event.get("subtype")
        if subtype == "message_changed":
            await self._edited(event)
        elif subtype in SPOKEN and event.get("user"):
            place = await self._place(event)
            if place:
                await self._said(event, place)

    async def mention(self, event: Json) -> None:
        """Take a message that mentions the app: the answer goes into its thread."""
        if event.get("bot_id") or event.get("channel") == self._desk:
            return
        if event.get("user"):
            thread = event.get("thread_ts") or event["ts"]
            await self._said(event, Place(event["channel"], thread, event["user"]))

    async def home(self, event: Json) -> None:
        """Show the app's home."""
        if event.get("tab") == "home":
            user = event["user"]
            self._remember(user, str(event.get("channel", "")))
            self._api.errand(
                lambda: self._api.call("views.publish", user_id=user, view=self._home), "the home"
            )

    async def pressed(self, body: Json, action: Json) -> None:
        """Take a pressed button: a choice, or one of the home's."""
        name = str(action["action_id"])
        if parse_reference(name):
            await self._chosen(body, action)
        elif name.startswith(FORGET):
            user = str(body["user"]["id"])
            place = await self._direct(user)
            for address in (place.address(), *await self._door.addresses(NAME, f":{user}")):
                await self._door.forget(address)
            self._tell(place, "forgotten", Language(action["value"]))
        elif name.startswith(WISH):
            language = Language(action["value"])
            wish = Wish(name.removeprefix(WISH).partition(":")[0])
            place = await self._direct(body["user"]["id"])
            address = place.address()
            if await self._door.find(address):
                await self._door.set_language(address, language)
            external = f"a:{action['action_ts']}"
            await self._take(place, Incoming(address, say(wish.value, language), external, language, wish))

    async def _said(self, event: Json, place: Place) -> None:
        whole, wish = self._words(event)
        if not whole:  # a mention and nothing else
            whole, wish = say("help", Language.EN), Wish.HELP
        external = f"m:{event['ts']}"
        await self._take(place, Incoming(place.address(), whole, external, None, wish))

    def _words(self, event: Json) -> tuple[str, Wish | None]:
        """Give what was said, with a link for each file, and what it comes to."""
        text = typed(MENTION.sub("", text_of(event)))
        files = self.files(event, _language(text))
        whole = "\n".join(part for part in (text, files) if part.strip())
        return whole, Wish.FILE if files else None

    async def _edited(self, event: Json) -> None:
        new, old = event["message"], event.get("previous_message", {})
        if new.get("bot_id") or was_deleted(new) or not new.get("user"):
            return
        if new.get("text") == old.get("text"):
            return  # links were unfolded, or the like
        where = {**new, "channel": event["channel"], "channel_type": event.get("channel_type")}
        where["text"] = MENTION.sub("", str(new.get("text", "")))
        where.setdefault("thread_ts", new["ts"])  # the first of a thread: the mention itself
        place = await self._place(where)
        if place is None:
            return
        original = f"m:{new['ts']}"
        edit = f"{original}:{new.get('edited', {}).get('ts', event['ts'])}"
        text, wish = self._words(new)
        try:
            await self._door.amend(Incoming(place.address(), text, edit, None, wish), original)
        except MessageRefused as refused:
            self._tell(place, f"refused_{refused.code}", _language(text))

    async def _chosen(self, body: Json, action: Json) -> None:
        channel, user = str(body["container"]["channel_id"]), str(body["user"]["id"])
        name, whose = chosen(str(action["value"]))
        if whose and whose != user:
            self._whisper(channel, body, user)
            return
        thread = None if channel.startswith("D") else body.get("message", {}).get("thread_ts")
        place = Place(channel, thread, whose)
        external = f"a:{action['action_ts']}"
        await self._take(place, Incoming(place.address(), name, external))
        self._api.errand(lambda: self._tick(body, str(action["action_id"])), "a ticked button")

    async def _tick(self, body: Json, pressed: str) -> None:
        """Mark the pressed button, so that the patron sees what they chose."""
        message = body.get("message", {})
        blocks = [_ticked(block, pressed) for block in message.get("blocks", [])]
        if blocks:
            channel = body["container"]["channel_id"]
            await self._api.call(
                "chat.update", channel=channel, ts=message["ts"], text=message.get("text", ""), blocks=blocks
            )

    async def _place(self, event: Json) -> Place | None:
        """Give the conversation's place: a direct message, or a thread where this person has begun one."""
        if event.get("channel_type") == "im" or str(event["channel"]).startswith("D"):
            self._remember(event["user"], event["channel"])
            return Place(event["channel"])
        thread = event.get("thread_ts")
        if thread is None or MENTION.match(str(event.get("text", ""))):
            return None  # a mention of the app comes as an event of its own; of others, it is for them
        place = Place(event["channel"], thread, event["user"])
        return place if await self._door.find(place.address()) else None

    async def _direct(self, user: str) -> Place:
        """Give a person's direct message; Slack is asked only where it has not told it yet."""
        if user not in self._directs:
            answer = await self._api.call("conversations.open", users=user)
            self._remember(user, str(answer["channel"]["id"]))
        return Place(self._directs[user])

    def _remember(self, user: str, channel: str) -> None:
        if channel.startswith("D"):
            self._directs[user] = channel
            while len(self._directs) > REMEMBERED:
                del self._directs[next(iter(self._directs))]

    def _whisper(self, channel: str, body: Json, user: str) -> None:
        """Tell who pressed another's button, and nobody else, that it is another's."""
        text = fallback(f"{say('not_yours', Language.EN)}\n{say('not_yours', Language.AR)}")
        thread = body.get("message", {}).get("thread_ts")
        post, where = self._api.call, {"thread_ts": thread} if thread else {}
        self._api.errand(
            lambda: post("chat.postEphemeral", channel=channel, user=user, text=text, **where), "a whisper"
        )

    async def _take(self, place: Place, incoming: Incoming) -> None:
        try:
            await self._door.receive(incoming)
        except MessageRefused as refused:
            self._tell(place, f"refused_{refused.code}", incoming.language or _language(incoming.text))

    def files(self, event: Json, language: Language = Language.EN) -> str:
        """Give a line with a link for each file that an event has."""
        files: list[dict[str, Any]] = event.get("files", [])
        return "\n".join(
            f"[{say('file', language)} ({file.get('name') or file['id']})] "
            f"{self._links.link(file['url_private'])}"
            for file in files
            if file.get("url_private")
        )

    def _tell(self, place: Place, key: str, language: Language) -> None:
        text = say(key if key in TEXTS else "refused_empty", language)
        thread = {"thread_ts": place.thread} if place.thread else {}
        post = self._api.call
        self._api.errand(
            lambda: post("chat.postMessage", channel=place.channel, text=fallback(text), **thread), key
        )


def _language(text: str) -> Language:
    return Language.AR if _ARABIC.search(text) else Language.EN


def _ticked(block: Json, pressed: str) -> Json:
    if block.get("type") != "actions":
        return block
    elements = []
    for element in block["elements"]:
        title = str(element["text"]["text"]).removeprefix("✓ ")
        shown = f"✓ {title}" if element.get("action_id") == pressed else title
        elements.append({**element, "text": {**element["text"], "text": shown[:75]}})
    return {**block, "elements": elements}
