"""Dalil's own protocol, namespace ``/patron``: see docs/web-protocol.md."""

from __future__ import annotations

from bot.errors import ConversationUnknown
from bot.model import Address, ConversationView, Incoming, Json, Language, Speaking, parse_reference
from channels.face import Face
from channels.limits import RateLimiter
from channels.web.connections import Connection, Protocol, Reception, logger
from channels.web.wire import (
    Malformed,
    consent_json,
    fields,
    message_json,
    read_flag,
    read_id,
    read_language,
    read_number,
    read_page,
    read_text,
    speaking_json,
    view_json,
)

PAGE = 100  # messages in one answer to sync


class PatronProtocol(Protocol):
    """The widget's side of the web channel."""

    def __init__(self, reception: Reception, face: Face, *, max_file_bytes: int = 0) -> None:
        super().__init__("/patron", reception)
        self._face = face
        self._max_file_bytes = max_file_bytes
        self._writings = RateLimiter(reception.limits.writings_per_minute)
        self.events = {
            "say": self._say,
            "choose": self._choose,
            "sync": self._sync,
            "language": self._language,
            "typing": self._typing,
            "page": self._page,
            "consent": self._consent,
            "forget": self._forget,
        }

    async def begin(self, connection: Connection, auth: object) -> None:
        """Welcome a page back, or begin a conversation and hand out its token."""
        given = auth if isinstance(auth, dict) else {}
        self.reception.count_opening(connection)
        language = read_language(given.get("language")) or Language.EN
        token, view = await self.reception.continue_or_begin(given.get("token"), language)
        connection.address, connection.language = view.address, view.language
        await self.enter_room(connection.sid, view.address.chat_id)
        page = read_page(given.get("page"))
        if page is not None:
            await self.reception.door.at_page(view.address, page)
        await self.emit("welcome", self._welcome(token, view), to=connection.sid)
        for message in await self.reception.door.changed(view.address):
            await self.emit("change", message_json(message), to=connection.sid)

    def speaking_json(self, speaking: Speaking) -> Json:
        """Give who the patron is talking to, with what the library tells of them."""
        person = self._face.person(speaking.librarian) if speaking.librarian else None
        return speaking_json(speaking) | {"person": person.to_json() if person else None}

    def _welcome(self, token: str, view: ConversationView) -> Json:
        limits = self.reception.limits
        return {
            "token": token,
            **view_json(view),
            "speaking": self.speaking_json(view.speaking),
            "library": self._face.to_json(),
            "limits": {
                "max_chars": limits.max_chars,
                "messages_per_minute": limits.messages_per_minute,
                "max_file_bytes": self._max_file_bytes,
            },
            "sees_writing": self.reception.door.sees_writing,
        }

    async def _say(self, connection: Connection, data: object) -> Json:
        said = fields(data)
        text = read_text(said, "text")
        self.reception.count_message(connection, text)
        return await self._receive(connection, text, read_id(said), read_language(said.get("language")))

    async def _choose(self, connection: Connection, data: object) -> Json:
        chosen = fields(data)
        ref = read_text(chosen, "ref")
        if parse_reference(ref) is None:
            raise Malformed("ref must be one that came with a choice")
        self.reception.count_message(connection, ref)
        return await self._receive(connection, ref, read_id(chosen), None)

    async def _receive(
        self, connection: Connection, text: str, external_id: str, language: Language | None
    ) -> Json:
        incoming = Incoming(_address(connection), text, external_id, language)
        accepted = await self.reception.door.receive(incoming)
        message = accepted.message
        if not accepted.repeated:
            room = incoming.address.chat_id
            await self.emit("message", message_json(message), room=room, skip_sid=connection.sid)
        return {"ok": True, "seq": message.seq, "repeated": accepted.repeated, "text": message.content.text}

    async def _sync(self, connection: Connection, data: object) -> Json:
        after = read_number(fields(data), "after")
        self.reception.count_act(connection)
        found = await self.reception.door.since(_address(connection), after, limit=PAGE + 1)
        messages = [message_json(message) for message in found[:PAGE]]
        return {"ok": True, "messages": messages, "more": len(found) > PAGE}

    async def _language(self, connection: Connection, data: object) -> Json:
        language = read_language(fields(data).get("language"))
        if language is None:
            raise Malformed("language must be en or ar")
        self.reception.count_act(connection)
        await self.reception.door.set_language(_address(connection), language)
        connection.language = language
        return {"ok": True, "language": language.value}

    async def _page(self, connection: Connection, data: object) -> Json:
        page = read_page(fields(data))
        if page is None:
            raise Malformed("page must be an object of texts")
        self.reception.count_act(connection)
        await self.reception.door.at_page(_address(connection), page)
        return {"ok": True}

    async def _typing(self, connection: Connection, data: object) -> Json:
        typed = fields(data)
        on = read_flag(typed, "on")
        text = read_text(typed, "text") if "text" in typed else None
        self.reception.count_act(connection)
        address = _address(connection)
        if text is not None and (
            not self.reception.door.sees_writing or self._writings.take(address.chat_id)
        ):
            text = None  # too often, or not to be seen: that they write is told all the same
        await self.reception.door.typing(address, on, text)
        return {"ok": True}

    async def _consent(self, connection: Connection, data: object) -> Json:
        """Let librarians see earlier conversations, or no more; the other pages are told by the core."""
        given = read_flag(fields(data), "given")
        self.reception.count_act(connection)
        view = await self.reception.door.consent(_address(connection), given)
        return {"ok": True, **consent_json(view)}

    async def _forget(self, connection: Connection, data: object) -> Json:
        """Delete the conversation; every page that shows it is told, and has none from then on."""
        self.reception.count_act(connection)
        address = _address(connection)
        await self.reception.door.forget(address)
        await self.emit("forgotten", {}, room=address.chat_id, skip_sid=connection.sid)
        for other in list(self.connections.values()):
            if other.address == address:
                other.address = None
                await self.leave_room(other.sid, address.chat_id)
        logger.info("a conversation was forgotten at the patron's wish")
        return {"ok": True}


def _address(connection: Connection) -> Address:
    if connection.address is None:
        raise ConversationUnknown("this page has no conversation any more")
    return connection.address
