"""The desk's JSON API, under ``/desk/api``: see docs/desk-protocol.md."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from bot.errors import (
    AnotherOpen,
    AtCapacity,
    HandoffEnded,
    HandoffTaken,
    HandoffUnknown,
    MessageRefused,
    NotAgreed,
    NotAllowed,
    NotAssigned,
    NotYours,
    ReferralOver,
    Rejected,
    SignInRefused,
)
from bot.model import Handoff, HandoffId, Json, LibrarianId, Presence
from bot.ports import DeskDoor
from channels.desk.guard import Caller, Guard, Refusal, answer, language_of, rejected
from channels.desk.parts import DeskParts
from channels.desk.wire import (
    handoff_json,
    librarian_json,
    note_json,
    people_json,
    spoken_json,
    view_json,
    when,
)
from channels.web.wire import Malformed, read_flag, read_id, read_language, read_number, read_text

logger = logging.getLogger("dalil.channels.desk")

LONGEST_QUERY = 300
MOST_FOUND = 8
LONGEST_ID = 64

Answer = Callable[[Request], Awaitable[Response]]


class Api:
    """What a signed-in page asks, and what it asks to be done."""

    def __init__(self, door: DeskDoor, guard: Guard, parts: DeskParts) -> None:
        self._door = door
        self._guard = guard
        self._parts = parts

    def routes(self) -> APIRouter:
        """Give the routes."""
        routes = APIRouter(prefix="/desk/api", include_in_schema=False)
        asked: dict[str, Answer] = {
            "/me": self._me,
            "/queue": self._queue,
            "/handoffs/{handoff}": self._handoff,
            "/handoffs/{handoff}/earlier/{earlier}": self._earlier,
            "/handoffs/{handoff}/canned": self._canned,
            "/handoffs/{handoff}/suggestion": self._suggestion,
            "/search": self._search,
        }
        done: dict[str, Answer] = {
            "/presence": self._presence,
            "/capacity": self._capacity,
            "/handoffs/{handoff}/claim": self._claim,
            "/handoffs/{handoff}/reply": self._reply,
            "/handoffs/{handoff}/note": self._note,
            "/handoffs/{handoff}/return": self._give_back,
            "/handoffs/{handoff}/close": self._close,
            "/handoffs/{handoff}/typing": self._typing,
            "/handoffs/{handoff}/put-back": self._put_back,
            "/handoffs/{handoff}/refer": self._refer,
            "/handoffs/{handoff}/accept": self._accept,
            "/handoffs/{handoff}/decline": self._decline,
            "/handoffs/{handoff}/recall": self._recall,
            "/handoffs/{handoff}/invite": self._invite,
            "/handoffs/{handoff}/looked": self._looked,
            "/handoffs/{handoff}/reopen": self._reopen,
            "/handoffs/{handoff}/edit": self._edit,
            "/handoffs/{handoff}/withdraw": self._withdraw,
        }
        for path, act in asked.items():
            routes.add_api_route(path, _plainly(act, self._parts), methods=["GET"])
        for path, act in done.items():
            routes.add_api_route(path, _plainly(act, self._parts), methods=["POST"])
        return routes

    async def _me(self, request: Request) -> Response:
        caller = await self._guard.caller(request)
        rules = await self._door.rules()
        return answer(
            {
                "me": {
                    **librarian_json(caller.librarian),
                    "email": caller.librarian.email,
                    "capacity": caller.librarian.capacity,
                    "answers": caller.librarian.answers,
                },
                "rules": {"away_minutes": rules.away_minutes, "capacity": rules.capacity},
                "csrf": self._guard.sessions.token(caller.signed_in.key),
                "library": dict(self._parts.library),
                "topics": {topic: dict(name) for topic, name in self._parts.topics.items()},
                "subjects": {subject: dict(name) for subject, name in self._parts.subjects.items()},
                "search": self._parts.searches,
                "max_chars": self._parts.max_chars,
                "ends_at": when(datetime.fromtimestamp(caller.signed_in.ends, UTC)),
            }
        )

    async def _queue(self, request: Request) -> Response:
        await self._guard.caller(request)
        handoffs = [handoff_json(handoff) for handoff in await self._door.queue()]
        people = people_json(await self._door.colleagues())
        return answer({"handoffs": handoffs, "people": people, "now": when(datetime.now(UTC))})

    async def _handoff(self, request: Request) -> Response:
        """Give a handoff whole, or with ``?after=`` only the messages above that number."""
        await self._guard.caller(request)
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise Malformed("after must be a number")
        view = await self._door.look(_named(request))
        wanted = view.handoff.packet.wanted
        names = {}
        if wanted:
            names[wanted] = self._parts.name_of(wanted, language_of(request)) or wanted
        return answer({**view_json(view, int(after)), "names": names})

    async def _earlier(self, request: Request) -> Response:
        """Give one of the patron's earlier handoffs, to be read."""
        await self._guard.reader(request)
        view = await self._door.look_earlier(_named(request), _named(request, "earlier"))
        return answer(view_json(view, 0))

    async def _search(self, request: Request) -> Response:
        await self._guard.reader(request)
        if not self._parts.searches:
            raise Refusal(404, "bad_request")
        query = request.query_params.get("q", "").strip()[:LONGEST_QUERY]
        language = read_language(request.query_params.get("language")) or language_of(request)
        found = await self._door.search(query, language) if query else ()
        results = [{"title": one.title, "text": one.text, "url": one.url} for one in found[:MOST_FOUND]]
        return answer({"results": results})

    async def _presence(self, request: Request) -> Response:
        caller, data = await self._act(request)
        try:
            presence = Presence(read_text(data, "presence"))
        except ValueError:
            raise Malformed("presence must be available, away or offline") from None
        await self._door.set_presence(caller.librarian.id, presence)
        return answer({"people": people_json(await self._door.colleagues())})

    async def _capacity(self, request: Request) -> Response:
        caller, data = await self._act(request)
        wanted = None if data.get("capacity") is None else read_number(data, "capacity")
        await self._door.set_capacity(caller.librarian.id, wanted)
        return answer({"people": people_json(await self._door.colleagues())})

    async def _canned(self, request: Request) -> Response:
        caller = await self._guard.reader(request)
        ready = await self._door.canned(_named(request), caller.librarian.id)
        return answer({"answers": [{"id": one.id, "title": one.title, "text": one.text} for one in ready]})

    async def _suggestion(self, request: Request) -> Response:
        await self._guard.reader(request)
        found = await self._door.suggest(_named(request))
        if found is None:
            return answer({"suggestion": None})
        citations = [citation.to_json() for citation in found.citations]
        data = {"seq": found.seq, "question": found.question, "text": found.text, "citations": citations}
        return answer({"suggestion": data})

    async def _claim(self, request: Request) -> Response:
        caller, data = await self._act(request)
        beyond = "beyond" in data and read_flag(data, "beyond")
        return _whole(await self._door.claim(_named(request), caller.librarian.id, beyond=beyond))

    async def _put_back(self, request: Request) -> Response:
        caller, data = await self._act(request)
        return _whole(await self._door.put_back(_named(request), caller.librarian.id, _message(data)))

    async def _refer(self, request: Request) -> Response:
        caller, data = await self._act(request)
        to, subject = data.get("to"), data.get("subject")
        if subject and subject not in self._parts.subjects:
            raise Malformed("subject must be one from the list")
        return _whole(
            await self._door.refer(
                _named(request),
                caller.librarian.id,
                _message(data),
                to=LibrarianId(read_text(data, "to")) if to else None,
                subject=read_text(data, "subject") if subject else None,
            )
        )

    async def _accept(self, request: Request) -> Response:
        caller, _ = await self._act(request)
        return _whole(await self._door.accept(_named(request), caller.librarian.id))

    async def _decline(self, request: Request) -> Response:
        caller, data = await self._act(request)
        return _whole(await self._door.decline(_named(request), caller.librarian.id, _message(data)))

    async def _recall(self, request: Request) -> Response:
        caller, _ = await self._act(request)
        return _whole(await self._door.recall(_named(request), caller.librarian.id))

    async def _invite(self, request: Request) -> Response:
        caller, data = await self._act(request)
        to = LibrarianId(read_text(data, "to"))
        return _whole(await self._door.invite(_named(request), caller.librarian.id, to, _message(data)))

    async def _looked(self, request: Request) -> Response:
        caller, _ = await self._act(request)
        await self._door.looked(_named(request), caller.librarian.id)
        return answer({"ok": True})

    async def _reopen(self, request: Request) -> Response:
        caller, _ = await self._act(request)
        return _whole(await self._door.reopen(_named(request), caller.librarian.id))

    async def _edit(self, request: Request) -> Response:
        caller, data = await self._act(request)
        seq, text = read_number(data, "seq"), read_text(data, "text")
        said = await self._door.edit(_named(request), caller.librarian.id, seq, text)
        return answer({"message": spoken_json(said)})

    async def _withdraw(self, request: Request) -> Response:
        caller, data = await self._act(request)
        said = await self._door.withdraw(_named(request), caller.librarian.id, read_number(data, "seq"))
        return answer({"message": spoken_json(said)})

    async def _reply(self, request: Request) -> Response:
        caller, data = await self._act(request)
        text, key = read_text(data, "text"), read_id(data)
        said = await self._door.reply(_named(request), caller.librarian.id, text, key)
        return answer({"message": spoken_json(said)})

    async def _note(self, request: Request) -> Response:
        caller, data = await self._act(request)
        handoff = _named(request)
        await self._door.note(handoff, caller.librarian.id, read_text(data, "text"), read_id(data))
        view = await self._door.look(handoff)
        return answer({"notes": [note_json(note) for note in view.notes]})

    async def _give_back(self, request: Request) -> Response:
        caller, _ = await self._act(request)
        return _whole(await self._door.give_back(_named(request), caller.librarian.id))

    async def _close(self, request: Request) -> Response:
        caller, data = await self._act(request)
        try:
            read, topic = read_number(data, "read"), read_text(data, "topic")
            transaction = read_text(data, "transaction")
        except Malformed:
            raise MessageRefused("record") from None
        if topic not in self._parts.topics:
            raise MessageRefused("record")
        note = read_text(data, "note") if data.get("note") else ""
        return _whole(
            await self._door.close(_named(request), caller.librarian.id, read, transaction, topic, note)
        )

    async def _typing(self, request: Request) -> Response:
        caller, data = await self._act(request)
        await self._door.typing(_named(request), caller.librarian.id, read_flag(data, "on"))
        return answer({"ok": True})

    async def _act(self, request: Request) -> tuple[Caller, Json]:
        caller = await self._guard.actor(request)
        return caller, dict(await self._guard.fields(request))


def _whole(handoff: Handoff) -> Response:
    return answer({"handoff": handoff_json(handoff)})


def _message(data: Json) -> str:
    """Read a word to colleagues, which may be missing."""
    return read_text(data, "message") if data.get("message") else ""


def _named(request: Request, part: str = "handoff") -> HandoffId:
    name = str(request.path_params[part])
    if len(name) > LONGEST_ID or "\0" in name:
        raise HandoffUnknown(name[:LONGEST_ID])
    return HandoffId(name)


def _plainly(act: Answer, parts: DeskParts) -> Answer:
    """Turn what goes wrong into words for a librarian."""

    async def answered(request: Request) -> Response:
        try:
            return await act(request)
        except ClientDisconnect:  # the page was closed; nobody hears the answer
            return Response(status_code=400)
        except Exception as error:
            refusal = _refusal(error, parts)
            if refusal.status == 500:
                logger.exception("a request of the desk could not be answered")
            return refusal.response(language_of(request))

    return answered


def _refusal(error: Exception, parts: DeskParts) -> Refusal:
    match error:
        case Refusal():
            return error
        case Malformed():
            return Refusal(400, "bad_request", detail=str(error))
        case HandoffUnknown():
            return Refusal(404, "unknown")
        case HandoffTaken():
            return Refusal(409, "taken", name=str(error)) if str(error) else Refusal(409, "taken_by_somebody")
        case HandoffEnded():
            return Refusal(409, "ended")
        case NotAssigned():
            return Refusal(403, "not_yours")
        case NotAllowed():
            return Refusal(403, "not_allowed")
        case NotAgreed():
            return Refusal(403, "not_agreed")
        case NotYours():
            return Refusal(403, "not_author")
        case AtCapacity():
            return Refusal(409, "full", capacity=error.capacity)
        case ReferralOver():
            return Refusal(409, "referral_over")
        case AnotherOpen():
            return Refusal(409, "another_open")
        case Rejected():
            return rejected(error)
        case SignInRefused():
            return Refusal(401, "signed_out")
        case MessageRefused(code="too_long"):
            return Refusal(413, "too_long", limit=parts.max_chars)
        case MessageRefused(code="record" | "empty"):
            return Refusal(400, error.code)
        case MessageRefused():
            return Refusal(400, "bad_request")
        case _:
            return Refusal(500, "failed")
