"""Telegram's Bot API for tests: it keeps chats, topics and updates, and fails when told to.

Every request, answer and update is checked against the Bot API's schema; ``wrong`` says what was not right.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from tests.fakes.faults import Faults, Kind, a_while, cut, served
from tests.fakes.telegram_schema import schema
from tests.patience import PATIENCE

TOKEN = "123456:a-token-for-tests"
BOT = {
    "id": 123456,
    "is_bot": True,
    "first_name": "Dalil",
    "username": "dalil_test_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": True,
    "supports_inline_queries": False,
}
START = 1_795_000_000  # the date of the first message
Json = dict[str, Any]


class Refused(Exception):
    """The Bot API's answer to what it does not take."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.answer: Json = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.answer["parameters"] = parameters
        self.code = code


@dataclass
class Call:
    """One call, as it was made."""

    method: str
    params: Json
    done: bool = False


@dataclass
class Topic:
    """A forum topic."""

    name: str
    closed: bool = False
    deleted: bool = False


@dataclass
class TelegramApi:
    """The state of the network. ``say``, ``press`` … are what people do; the rest is what came of it."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    chats: dict[int, list[Json]] = field(default_factory=dict)  # chat id to messages, bots' and people's
    topics: dict[int, Topic] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    revoked: bool = False
    forum: bool = True
    member: str = "administrator"
    may_manage_topics: bool = True
    may_delete: bool = True
    allowed_reactions: list[str] | None = None  # None: all
    sees_all: bool = True
    wrong: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    confirmed: int = 0  # updates below this number were confirmed by getUpdates' offset
    webhook: Json = field(default_factory=dict)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    updates: list[Json] = field(default_factory=list)
    reactions: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    toasts: list[Json] = field(default_factory=list)
    repeats: bool = False  # deliver each update twice
    listen: Callable[[str, str], None] | None = None  # hears of each call: its method, its text
    _numbers: int = 100
    _new: asyncio.Condition = field(default_factory=asyncio.Condition)

    # What people do

    async def say(self, chat: int, text: str, *, language: str = "en", **more: Any) -> Json:
        """Let the patron of a private chat write; gives the message."""
        message = self._private(chat, language) | {"text": text} | _commands(text) | more
        return await self._arrives({"message": message})

    async def send(self, chat: int, *, language: str = "en", **what: Any) -> Json:
        """Let a patron send something that is not a text."""
        return await self._arrives({"message": self._private(chat, language) | what})

    async def edit(self, message: Json, text: str) -> Json:
        """Let a patron edit what they wrote."""
        message["text"] = text
        message["edit_date"] = message["date"] + 5
        await self._update({"edited_message": dict(message)})
        return message

    async def press(self, chat: int, message_id: int, title: str, *, person: int | None = None) -> str:
        """Press a button by what it says; gives the id of the press."""
        message = self.message(chat, message_id)
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        data = next(b["callback_data"] for row in rows for b in row if b["text"] == title)
        return await self.press_data(chat, message_id, data, person=person)

    async def press_data(self, chat: int, message_id: int, data: str, *, person: int | None = None) -> str:
        """Press a button by what it sends."""
        self._numbers += 1
        query = {
            "id": str(self._numbers),
            "from": _person(person or chat),
            "message": self.message(chat, message_id),
            "chat_instance": "1",
            "data": data,
        }
        await self._update({"callback_query": query})
        return str(query["id"])

    async def say_in_topic(self, group: int, topic: int, person: int, text: str, **more: Any) -> Json:
        """Let somebody write in a topic of the librarians' group."""
        message = self._new_message(
            {"id": group, "type": "supergroup", "title": "Librarians", "is_forum": True}, _person(person)
        )
        message |= {"text": text, "message_thread_id": topic, "is_topic_message": True}
        return await self._arrives({"message": message | _commands(text) | more})

    async def send_in_topic(self, group: int, topic: int, person: int, **what: Any) -> Json:
        """Let somebody send something that is not a text to a topic of the librarians' group."""
        message = self._new_message(
            {"id": group, "type": "supergroup", "title": "Librarians", "is_forum": True}, _person(person)
        )
        message |= {"message_thread_id": topic, "is_topic_message": True}
        return await self._arrives({"message": message | what})

    async def block(self, chat: int) -> None:
        """Let a patron block the bot."""
        self.blocked.add(chat)
        changed = {
            "chat": {"id": chat, "type": "private", "first_name": "Sara"},
            "from": _person(chat),
            "date": START,
            "old_chat_member": {"status": "member", "user": _me()},
            "new_chat_member": {"status": "kicked", "user": _me(), "until_date": 0},
        }
        await self._update({"my_chat_member": changed})

    # What came of it

    def message(self, chat: int, message_id: int) -> Json:
        """Give a message by its number."""
        return next(m for m in self.chats[chat] if m["message_id"] == message_id)

    def said(self, chat: int, topic: int | None = None) -> list[Json]:
        """Give what the bot said in a chat (in a topic), as it stands now."""
        return [
            m
            for m in self.chats.get(chat, [])
            if m["from"]["is_bot"] and (topic is None or m.get("message_thread_id") == topic)
        ]

    def made(self, method: str) -> list[Json]:
        """Give the parameters of all calls of a method."""
        return [call.params for call in self.calls if call.method == method]

    # The API

    def app(self) -> web.Application:
        """Give the application."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        return app

    async def _file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return web.Response(status=401)
        return web.Response(body=b"the file " + request.match_info["path"].encode())

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = {key: str(value) for key, value in {**request.query, **(await request.post())}.items()}
        params = schema().read(method, given)
        self._check(f"params.{method}", params)
        if self.listen:
            self.listen(method, str(params.get("text", "")))
        call = Call(method, params)
        self.calls.append(call)
        fault = self.faults.take(method, params.get("chat_id"))
        if fault and fault.kind is Kind.DEAF:
            return cut(request)
        try:
            if self.revoked or request.match_info["token"] != TOKEN:
                raise Refused(401, "Unauthorized")
            if fault and fault.kind is Kind.LIMITED:
                seconds = int(fault.seconds)
                raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
            if fault and fault.kind is Kind.BROKEN:
                raise Refused(500, "Internal Server Error")
            if fault and fault.kind is Kind.REFUSED:
                raise Refused(400, fault.what)
            result = await self._do(method, params)
        except Refused as refused:
            self._check("error", refused.answer)
            return web.json_response(refused.answer, status=refused.code)
        call.done = True
        self._check(f"result.{method}", result)
        if fault and fault.kind is Kind.CUT:
            return cut(request)
        if fault and fault.kind is Kind.SLOW:
            await a_while(fault.seconds)
        return web.json_response({"ok": True, "result": result})

    async def _do(self, method: str, params: Json) -> Any:
        act = getattr(self, f"_do_{method}", None)
        if act is None:
            raise Refused(404, "Not Found: method not found")
        result = act(params)
        return await result if asyncio.iscoroutine(result) else result

    def _do_getMe(self, params: Json) -> Json:
        return BOT | {"can_read_all_group_messages": self.sees_all}

    async def _do_getUpdates(self, params: Json) -> list[Json]:
        if self.webhook.get("url"):
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = params.get("offset", 0)
        self.confirmed = max(self.confirmed, offset)
        deadline = asyncio.get_running_loop().time() + params.get("timeout", 0)
        async with self._new:
            while not (found := [u for u in self.updates if u["update_id"] >= offset]):
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    return []
                try:
                    async with asyncio.timeout(left):
                        await self._new.wait()
                except TimeoutError:
                    return []
        return found[: params.get("limit", 100)]

    def _do_setWebhook(self, params: Json) -> bool:
        self.webhook = params
        return True

    def _do_deleteWebhook(self, params: Json) -> bool:
        self.webhook = {}
        return True

    def _do_getWebhookInfo(self, params: Json) -> Json:
        url = self.webhook.get("url", "")
        return {"url": url, "has_custom_certificate": False, "pending_update_count": 0}

    def _do_setMyCommands(self, params: Json) -> bool:
        chat = params.get("scope", {}).get("chat_id")
        for one in params["commands"]:
            named = re.fullmatch(r"[a-z0-9_]{1,32}", one["command"])
            if not named or not 1 <= len(one["description"]) <= 256:
                self.wrong.append(f"no such command: {one}")
        self.commands[str(chat or params.get("language_code", ""))] = params["commands"]
        return True

    def _do_sendChatAction(self, params: Json) -> bool:
        self._reachable(params["chat_id"])
        return True

    def _do_sendMessage(self, params: Json) -> Json:
        chat = int(params["chat_id"])
        self._reachable(chat)
        text = params["text"].strip()
        if not text:
            raise Refused(400, "Bad Request: message text is empty")
        self._check_entities(params["text"], params.get("entities", []))
        self._check_keyboard(params)
        message = self._new_message(self._chat(chat), _me())
        message["text"] = text
        topic = params.get("message_thread_id")
        if topic is not None:
            self._open_topic(topic)
            message |= {"message_thread_id": topic, "is_topic_message": True}
        for key in ("entities", "reply_markup"):
            if key in params:
                message[key] = params[key]
        reply = params.get("reply_parameters")
        answered = [m for m in self.chats.get(chat, []) if reply and m["message_id"] == reply["message_id"]]
        if answered:
            message["reply_to_message"] = self._plain(answered[0])
        elif reply and not reply.get("allow_sending_without_reply"):
            raise Refused(400, "Bad Request: message to be replied not found")
        self.chats.setdefault(chat, []).append(message)
        return message

    def _do_editMessageText(self, params: Json) -> Json:
        message = self._mine(params)
        if not params["text"].strip():
            raise Refused(400, "Bad Request: message text is empty")
        self._check_entities(params["text"], params.get("entities", []))
        self._check_keyboard(params)
        new = {k: params[k] for k in ("text", "entities", "reply_markup") if k in params}
        if all(message.get(k) == new.get(k) for k in ("text", "entities", "reply_markup")):
            raise Refused(
                400, "Bad Request: message is not modified: specified new message content is the same"
            )
        for key in ("entities", "reply_markup"):
            message.pop(key, None)
        message |= new | {"edit_date": message["date"] + 1}
        return message

    def _do_editMessageReplyMarkup(self, params: Json) -> Json:
        message = self._mine(params)
        self._check_keyboard(params)
        new = params.get("reply_markup")
        if message.get("reply_markup") == new:
            raise Refused(400, "Bad Request: message is not modified")
        message.pop("reply_markup", None)
        if new:
            message["reply_markup"] = new
        return message

    def _do_deleteMessage(self, params: Json) -> bool:
        message = self._mine(params)
        self.chats[int(params["chat_id"])].remove(message)
        return True

    def _do_answerCallbackQuery(self, params: Json) -> bool:
        if len(params.get("text", "")) > 200:
            self.wrong.append("an answer to a press is longer than 200 characters")
        self.toasts.append(params)
        return True

    def _do_setMessageReaction(self, params: Json) -> bool:
        marks = [mark["emoji"] for mark in params.get("reaction", [])]
        self.reactions[(int(params["chat_id"]), params["message_id"])] = marks
        return True

    def _do_getFile(self, params: Json) -> Json:
        name = params["file_id"]
        return {"file_id": name, "file_unique_id": f"u{name}", "file_path": f"documents/{name}.bin"}

    def _do_getChat(self, params: Json) -> Json:
        chat = self._chat(int(params["chat_id"]))
        extra: Json = {"accent_color_id": 0, "max_reaction_count": 11}
        gifts = (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        )
        if self.allowed_reactions is not None:
            extra["available_reactions"] = [{"type": "emoji", "emoji": e} for e in self.allowed_reactions]
        return chat | extra | {"accepted_gift_types": dict.fromkeys(gifts, True)}

    def _do_getChatMember(self, params: Json) -> Json:
        me = _me()
        if self.member == "administrator":
            rights = (
                "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
                "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info",
                "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
            )  # fmt: skip
            return {
                "status": "administrator",
                "user": me,
                **dict.fromkeys(rights, False),
                "can_manage_topics": self.may_manage_topics,
                "can_delete_messages": self.may_delete,
            }
        if self.member == "left":
            return {"status": "left", "user": me}
        return {"status": "member", "user": me}

    def _do_createForumTopic(self, params: Json) -> Json:
        if not self.forum:
            raise Refused(400, "Bad Request: the chat is not a forum")
        if not self.may_manage_topics:
            raise Refused(400, "Bad Request: not enough rights to create a topic")
        self._check_topic_name(params["name"])
        self._numbers += 1
        self.topics[self._numbers] = Topic(params["name"])
        return {
            "message_thread_id": self._numbers,
            "name": params["name"],
            "icon_color": params.get("icon_color", 7322096),
        }

    def _do_editForumTopic(self, params: Json) -> bool:
        topic = self._topic(params["message_thread_id"])
        if params.get("name", topic.name) == topic.name and "icon_custom_emoji_id" not in params:
            raise Refused(400, "Bad Request: TOPIC_NOT_MODIFIED")
        self._check_topic_name(params.get("name", topic.name))
        topic.name = params.get("name", topic.name)
        return True

    def _do_deleteForumTopic(self, params: Json) -> bool:
        if not self.may_delete:
            raise Refused(400, "Bad Request: not enough rights to delete the topic")
        self._topic(params["message_thread_id"]).deleted = True
        return True

    def _do_closeForumTopic(self, params: Json) -> bool:
        topic = self._topic(params["message_thread_id"])
        if topic.closed:
            raise Refused(400, "Bad Request: TOPIC_NOT_MODIFIED")
        topic.closed = True
        return True

    def _do_reopenForumTopic(self, params: Json) -> bool:
        topic = self._topic(params["message_thread_id"])
        if not topic.closed:
            raise Refused(400, "Bad Request: TOPIC_NOT_MODIFIED")
        topic.closed = False
        return True

    # Within

    def _check(self, name: str, value: Any) -> None:
        found = schema().wrong(name, value)
        if found:
            self.wrong.append(found)

    def _check_entities(self, text: str, entities: list[Json]) -> None:
        length = len(text.encode("utf-16-le")) // 2
        for entity in entities:
            if entity["offset"] < 0 or entity["length"] < 1 or entity["offset"] + entity["length"] > length:
                self.wrong.append(f"an entity lies outside its text: {entity}")
        if length > 4096:
            raise Refused(400, "Bad Request: message is too long")

    def _check_keyboard(self, params: Json) -> None:
        """The Bot API's limits of inline keyboards, which its schema does not have."""
        rows = params.get("reply_markup", {}).get("inline_keyboard", [])
        for button in (button for row in rows for button in row):
            if not button["text"] or not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                self.wrong.append(f"no such button: {button}")
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        if any(len(row) > 8 for row in rows) or sum(len(row) for row in rows) > 100:
            self.wrong.append(f"a keyboard of {[len(row) for row in rows]} buttons")
            raise Refused(400, "Bad Request: reply markup is too long")

    def _check_topic_name(self, name: str) -> None:
        if not 1 <= len(name) <= 128:
            self.wrong.append(f"a topic's name of {len(name)} characters")
            raise Refused(400, "Bad Request: TOPIC_TITLE_INVALID")

    def _reachable(self, chat: Any) -> None:
        if int(chat) in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if int(chat) not in self.chats and int(chat) > 0:
            raise Refused(400, "Bad Request: chat not found")
        if int(chat) < 0 and self.member == "left":
            raise Refused(403, "Forbidden: bot was kicked from the supergroup chat")

    def _topic(self, number: int) -> Topic:
        topic = self.topics.get(number)
        if topic is None or topic.deleted:
            raise Refused(400, "Bad Request: message thread not found")
        return topic

    def _open_topic(self, number: int) -> None:
        self._topic(number)  # administrators may write in closed topics

    def _mine(self, params: Json) -> Json:
        chat = int(params["chat_id"])
        found = [m for m in self.chats.get(chat, []) if m["message_id"] == params["message_id"]]
        if not found:
            raise Refused(400, "Bad Request: message to edit not found")
        topic = found[0].get("message_thread_id")
        if topic is not None:
            self._topic(topic)
        return found[0]

    def _chat(self, chat: int) -> Json:
        if chat > 0:
            return {"id": chat, "type": "private", "first_name": "Sara"}
        forum = {"is_forum": True} if self.forum else {}
        return {"id": chat, "type": "supergroup", "title": "Librarians"} | forum

    def _private(self, chat: int, language: str) -> Json:
        return self._new_message(self._chat(chat), _person(chat) | {"language_code": language})

    def _new_message(self, chat: Json, sender: Json) -> Json:
        self._numbers += 1
        return {"message_id": self._numbers, "date": START + self._numbers, "chat": chat, "from": sender}

    @staticmethod
    def _plain(message: Json) -> Json:
        return {k: v for k, v in message.items() if k not in ("reply_to_message", "reply_markup")}

    async def _arrives(self, update: Json) -> Json:
        message: Json = update["message"]
        self.chats.setdefault(message["chat"]["id"], []).append(message)
        await self._update({"message": dict(message)})
        return message

    async def _update(self, update: Json) -> None:
        self._numbers += 1
        whole = json.loads(json.dumps({"update_id": self._numbers, **update}))
        self._check("Update", whole)
        for _ in range(2 if self.repeats else 1):
            await self.give(whole)

    async def give(self, update: Json) -> None:
        """Let an update arrive (again)."""
        if self.webhook.get("url"):
            await self.post(update)
            return
        async with self._new:
            self.updates.append(update)
            self._new.notify_all()

    async def post(self, update: Json, secret: str | None = None) -> int:
        """Post an update to the webhook as Telegram does; gives the status."""
        given = self.webhook.get("secret_token") if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": given} if given else {}
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            answer = await http.post(self.webhook["url"], json=update, headers=headers)
        return answer.status_code


def _me() -> Json:
    return {k: BOT[k] for k in ("id", "is_bot", "first_name", "username")}


def _person(number: int) -> Json:
    return {"id": number, "is_bot": False, "first_name": "Sara"}


def _commands(text: str) -> Json:
    if not text.startswith("/"):
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]}


@asynccontextmanager
async def telegram_api() -> AsyncIterator[TelegramApi]:
    """Serve a new network until the block ends."""
    api = TelegramApi()
    async with served(api.app()) as url:
        api.url = url
        yield api
