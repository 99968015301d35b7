"""Closed conversations: searching and exporting them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from bot.model import ClosedQuery, Handoff, Json, LibrarianId
from bot.ports import DeskDoor
from channels.desk.guard import HEADERS, Caller, language_of
from channels.desk.parts import DeskParts
from channels.desk.render import Renderer
from channels.desk.wire import when

PAGE = 50
BATCH = 500
LONGEST = 100
COLUMNS = (
    "id", "state", "opened_at", "claimed_at", "closed_at", "channel", "language", "librarian", "topic",
    "reason", "question", "read", "transaction", "rating", "note", "left",
)  # fmt: skip
FIELDS = ("text", "topic", "librarian", "since", "until")


class ClosedPage:
    """The page ``/desk/closed`` and its exports."""

    def __init__(self, door: DeskDoor, parts: DeskParts, renderer: Renderer) -> None:
        self._door = door
        self._parts = parts
        self._renderer = renderer

    def routes(self) -> APIRouter:
        """Give the routes."""
        routes = APIRouter(include_in_schema=False)
        shown = self._renderer.shown
        routes.add_api_route("/desk/closed", shown(self._page, ""), methods=["GET"])
        routes.add_api_route("/desk/closed.csv", shown(self._csv, ""), methods=["GET"])
        routes.add_api_route("/desk/closed.jsonl", shown(self._jsonl, ""), methods=["GET"])
        return routes

    async def _page(self, request: Request, caller: Caller) -> Response:
        given = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in FIELDS}
        number = request.query_params.get("page", "1")
        at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
        query = replace(self._query(given), limit=PAGE, offset=(at - 1) * PAGE)
        found, count = await self._door.closed(query)
        people = [(one.librarian.id, one.librarian.name) for one in await self._door.colleagues()]
        language = language_of(request).value
        asked = {name: value for name, value in given.items() if value}
        return self._renderer.page(
            request,
            caller,
            "closed",
            "",
            given=given,
            found=[self._row(one, language) for one in found],
            count=count,
            first=query.offset + 1,
            last=query.offset + len(found),
            people=people,
            topics=sorted(((id_, name[language]) for id_, name in self._parts.topics.items()), key=_second),
            query=urlencode(asked),
            newer=urlencode({**asked, "page": at - 1}) if at > 1 else None,
            older=urlencode({**asked, "page": at + 1}) if query.offset + len(found) < count else None,
        )

    async def _csv(self, request: Request, caller: Caller) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            yield "\ufeff".encode()  # spreadsheets take it for UTF-8 by this
            yield _line(COLUMNS)
            async for row in self._rows(request):
                yield _line([_safe(row[name]) for name in COLUMNS])

        return _download(lines(), "text/csv; charset=utf-8", "closed-conversations.csv")

    async def _jsonl(self, request: Request, caller: Caller) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            async for row in self._rows(request):
                yield (json.dumps(row, ensure_ascii=False) + "\n").encode()

        return _download(lines(), "application/jsonl; charset=utf-8", "closed-conversations.jsonl")

    async def _rows(self, request: Request) -> AsyncIterator[Json]:
        query = self._query({name: request.query_params.get(name, "")[:LONGEST] for name in FIELDS})
        offset = 0
        while True:
            found, count = await self._door.closed(replace(query, limit=BATCH, offset=offset))
            for one in found:
                yield _exported(one)
            offset += len(found)
            if not found or offset >= count:
                return

    def _query(self, given: dict[str, str]) -> ClosedQuery:
        until = self._midnight(given["until"])
        return ClosedQuery(
            text=given["text"],
            topic=given["topic"] or None,
            librarian=LibrarianId(given["librarian"]) if given["librarian"] else None,
            since=self._midnight(given["since"]),
            until=until + timedelta(days=1) if until else None,
        )

    def _midnight(self, text: str) -> datetime | None:
        """Read a day of the library's calendar; what is none is not looked for."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        return datetime.combine(day, datetime.min.time(), self._parts.zone)

    def _row(self, one: Handoff, language: str) -> Json:
        topic = one.topic or one.packet.topic
        named = self._parts.topics.get(topic or "")
        return {
            "id": one.id,
            "when": f"{one.closed_at.astimezone(self._parts.zone):%Y-%m-%d %H:%M}" if one.closed_at else "",
            "question": one.packet.question.strip(),
            "language": one.language.value,
            "librarian": one.librarian_name,
            "topic": named[language] if named else topic,
            "read": one.read_value,
            "kind": one.transaction or ("given_back" if one.state == "closed" else "abandoned"),
            "rating": one.csat,
            "note": one.note,
        }


def _exported(one: Handoff) -> Json:
    return {
        "id": one.id,
        "state": one.state.value,
        "opened_at": when(one.opened_at),
        "claimed_at": when(one.claimed_at),
        "closed_at": when(one.closed_at),
        "channel": one.channel,
        "language": one.language.value,
        "librarian": one.librarian_name,
        "topic": one.topic or one.packet.topic,
        "reason": one.packet.reason,
        "question": one.packet.question,
        "read": one.read_value,
        "transaction": one.transaction,
        "rating": one.csat,
        "note": one.note,
        "left": one.left,
    }


def _safe(value: object) -> object:
    """Keep a patron's words from being taken for a formula by a spreadsheet."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _line(values: Sequence[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue().encode()


def _download(lines: AsyncIterator[bytes], kind: str, name: str) -> Response:
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, headers=headers, media_type=kind)


def _second(pair: tuple[str, str]) -> str:
    return pair[1]
