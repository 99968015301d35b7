"""What librarians do in Slack: writing in threads, buttons, modals, /desk. Only linked ones can."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from bot.errors import AtCapacity, DalilError, NotYours
from bot.model import (
    Found,
    Handoff,
    HandoffId,
    Json,
    Language,
    Librarian,
    LibrarianId,
)
from channels.slack.api import Api
from channels.slack.blocks import actions, button, text_of, was_deleted, written
from channels.slack.desk import NAME, NETWORK, NOTED, ORIGIN, SlackDesk, own_ts
from channels.slack.desk_views import (
    ACT,
    QUERY,
    close_modal,
    insert_modal,
    preview_modal,
    refer_modal,
)
from channels.slack.patrons import SPOKEN
from channels.threads.passages import passage_text
from channels.threads.presence import Presences
from channels.threads.recent import Recent
from channels.threads.rules import Done, Outcome, edited, said, withdrawn
from channels.threads.texts import say, why_not

log = logging.getLogger("dalil.channels.slack")

MENTIONED = re.compile(r"<@([UW][A-Z0-9]+)>")
Act = Callable[["Press"], Awaitable[object]]


class Press:
    """One pressed button: who, on what, and with what Slack gave for opening a modal."""

    def __init__(self, who: Librarian, handoff: HandoffId, body: Json) -> None:
        self.who = who
        self.handoff = handoff
        self.user = str(body["user"]["id"])
        self.trigger = str(body.get("trigger_id", ""))
        self.response_url = str(body.get("response_url", ""))
        self.action_ts = str(body.get("actions", [{}])[0].get("action_ts", ""))
        container = body.get("container", {})
        self.whispered = bool(container.get("is_ephemeral"))
        message = body.get("message", {})
        self.thread = message.get("thread_ts") or container.get("thread_ts") or container.get("message_ts")


class SlackDeskActs:
    """Takes what librarians do, as :class:`channels.slack.slack.DeskActs` says."""

    def __init__(self, api: Api, desk: SlackDesk, files: Callable[[Json, Language], str]) -> None:
        """``files`` gives links to the files that an event has, named in a language."""
        self._api = api
        self._desk = desk
        self._files = files
        self._door = desk.parts.door
        self._threads = desk.parts.threads
        self._language = desk.parts.language
        self._presences = Presences(desk.parts.door, desk.parts.language)
        self._asked: Recent[tuple[str, str]] = Recent()  # by ts: who wrote it and what, before a claim
        self._typed_last: Recent[str] = Recent()  # by modal: what is searched for
        self._found: Recent[tuple[str, list[Found]]] = Recent()  # by modal: what it shows, and for what
        self._acts: dict[str, Act] = {
            "claim": self._claim,
            "claim_beyond": partial(self._claim, beyond=True),
            "preview": self._preview,
            "later": self._later,
            "refer": self._refer,
            "put_back": lambda press: self._door.put_back(press.handoff, press.who.id),
            "give_back": lambda press: self._door.give_back(press.handoff, press.who.id),
            "close": self._close,
            "insert": self._insert,
            "reopen": lambda press: self._door.reopen(press.handoff, press.who.id),
            "accept": lambda press: self._door.accept(press.handoff, press.who.id),
            "decline": lambda press: self._door.decline(press.handoff, press.who.id),
            "recall": lambda press: self._door.recall(press.handoff, press.who.id),
            "cancel": self._nothing,
        }

    # Writing

    async def message(self, event: Json) -> None:
        """Take a message in the desk's channel, its edit, or its deletion."""
        if event.get("bot_id"):
            return
        subtype = event.get("subtype")
        if subtype == "message_changed":
            new = {} if was_deleted(event["message"]) else event["message"]
            await self._changed(new, event.get("previous_message", {}))
        elif subtype == "message_deleted":
            await self._changed({}, event.get("previous_message", {}))
        elif subtype in SPOKEN and event.get("thread_ts"):
            await self._said(event)

    async def _said(self, event: Json) -> None:
        thread, who = await asyncio.gather(
            self._threads.at(NAME, f"{self._desk.channel}:{event['thread_ts']}"),
            self._door.linked(NETWORK, event["user"]),
        )
        if thread is None:
            return
        if who is None:
            self._say_stranger(event["user"], event["thread_ts"])
            return
        text = await self._words(event, thread.handoff)
        outcome = await said(self._door, thread.handoff, who, text, ORIGIN + event["ts"])
        if outcome.done is Done.ASK:
            self._asked.keep(event["ts"], (str(event["user"]), text))
        self._api.errand(lambda: self._presences.sign(who), "presence")
        self._answer(event, thread.handoff, outcome)

    async def _words(self, event: Json, handoff: HandoffId) -> str:
        """Give what was written, and a link for each file, in the patron's language."""
        text = written(await self._named(text_of(event)))
        if not event.get("files"):
            return text
        language = (await self._door.look(handoff)).handoff.language
        return "\n".join(part for part in (text, self._files(event, language)) if part)

    async def _named(self, text: str) -> str:
        """Give a text in which colleagues that are mentioned have their names; patrons know no member IDs."""
        for user in set(MENTIONED.findall(text)):
            colleague = await self._door.linked(NETWORK, user)
            text = text.replace(f"<@{user}>", f"@{colleague.name}") if colleague else text
        return text

    def _answer(self, event: Json, handoff: HandoffId, outcome: Outcome) -> None:
        """Show what became of a message: a mark, a word, or a question."""
        user, thread, ts = event["user"], event["thread_ts"], event["ts"]
        tell = partial(self._whisper, user, thread)
        if outcome.done in (Done.NOTED, Done.KEPT_INSIDE, Done.OVER):
            self._api.errand(lambda: self._desk.mark(ts, NOTED), "a mark")
        if outcome.done is Done.KEPT_INSIDE:
            tell(say("kept_inside", self._language, name=outcome.holder))
        elif outcome.done is Done.OVER:
            tell(say("over_inside", self._language))
        elif outcome.done is Done.REFUSED and outcome.why:
            tell(say("not_sent", self._language, reason=why_not(outcome.why, self._language)))
        elif outcome.done is Done.ASK:
            value = json.dumps({"handoff": handoff, "ts": ts})
            yes = button(say("claim_send", self._language), f"{ACT}claim_send", value, "primary")
            no = button(say("cancel", self._language), f"{ACT}cancel", value)
            tell(say("ask_claim", self._language), actions([yes, no]))

    async def _changed(self, new: Json, old: Json) -> None:
        """Carry an edit or deletion of a reply to the patron, and of a note to the other desks."""
        ts, thread_ts = old.get("ts"), old.get("thread_ts")
        self._asked.drop(str(ts))  # it is read anew where it is to be sent
        if old.get("bot_id") or not ts or not thread_ts or new.get("text") == old.get("text"):
            return
        thread = await self._threads.at(NAME, f"{self._desk.channel}:{thread_ts}")
        who = await self._door.linked(NETWORK, str(old.get("user")))
        if thread is None or who is None:
            return
        try:
            await self._carry(thread.handoff, who, new, ts, thread_ts)
        except DalilError as error:
            self._whisper(str(old["user"]), thread_ts, why_not(error, self._language))

    async def _carry(self, id_: HandoffId, who: Librarian, new: Json, ts: str, thread_ts: str) -> None:
        """Let the patron, or the other desks, have what a message says now; without text it is deleted."""
        view = await self._door.look(id_)
        seq = next((m.seq for m in view.messages if own_ts(m) == ts), None)
        if not new:
            with suppress(*([NotYours] if seq is None else [])):  # nothing was kept of it
                async with self._desk.editing:
                    gone = await withdrawn(self._door, view.handoff, who, seq, ORIGIN + ts)
                    if gone:
                        self._desk.edited_here(gone)
            return
        text = await self._words(new, id_)
        async with self._desk.editing:
            outcome = await edited(self._door, view.handoff, who, seq, text, ORIGIN + ts)
            if outcome.message:
                self._desk.edited_here(outcome.message)
        if outcome.message and outcome.message.withdrawn:
            self._api.errand(lambda: self._desk.mark(ts, NOTED), "a mark")
        if outcome.done is Done.STAYS:
            self._whisper(str(new["user"]), thread_ts, say("stays_inside", self._language))

    # Buttons

    async def pressed(self, body: Json, action: Json) -> bool:
        """Take a pressed button; False where it is not the desk's."""
        name = str(action["action_id"])
        if not name.startswith(ACT):
            return False
        if name == QUERY:
            await self._typed(body, str(action.get("value") or ""))
            return True
        value = str(action.get("value", ""))
        handoff = json.loads(value)["handoff"] if value.startswith("{") else value
        who = await self._door.linked(NETWORK, str(body["user"]["id"]))
        if who is None:
            self._say_stranger(str(body["user"]["id"]), None)
            return True
        press = Press(who, HandoffId(handoff), body)
        try:
            if name.startswith(f"{ACT}claim_send"):
                beyond = name.endswith("_beyond")
                await self._claim_send(press, str(json.loads(value)["ts"]), beyond=beyond)
            else:
                await self._acts[name.removeprefix(ACT)](press)
        except AtCapacity as error:
            act = f"{ACT}claim_send_beyond" if value.startswith("{") else f"{ACT}claim_beyond"
            again = button(say("claim_beyond", self._language), act, value)
            self._whisper(press.user, press.thread, why_not(error, self._language), actions([again]))
        except DalilError as error:
            self._whisper(press.user, press.thread, why_not(error, self._language))
        if press.whispered and press.response_url:  # the question is answered
            self._api.errand(lambda: self._api.take_away(press.response_url), "an answered question")
        self._api.errand(lambda: self._presences.sign(who), "presence")
        return True

    async def _claim(self, press: Press, *, beyond: bool = False) -> Handoff:
        return await self._door.claim(press.handoff, press.who.id, beyond=beyond)

    async def _claim_send(self, press: Press, ts: str, *, beyond: bool = False) -> None:
        """Claim, and send what was written before; Slack is asked for it only where it is not known here."""
        await self._claim(press, beyond=beyond)
        user, text = self._asked.get(ts) or ("", "")
        if not user:
            self._api.errand(lambda: self._read_and_send(press, ts), "what was written before a claim")
        elif user == press.user:
            await self._door.reply(press.handoff, press.who.id, text, ORIGIN + ts)

    async def _read_and_send(self, press: Press, ts: str) -> None:
        thread = await self._threads.of(NAME, press.handoff)
        if thread is None:
            return
        root = thread.thread.partition(":")[2]
        found = await self._api.ask("conversations.replies", channel=self._desk.channel, ts=root, oldest=ts,
                                    inclusive="true", limit=10)  # fmt: skip
        message = next((m for m in found["messages"] if m["ts"] == ts), None)
        if message is None or message.get("user") != press.user:
            return
        try:
            text = await self._words(message, press.handoff)
            await self._door.reply(press.handoff, press.who.id, text, ORIGIN + ts)
        except DalilError as error:
            reason = why_not(error, self._language)
            self._whisper(press.user, press.thread, say("not_sent", self._language, reason=reason))

    async def _nothing(self, press: Press) -> None:
        return None

    async def _later(self, press: Press) -> None:
        text = say("will_look", self._language)
        await self._door.note(press.handoff, press.who.id, text, f"later:{press.who.id}:{press.action_ts}")

    async def _preview(self, press: Press) -> None:
        view = await self._door.look(press.handoff)
        self._open(press, preview_modal(view, self._desk.parts))

    async def _close(self, press: Press) -> None:
        view = await self._door.look(press.handoff)
        self._open(press, close_modal(view.handoff, self._desk.parts))

    async def _refer(self, press: Press) -> None:
        view = await self._door.look(press.handoff)
        modal = refer_modal(view.handoff, self._desk.parts, await self._door.colleagues())
        if modal:
            self._open(press, modal)
        else:
            self._whisper(press.user, press.thread, say("no_colleague", self._language))

    async def _insert(self, press: Press) -> None:
        self._open(press, insert_modal(press.handoff, self._language, "", None))

    def _open(self, press: Press, modal: Json) -> None:
        open_ = self._api.call
        self._api.errand(lambda: open_("views.open", trigger_id=press.trigger, view=modal), "a modal")

    # Modals

    async def _typed(self, body: Json, query: str) -> None:
        """Search while the librarian types, and show what there is in the same modal."""
        view_id = str(body["view"]["id"])
        handoff = HandoffId(json.loads(body["view"]["private_metadata"])["handoff"])
        self._typed_last.keep(view_id, query)
        self._api.errand(lambda: self._show_found(view_id, handoff, query), "search results")

    async def _show_found(self, view_id: str, handoff: HandoffId, query: str) -> None:
        """Show what there is, unless something else has been typed meanwhile."""
        if self._typed_last.get(view_id) != query:
            return
        found = await self._search(handoff, query) if query.strip() else None
        modal = insert_modal(handoff, self._language, query, found)
        if self._typed_last.get(view_id) == query:
            self._found.keep(view_id, (query, found or []))
            await self._api.call("views.update", view_id=view_id, view=modal)

    async def _search(self, handoff: HandoffId, query: str) -> list[Found]:
        language = (await self._door.look(handoff)).handoff.language
        return list(await self._door.search(query, language))

    async def submitted(self, body: Json) -> Json | None:
        """Take a modal that was sent; gives what Slack is to show, None: close it."""
        view = body["view"]
        name = str(view.get("callback_id", ""))
        if not name.startswith(ACT):
            return None
        who = await self._door.linked(NETWORK, str(body["user"]["id"]))
        kept = json.loads(view["private_metadata"])
        values = _values(view)
        try:
            if who is None:
                return _error(view, say("stranger", self._language, identity=body["user"]["id"]))
            if name == f"{ACT}insert":
                return await self._send_found(view, who, HandoffId(kept["handoff"]), kept["query"], values)
            await self._submit(name.removeprefix(ACT), who, HandoffId(kept["handoff"]), values)
        except DalilError as error:
            return _error(view, why_not(error, self._language))
        self._api.errand(lambda: self._presences.sign(who), "presence")
        return None

    async def _submit(self, name: str, who: Librarian, handoff: HandoffId, values: dict[str, str]) -> None:
        if name == "close":
            read, kind, topic = (
                values.get("read", "0"),
                values.get("transaction", ""),
                values.get("topic", ""),
            )
            await self._door.close(handoff, who.id, int(read or 0), kind, topic, values.get("note", ""))
        elif name == "refer":
            kind, _, to = values.get("refer_to", "").partition(":")
            word = values.get("word", "")
            if kind == "l":
                await self._door.refer(handoff, who.id, word, to=LibrarianId(to))
            else:
                await self._door.refer(handoff, who.id, word, subject=to)

    async def _send_found(
        self, view: Json, who: Librarian, handoff: HandoffId, query: str, values: dict[str, str]
    ) -> Json | None:
        chosen = values.get("results", "")
        shown = self._found.get(str(view["id"]))
        found = shown[1] if shown and shown[0][:300] == query else await self._search(handoff, query)
        if not chosen.isdigit() or int(chosen) >= len(found):
            return _error(view, say("nothing_chosen", self._language))
        text = passage_text(found[int(chosen)], values.get("word_to_patron", ""))
        await self._door.reply(handoff, who.id, text, f"{ORIGIN}view:{view['id']}")
        return None

    # /desk

    async def command(self, body: Json) -> str:
        """Take ``/desk on``, ``off`` or ``away``; gives the answer for the one who used it."""
        who = await self._door.linked(NETWORK, str(body["user_id"]))
        if who is None:
            return say("stranger", self._language, identity=body["user_id"])
        return await self._presences.command(who, str(body.get("text", "")))

    # Within

    def _say_stranger(self, user: str, thread: str | None) -> None:
        self._whisper(user, thread, say("stranger", self._language, identity=user))

    def _whisper(self, user: str, thread: str | None, text: str, blocks: list[Json] | None = None) -> None:
        self._api.errand(lambda: self._desk.whisper(user, thread, text, blocks or ()), "a whisper")


def _values(view: Json) -> dict[str, str]:
    """Give what was filled in, by block: a text, or the value chosen."""
    found: dict[str, str] = {}
    for block, held in view.get("state", {}).get("values", {}).items():
        for state in held.values():
            chosen = state.get("selected_option")
            found[block] = str(chosen["value"]) if chosen else str(state.get("value") or "")
    return found


def _error(view: Json, text: str) -> Json:
    """Show an error under the first field of a modal."""
    block = next((b["block_id"] for b in view["blocks"] if b["type"] == "input"), "read")
    return {"response_action": "errors", "errors": {block: text}}
