"""Rasa's own Socket.IO protocol, namespace ``/``, so that rasa-webchat and its like can talk.

It differs from Rasa's in one point: a client cannot choose its id. ``session_request`` may name one
that this server gave out; any other is answered with a new one.
"""

from __future__ import annotations

import uuid

from bot.errors import ConversationUnknown, MessageRefused
from bot.model import Incoming, Json, Language
from channels.web.connections import Connection, Protocol, Reception, Slow
from channels.web.wire import fields, read_language, whole

REFUSED = {
    "too_long": {
        Language.EN: "That message is too long for me. Could you put it in fewer words?",
        Language.AR: "هذه الرسالة أطول مما أستطيع قراءته. هل يمكن اختصارها؟",
    },
    "too_fast": {
        Language.EN: "That was a little fast for me. Please wait a moment and send it again.",
        Language.AR: "وصلت الرسائل بأسرع مما أستطيع متابعته. أرجو الانتظار لحظة ثم إعادة الإرسال.",
    },
}


class RasaProtocol(Protocol):
    """What a front end written for Rasa expects. At most once: nothing is sent again."""

    def __init__(self, reception: Reception) -> None:
        super().__init__("/", reception)
        self.events = {"session_request": self._session_request, "user_uttered": self._user_uttered}

    async def _session_request(self, connection: Connection, data: object) -> None:
        asked = data if isinstance(data, dict) else {}
        await self._open(connection, asked.get("session_id"), Language.EN)

    async def _open(self, connection: Connection, token: object, language: Language) -> None:
        try:
            self.reception.count_opening(connection)
        except Slow as slow:
            await self._apologise(connection, "too_fast")
            raise slow
        if connection.address is not None:
            await self.leave_room(connection.sid, connection.address.chat_id)
        token, view = await self.reception.continue_or_begin(token, language)
        connection.address, connection.language = view.address, view.language
        await self.enter_room(connection.sid, view.address.chat_id)
        await self.emit("session_confirm", token, to=connection.sid)

    async def _user_uttered(self, connection: Connection, data: object) -> Json | None:
        """Take what was typed, or a button's payload. The page's session_id proves nothing alone."""
        uttered = fields(data)
        text = uttered.get("message")
        if text is None:  # rasa-webchat sends this where no initPayload is set
            return None
        text = whole(text if isinstance(text, str) else str(text))
        custom = uttered.get("customData")
        language = read_language(custom.get("language")) if isinstance(custom, dict) else None
        if connection.address is None:
            await self._open(connection, uttered.get("session_id"), language or Language.EN)
        try:
            self.reception.count_message(connection, text)
            await self._receive(connection, text, language)
        except MessageRefused as refused:
            await self._apologise(connection, refused.code)
        except Slow:
            await self._apologise(connection, "too_fast")
        return None

    async def _receive(self, connection: Connection, text: str, language: Language | None) -> None:
        assert connection.address is not None
        incoming = Incoming(connection.address, text, uuid.uuid4().hex, language)
        try:
            await self.reception.door.receive(incoming)
        except ConversationUnknown:  # forgotten meanwhile: the page goes on with a new one
            await self._open(connection, None, language or connection.language)
            again = Incoming(connection.address, text, incoming.external_id, language)
            await self.reception.door.receive(again)

    async def _apologise(self, connection: Connection, code: str) -> None:
        texts = REFUSED.get(code)
        if texts is not None:  # an empty message needs no answer
            await self.emit("bot_uttered", {"text": texts[connection.language]}, to=connection.sid)
