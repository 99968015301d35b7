"""Slack for tests: a workspace with people, channels, threads, reactions, modals; it fails when told to.

It calls the app as Slack does, by signed HTTP or over Socket Mode, and again where it is not acknowledged.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from aiohttp import WSMsgType, web

from tests.fakes.faults import Faults, Kind, a_while, cut, served
from tests.fakes.slack_schema import is_ts, spec, wrong_blocks, wrong_view

BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-for-tests", "xapp-for-tests", "a signing secret for tests"
TEAM, APP, BOT, BOT_ID = "T0000000A", "A0000000A", "U0000000B", "B0000000B"
SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,files:read,groups:history,"
    "groups:read,im:history,im:read,im:write,reactions:write,users:read"
)
Json = dict[str, Any]


class Refused(Exception):
    """Slack's word for why it does not do it."""


@dataclass
class Ack:
    """How one request to the app was answered."""

    kind: str
    status: int
    seconds: float
    body: str = ""
    own: bool = False  # an event about what the app itself posted


@dataclass
class SlackApi:
    """The workspace. ``dm``, ``post``, ``press`` … are what people do; the rest is what came of it."""

    url: str = ""
    app_url: str | None = None  # where events go by HTTP; None: Socket Mode
    calls: list[tuple[str, Json]] = field(default_factory=list)
    channels: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    ephemerals: list[Json] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)  # open modals by id
    homes: dict[str, Json] = field(default_factory=dict)
    acks: list[Ack] = field(default_factory=list)
    replies: list[Json] = field(default_factory=list)  # to response_url
    wrong: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    scopes: str = SCOPES
    revoked: bool = False
    repeats: bool = False  # send every event twice
    tries: int = 4  # of an event that is not acknowledged
    _numbers: int = 0
    _http: httpx.AsyncClient | None = None
    _socket: web.WebSocketResponse | None = None
    _unacked: dict[str, Json] = field(default_factory=dict)
    _acked: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _connected: asyncio.Event = field(default_factory=asyncio.Event)
    _sending: set[asyncio.Task[Any]] = field(default_factory=set)

    # What people do

    def channel(self, id_: str, name: str, *, member: bool = True, private: bool = False) -> str:
        """Make a channel."""
        self.channels[id_] = {
            "id": id_, "name": name, "is_channel": True, "is_private": private, "is_im": False,
            "is_archived": False, "is_member": member,
        }  # fmt: skip
        self.messages.setdefault(id_, [])
        return id_

    def im(self, user: str) -> str:
        """Give the direct-message channel of a person and the app."""
        id_ = f"D{user[1:]}"
        if id_ not in self.channels:
            self.channels[id_] = {"id": id_, "is_im": True, "user": user, "is_archived": False}
            self.messages[id_] = []
        return id_

    async def dm(self, user: str, text: str, **more: Any) -> Json:
        """Let a patron write to the app; gives the message."""
        return await self.post(self.im(user), user, text, **more)

    async def post(self, channel: str, user: str, text: str, thread: str | None = None, **more: Any) -> Json:
        """Let a person write in a channel, or in a thread of it."""
        signs, text = _emoji(text), typed(text)
        message: Json = {
            "type": "message",
            "user": user,
            "text": text,
            "ts": self._ts(),
            "team": TEAM,
            **({"blocks": signs} if signs else {}),
            **more,
        }
        if thread:
            message["thread_ts"] = thread
        self.messages[channel].append(message)
        kind = "im" if self.channels[channel]["is_im"] else "channel"
        event = {**message, "channel": channel, "channel_type": kind, "event_ts": message["ts"]}
        await self.event(event)
        if f"<@{BOT}>" in text and kind != "im":
            mention = {k: v for k, v in event.items() if k not in ("channel_type", "subtype")}
            await self.event({**mention, "type": "app_mention"})
        return message

    async def edit(self, channel: str, message: Json, text: str) -> None:
        """Let the author change a message."""
        previous = dict(message)
        message |= {"text": typed(text), "edited": {"user": message["user"], "ts": self._ts()}}
        await self._changed(channel, "message_changed", message=dict(message), previous_message=previous)

    async def delete(self, channel: str, message: Json) -> None:
        """Let the author delete a message."""
        self.messages[channel].remove(message)
        await self._changed(channel, "message_deleted", previous_message=message, deleted_ts=message["ts"])

    async def _changed(self, channel: str, subtype: str, **more: Any) -> None:
        ts = self._ts()
        kind = "im" if self.channels[channel]["is_im"] else "channel"
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel, "ts": ts}
        await self.event({**event, "event_ts": ts, "channel_type": kind, **more})

    async def open_home(self, user: str) -> None:
        """Let a person open the app's home."""
        opened = {"type": "app_home_opened", "user": user, "channel": self.im(user), "tab": "home"}
        await self.event({**opened, "event_ts": self._ts()})

    async def press(self, user: str, channel: str, ts: str, title: str) -> Ack:
        """Press a button of a message by what it says."""
        return await self.press_element(
            user, channel, ts, _button(self.message(channel, ts)["blocks"], title)
        )

    async def press_element(self, user: str, channel: str, ts: str, element: Json) -> Ack:
        """Press a button that was there a moment ago, perhaps."""
        message = self.message(channel, ts)
        payload = self._interaction("block_actions", user) | {
            "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
            "channel": {"id": channel, "name": self.channels[channel].get("name", "directmessage")},
            "message": message,
            "actions": [self._action(element)],
        }
        return await self._call_app("interactive", payload)

    async def press_ephemeral(self, user: str, title: str) -> Ack:
        """Press a button of the last message that only this person sees."""
        seen = next(e for e in reversed(self.ephemerals) if e["user"] == user and "blocks" in e)
        element = _button(seen["blocks"], title)
        container = {"type": "message", "message_ts": seen["ts"], "channel_id": seen["channel"]}
        payload = self._interaction("block_actions", user) | {
            "container": container | {"is_ephemeral": True, "thread_ts": seen.get("thread_ts")},
            "channel": {"id": seen["channel"], "name": "librarians"},
            "actions": [self._action(element)],
        }
        return await self._call_app("interactive", payload)

    async def press_home(self, user: str, title: str) -> Ack:
        """Press a button of the app's home."""
        element = _button(self.homes[user]["blocks"], title)
        payload = self._interaction("block_actions", user) | {
            "container": {"type": "view", "view_id": "VHOME"},
            "view": {**self.homes[user], "id": "VHOME"},
            "actions": [self._action(element)],
        }
        return await self._call_app("interactive", payload)

    async def type_in(self, user: str, view_id: str, block_id: str, text: str) -> Ack:
        """Type into a field of a modal that reports each letter."""
        view = self.views[view_id]
        element = next(b["element"] for b in view["blocks"] if b.get("block_id") == block_id)
        view["state"]["values"].setdefault(block_id, {})[element["action_id"]] = {
            "type": element["type"],
            "value": text,
        }
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
        payload = self._interaction("block_actions", user) | {
            "container": {"type": "view", "view_id": view_id},
            "view": view,
            "actions": [{**action, "value": text, "action_ts": self._ts()}],
        }
        return await self._call_app("interactive", payload)

    async def submit(self, user: str, view_id: str, values: dict[str, Any]) -> Ack:
        """Fill a modal in and send it; ``values``: block id to the text typed, or the value chosen."""
        view = self.views[view_id]
        for block in view["blocks"]:
            if block["type"] == "input":
                element = block["element"]
                state = _state(element, values.get(block["block_id"]))
                view["state"]["values"].setdefault(block["block_id"], {})[element["action_id"]] = state
        ack = await self._call_app("interactive", self._interaction("view_submission", user) | {"view": view})
        answer = json.loads(ack.body) if ack.body else {}
        if answer.get("response_action") not in ("errors", "update"):
            self.views.pop(view_id, None)
        return ack

    async def command(self, user: str, channel: str, command: str, text: str) -> Ack:
        """Use a slash command."""
        payload = {
            "command": command, "text": text, "user_id": user, "channel_id": channel, "team_id": TEAM,
            "api_app_id": APP, "trigger_id": self._trigger(), "response_url": f"{self.url}/response/1",
            "token": "t", "team_domain": "library", "user_name": "x", "channel_name": "x",
        }  # fmt: skip
        return await self._call_app("slash_commands", payload)

    async def event(self, event: Json) -> None:
        """Send an event, again where it is not acknowledged, as Slack does."""
        self._numbers += 1
        envelope = {
            "token": "t", "team_id": TEAM, "api_app_id": APP, "type": "event_callback", "event": event,
            "event_id": f"Ev{self._numbers:09}", "event_time": int(time.time()), "authed_users": [BOT],
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        }  # fmt: skip
        for _ in range(2 if self.repeats else 1):
            await self.send(envelope)

    async def send(self, envelope: Json) -> None:
        """Send an envelope up to four times, until it is acknowledged."""
        for number in range(self.tries):
            ack = await self._call_app("events_api", envelope, retry=number)
            if ack.status == 200:
                return

    # What came of it

    def message(self, channel: str, ts: str) -> Json:
        """Give a message."""
        return next(m for m in self.messages[channel] if m["ts"] == ts)

    def said(self, channel: str, thread: str | None = None) -> list[Json]:
        """Give what the app said in a channel (in a thread, its first message apart), as it stands."""
        return [
            m
            for m in self.messages.get(channel, [])
            if m.get("bot_id") and (thread is None or (m.get("thread_ts") == thread and m["ts"] != thread))
        ]

    def roots(self, channel: str) -> list[Json]:
        """Give what the app said in a channel itself, outside threads."""
        return [m for m in self.said(channel) if m.get("thread_ts") in (None, m["ts"])]

    def reactions(self, channel: str, ts: str) -> list[str]:
        """Give the names of the app's reactions to a message."""
        return [r["name"] for r in self.message(channel, ts).get("reactions", [])]

    def made(self, method: str) -> list[Json]:
        """Give the parameters of all calls of a method."""
        return [params for name, params in self.calls if name == method]

    # Slack's side of calling the app

    async def _call_app(self, kind: str, payload: Json, retry: int = 0) -> Ack:
        began = time.perf_counter()
        if self.app_url is None:
            ack = await self._over_socket(kind, payload, retry)
        else:
            ack = await self._over_http(kind, payload, retry)
        ack.seconds = time.perf_counter() - began
        ack.own = bool(payload.get("event", {}).get("bot_id"))
        self.acks.append(ack)
        return ack

    async def _over_http(self, kind: str, payload: Json, retry: int) -> Ack:
        assert self._http is not None and self.app_url is not None
        if kind == "events_api":
            body, type_ = json.dumps(payload), "application/json"
        else:
            given = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, type_ = urlencode(given), "application/x-www-form-urlencoded"
        headers = {"Content-Type": type_, **sign(body)}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_error"}
        try:
            answer = await self._http.post(self.app_url, content=body.encode(), headers=headers)
        except httpx.HTTPError:
            await a_while(0.1)
            return Ack(kind, 0, 0.0)
        return Ack(kind, answer.status_code, 0.0, answer.text)

    async def _over_socket(self, kind: str, payload: Json, retry: int) -> Ack:
        self._numbers += 1
        id_ = f"envelope-{self._numbers}"
        envelope = {"envelope_id": id_, "type": kind, "payload": payload, "accepts_response_payload": True}
        if retry:
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout"}
        answered: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acked[id_] = answered
        try:
            async with asyncio.timeout(5):
                await self._connected.wait()
                assert self._socket is not None
                await self._socket.send_json(envelope)
                answer = await answered
        except (TimeoutError, ConnectionError):
            return Ack(kind, 0, 0.0)
        body = answer.get("payload")
        return Ack(kind, 200, 0.0, json.dumps(body) if body else "")

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        self._socket = socket
        self._connected.set()
        async for incoming in socket:
            if incoming.type is WSMsgType.TEXT and incoming.data.startswith("{"):
                answer = json.loads(incoming.data)
                waiting = self._acked.pop(answer.get("envelope_id", ""), None)
                if waiting and not waiting.done():
                    waiting.set_result(answer)
        if self._socket is socket:
            self._socket = None
            self._connected.clear()
        return socket

    async def drop_socket(self) -> None:
        """Break the Socket Mode connection."""
        if self._socket:
            await self._socket.close()

    # The Web API

    def app(self) -> web.Application:
        """Give the application."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/socket", self._serve_socket)
        app.router.add_post("/response/{n}", self._response)
        app.router.add_get("/files-pri/{name}", self._file)
        return app

    async def _file(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {BOT_TOKEN}":
            return web.Response(status=403)
        return web.Response(body=b"the file " + request.match_info["name"].encode())

    async def _response(self, request: web.Request) -> web.Response:
        self.replies.append(await request.json())
        return web.Response(text="ok")

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _read(request)
        self.calls.append((method, params))
        self._check(spec().wrong_request(method, params))
        fault = self.faults.take(method, params.get("channel"))
        if fault and fault.kind is Kind.DEAF:
            return cut(request)
        if fault and fault.kind is Kind.LIMITED:
            headers = {"Retry-After": str(int(fault.seconds))}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if fault and fault.kind is Kind.BROKEN:
            return web.Response(status=503, text="upstream connect error")
        try:
            token = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
            if self.revoked:
                raise Refused("token_revoked")
            if request.headers.get("Authorization") != f"Bearer {token}":
                raise Refused("invalid_auth")
            if fault and fault.kind is Kind.REFUSED:
                raise Refused(fault.what)
            act = getattr(self, "_do_" + method.replace(".", "_"), None)
            if act is None:
                raise Refused("unknown_method")
            answer = {"ok": True, **act(params)}
        except Refused as refused:
            answer = {"ok": False, "error": str(refused)}
        self._check(spec().wrong_answer(method, answer))
        if fault and fault.kind is Kind.CUT:
            return cut(request)
        if fault and fault.kind is Kind.SLOW:
            await a_while(fault.seconds)
        return web.json_response(answer, headers={"X-OAuth-Scopes": self.scopes})

    def _do_auth_test(self, params: Json) -> Json:
        return {
            "url": "https://library.slack.com/", "team": "Library", "user": "dalil", "team_id": TEAM,
            "user_id": BOT, "bot_id": BOT_ID, "is_enterprise_install": False,
        }  # fmt: skip

    def _do_apps_connections_open(self, params: Json) -> Json:
        return {"url": self.url.replace("http", "ws") + "/socket"}

    def _do_chat_postMessage(self, params: Json) -> Json:
        channel = self._writable(params["channel"])
        self._contents(params)
        message: Json = {"type": "message", "user": BOT, "bot_id": BOT_ID, "team": TEAM, "ts": self._ts()}
        message |= {k: params[k] for k in ("text", "blocks", "thread_ts", "metadata") if k in params}
        message.setdefault("text", "")
        if "thread_ts" in params and not any(m["ts"] == params["thread_ts"] for m in self.messages[channel]):
            raise Refused("thread_not_found")
        self.messages[channel].append(message)
        kind = "im" if self.channels[channel]["is_im"] else "channel"
        event = {**message, "channel": channel, "channel_type": kind, "event_ts": message["ts"]}
        if self.app_url is not None or self._socket is not None:  # an app hears itself
            task = asyncio.create_task(self.event(event))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        shown = {k: v for k, v in message.items() if k != "metadata"}
        return {"channel": channel, "ts": message["ts"], "message": shown}

    def _do_chat_update(self, params: Json) -> Json:
        message = self._own(params["channel"], params["ts"])
        self._contents(params)
        message |= {k: params[k] for k in ("text", "blocks", "metadata") if k in params}
        shown = {k: message[k] for k in ("type", "user", "text")}
        return {"channel": params["channel"], "ts": params["ts"], "text": message["text"], "message": shown}

    def _do_chat_delete(self, params: Json) -> Json:
        message = self._own(params["channel"], params["ts"])
        self.messages[params["channel"]].remove(message)
        return {"channel": params["channel"], "ts": params["ts"]}

    def _do_chat_postEphemeral(self, params: Json) -> Json:
        self._writable(params["channel"])
        self._contents(params)
        self.ephemerals.append({**params, "ts": self._ts()})
        return {"message_ts": self.ephemerals[-1]["ts"]}

    def _do_reactions_add(self, params: Json) -> Json:
        message = self._find(params["channel"], params["timestamp"])
        reactions = message.setdefault("reactions", [])
        if any(r["name"] == params["name"] for r in reactions):
            raise Refused("already_reacted")
        reactions.append({"name": params["name"], "users": [BOT], "count": 1})
        return {}

    def _do_reactions_remove(self, params: Json) -> Json:
        message = self._find(params["channel"], params["timestamp"])
        kept = [r for r in message.get("reactions", []) if r["name"] != params["name"]]
        if len(kept) == len(message.get("reactions", [])):
            raise Refused("no_reaction")
        message["reactions"] = kept
        return {}

    def _do_conversations_history(self, params: Json) -> Json:
        self._known(params["channel"])
        found = [m for m in self.messages[params["channel"]] if m.get("thread_ts") in (None, m["ts"])]
        return self._page(found[::-1], params) | _COUNTS | {"pin_count": 0}

    def _do_conversations_replies(self, params: Json) -> Json:
        self._known(params["channel"])
        thread = params["ts"]
        found = [m for m in self.messages[params["channel"]] if thread in (m["ts"], m.get("thread_ts"))]
        if not found:
            raise Refused("thread_not_found")
        return self._page(found, params, thread)  # from the oldest on

    def _do_conversations_info(self, params: Json) -> Json:
        self._known(params["channel"])
        return {"channel": self.channels[params["channel"]]}

    def _do_conversations_open(self, params: Json) -> Json:
        return {"channel": {"id": self.im(params["users"])}}

    def _do_views_open(self, params: Json) -> Json:
        view = self._view(params["view"])
        self._numbers += 1
        id_ = f"V{self._numbers:08}"
        self.views[id_] = {**view, "id": id_, "hash": f"h{self._numbers}", "state": {"values": {}}}
        return {"view": self.views[id_]}

    def _do_views_update(self, params: Json) -> Json:
        if params["view_id"] not in self.views:
            raise Refused("not_found")
        before = self.views[params["view_id"]]
        if "hash" in params and params["hash"] != before["hash"]:
            raise Refused("hash_conflict")
        self._numbers += 1
        new = self._view(params["view"])
        self.views[before["id"]] = {
            **new, "id": before["id"], "hash": f"h{self._numbers}", "state": before["state"]
        }  # fmt: skip
        return {"view": self.views[before["id"]]}

    def _do_views_publish(self, params: Json) -> Json:
        self.homes[params["user_id"]] = self._view(params["view"])
        return {"view": {**self.homes[params["user_id"]], "id": "VHOME"}}

    def _do_users_info(self, params: Json) -> Json:
        return {"user": {"id": params["user"], "name": "somebody", "locale": "en-US", "is_bot": False}}

    # Within

    def _check(self, found: str | None) -> None:
        if found:
            self.wrong.append(found)

    def _contents(self, params: Json) -> None:
        if not params.get("text") and not params.get("blocks"):
            raise Refused("no_text")
        if len(params.get("text", "")) > 40_000:
            raise Refused("msg_too_long")
        self._invalid(wrong_blocks(params.get("blocks", []), "message"))

    def _view(self, view: Json) -> Json:
        self._invalid(wrong_view(view))
        return view

    def _invalid(self, found: str | None) -> None:
        if found:
            self.wrong.append(f"invalid blocks: {found}")
            raise Refused("invalid_blocks")

    def _known(self, channel: str) -> None:
        if channel not in self.channels:
            raise Refused("channel_not_found")

    def _writable(self, channel: str) -> str:
        self._known(channel)
        if self.channels[channel]["is_archived"]:
            raise Refused("is_archived")
        if self.channels[channel].get("is_member") is False:
            raise Refused("not_in_channel")
        return channel

    def _find(self, channel: str, ts: str) -> Json:
        self._known(channel)
        if not is_ts(ts):
            raise Refused("bad_timestamp")
        found = [m for m in self.messages[channel] if m["ts"] == ts]
        if not found:
            raise Refused("message_not_found")
        return found[0]

    def _own(self, channel: str, ts: str) -> Json:
        self._writable(channel)
        message = self._find(channel, ts)
        if message.get("user") != BOT:
            raise Refused("cant_update_message")
        return message

    @staticmethod
    def _page(found: list[Json], params: Json, root: str = "") -> Json:
        """Give a page as Slack does; the root of a thread is always on the first one."""
        oldest = float(params.get("oldest", 0))
        first = params.get("inclusive") in (True, "true", "1")
        after = [m for m in found if float(m["ts"]) > oldest or (first and float(m["ts"]) == oldest)]
        after = [m for m in found if m["ts"] == root and m not in after] + after
        start, limit = int(params.get("cursor", 0)), int(params.get("limit", 100))
        kept = after[start : start + limit]
        if not params.get("include_all_metadata"):
            kept = [{k: v for k, v in m.items() if k != "metadata"} for m in kept]
        more = start + limit < len(after)
        cursor = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
        return {"messages": kept, "has_more": more} | cursor

    def _interaction(self, kind: str, user: str) -> Json:
        return {
            "type": kind, "user": {"id": user, "username": "x", "name": "x", "team_id": TEAM},
            "api_app_id": APP, "token": "t", "team": {"id": TEAM, "domain": "library"},
            "trigger_id": self._trigger(), "response_url": f"{self.url}/response/1",
        }  # fmt: skip

    def _action(self, element: Json) -> Json:
        return {**element, "block_id": "b", "action_ts": self._ts()}

    def _trigger(self) -> str:
        self._numbers += 1
        return f"{self._numbers}.trigger"

    def _ts(self) -> str:
        self._numbers += 1
        return f"{int(time.time())}.{self._numbers:06}"


_COUNTS = {"channel_actions_ts": None, "channel_actions_count": 0}


def typed(text: str) -> str:
    """Give what Slack makes of what a person types."""
    for sign, (name, _) in EMOJI.items():
        text = text.replace(sign, name)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"&lt;@(U\w+)&gt;", r"<@\1>", escaped)  # people and the app, as its field completes them


# Emoji that are typed: as Slack names them in texts, and what stands for them in the rich text beside it.
EMOJI: dict[str, tuple[str, Json]] = {
    "🙂": (":slightly_smiling_face:", {"name": "slightly_smiling_face", "unicode": "1f642"}),
    "👋🏽": (":wave::skin-tone-4:", {"name": "wave", "unicode": "1f44b-1f3fd", "skin_tone": 4}),
    "👋": (":wave:", {"name": "wave", "unicode": "1f44b"}),
}


def _emoji(text: str) -> list[Json]:
    """Give rich text that has the emoji of a text, as Slack sends it along; nothing where there are none."""
    found = [{"type": "emoji", **element} for sign, (_, element) in EMOJI.items() if sign in text]
    section = {"type": "rich_text_section", "elements": found}
    return [{"type": "rich_text", "block_id": "b", "elements": [section]}] if found else []


def shown(message: Json) -> str:
    """Give the text of a message as a person reads it, from its rich text."""
    rich = [block for block in message.get("blocks", []) if block["type"] == "rich_text"]
    return "".join(_part(part) for block in rich for part in block["elements"]).strip("\n")


def _part(part: Json) -> str:
    if part["type"] == "rich_text_list":
        start = part.get("offset", 0) + 1
        ordered = part["style"] == "ordered"
        return "".join(
            (f"{start + n}. " if ordered else "• ") + _part(one) + "\n"
            for n, one in enumerate(part["elements"])
        )
    return "".join(e.get("text") or e.get("url", "") for e in part["elements"])


def sign(body: str, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, str]:
    """Sign a request as Slack does."""
    stamp = str(int(at if at is not None else time.time()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


async def _read(request: web.Request) -> Json:
    """Read parameters as Slack does: JSON, or a form in which what has structure is JSON."""
    if request.content_type == "application/json":
        loaded = await request.json()
        params: Json = {k: v for k, v in loaded.items() if v is not None}
    else:
        params = {**request.query, **{k: str(v) for k, v in (await request.post()).items()}}
    for key in ("blocks", "view", "metadata"):
        if isinstance(params.get(key), str):
            params[key] = json.loads(params[key])
    for key in ("unfurl_links", "unfurl_media", "include_all_metadata"):
        if isinstance(params.get(key), str):
            params[key] = params[key] in ("1", "true")
    return params


def _button(blocks: list[Json], title: str) -> Json:
    held = [
        e for b in blocks for e in [*b.get("elements", []), *([b["accessory"]] if "accessory" in b else [])]
    ]
    return next(e for e in held if e.get("type") == "button" and e["text"]["text"] == title)


def _state(element: Json, given: Any) -> Json:
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": given if given is not None else element.get("initial_value")}
    options = element["options"]
    chosen = next((o for o in options if o["value"] == given), element.get("initial_option"))
    return {"type": kind, "selected_option": chosen}


@asynccontextmanager
async def slack_api() -> AsyncIterator[SlackApi]:
    """Serve a new workspace until the block ends."""
    api = SlackApi()
    async with served(api.app()) as url, httpx.AsyncClient(trust_env=False, timeout=10) as http:
        api.url, api._http = url, http
        yield api
        for task in api._sending:
            task.cancel()
        await asyncio.gather(*api._sending, return_exceptions=True)
        await api.drop_socket()
