"""Files over HTTP, with the real core behind it: limits by content, safe to show, gone when forgotten."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from bot.file_door import file_name, media_type_of
from bot.model import Address, Message, Page, Speaker
from bot.store.files import MOST_OF_A_CONVERSATION, ORPHAN_SECONDS
from channels.web import tokens
from channels.web.connections import address_of
from tests.fakes.desk import LAYLA, DeskWorld, desk_world

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40
PDF = b"%PDF-1.7\n%%EOF\n"
TOKEN = tokens.issue()
HERE = address_of(TOKEN)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    async with desk_world(tmp_path) as running:
        await running.say("hello", HERE.chat_id)
        yield running


async def give(
    world: DeskWorld,
    body: bytes = PNG,
    name: str = "shot.png",
    id_: str = "file-0001",
    token: str = TOKEN,
    **headers: str,
) -> httpx.Response:
    sent = {
        "Authorization": f"Bearer {token}",
        "X-Dalil-Id": id_,
        "X-Dalil-Name": quote(name),
        **headers,
    }
    async with httpx.AsyncClient(base_url=world.url) as client:
        return await client.post("/files", content=body, headers=sent)


async def show(world: DeskWorld, url: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=world.url) as client:
        return await client.get(url)


async def said(world: DeskWorld) -> list[Message]:
    await world.settle()
    return list(await world.core.patrons.since(HERE, 0))


def on_disk(world: DeskWorld) -> list[Path]:
    return list((Path(str(world.store.engine.url.database)).parent / "files").glob("??/*"))


async def test_a_file_is_kept_and_shown_safely(world: DeskWorld) -> None:
    answer = await give(world, name="لقطة شاشة.png")
    assert answer.json()["ok"], answer.text
    (message,) = [m for m in await said(world) if m.content.attachments]
    (attachment,) = message.content.attachments
    assert (attachment.name, attachment.media_type, attachment.size) == (
        "لقطة شاشة.png",
        "image/png",
        len(PNG),
    )
    assert message.content.text == attachment.name
    shown = await show(world, attachment.url)
    assert shown.content == PNG
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["content-disposition"].startswith("inline; filename*=UTF-8''%D9%84")
    assert "no-store" in shown.headers["cache-control"]
    (path,) = on_disk(world)
    assert path.name not in attachment.url  # what is on disk does not open the address
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_pdf_is_saved_not_opened_here(world: DeskWorld) -> None:
    await give(world, PDF, "thesis.pdf")
    (message,) = [m for m in await said(world) if m.content.attachments]
    shown = await show(world, message.content.attachments[0].url)
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"].startswith("attachment")


async def test_the_assistant_says_where_files_go_and_offers_a_person(world: DeskWorld) -> None:
    asked = len(world.engine.asked)
    await give(world)
    last = (await said(world))[-1]
    assert last.speaker is Speaker.ASSISTANT and last.content.event == "file"
    assert [choice.payload for choice in last.content.choices] == ["core:person"]
    assert len(world.engine.asked) == asked  # a file's name is no question
    world.attended()
    await world.say("Talk to a librarian", HERE.chat_id)
    (handoff,) = world.store.handoffs.queue()
    assert ("File given", "shot.png") in handoff.packet.summary
    assert handoff.packet.question == "hello"


async def test_a_librarian_gets_it_at_once(world: DeskWorld) -> None:
    world.attended()
    handoff = await world.ask_person(HERE.chat_id)
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    before = len(await said(world))
    await give(world)
    (message,) = (await said(world))[before:]  # and the assistant is silent
    view = await world.core.librarians.look(handoff.id)
    assert view.messages[-1].content.attachments == message.content.attachments


async def test_the_same_file_sent_again_is_one_message(world: DeskWorld) -> None:
    first = (await give(world)).json()
    again = (await give(world)).json()
    assert again == {"ok": True, "seq": first["seq"], "repeated": True}
    assert len(on_disk(world)) == 1


@pytest.mark.parametrize(
    ("body", "name", "code", "status"),
    [
        (b"<html><script>alert(1)</script>", "page.png", "file_kind", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg", "file_kind", 415),
        (b"MZ\x90\x00", "tool.pdf", "file_kind", 415),
        (b"", "empty.png", "empty", 400),
    ],
)
async def test_what_is_no_image_or_pdf_is_refused(
    world: DeskWorld, body: bytes, name: str, code: str, status: int
) -> None:
    answer = await give(world, body, name)
    assert (answer.json()["code"], answer.status_code) == (code, status)
    assert on_disk(world) == []


async def test_a_large_file_is_refused_before_it_is_read(world: DeskWorld) -> None:
    world.core.files.max_bytes = 1000
    answer = await give(world, PNG + b"\0" * 2000)
    assert (answer.json()["code"], answer.status_code) == ("file_large", 413)

    async def pieces() -> AsyncIterator[bytes]:  # no length said
        yield PNG
        yield b"\0" * 2000

    headers = {"Authorization": f"Bearer {TOKEN}", "X-Dalil-Id": "file-0002", "X-Dalil-Name": "x.png"}
    async with httpx.AsyncClient(base_url=world.url) as client:
        answer = await client.post("/files", content=pieces(), headers=headers)
    assert answer.json()["code"] == "file_large"
    assert on_disk(world) == []


async def test_only_whoever_holds_the_conversation_may_give(world: DeskWorld) -> None:
    for token in (tokens.issue(), "nonsense", "*"):
        answer = await give(world, token=token)
        assert (answer.status_code, answer.json()["code"]) == (401, "unknown")
    assert (await give(world, id_="no")).json()["code"] == "bad_request"
    other = await give(world, Origin="https://elsewhere.example")
    assert other.status_code == 403
    assert "access-control-allow-origin" not in other.headers
    assert on_disk(world) == []


async def test_a_page_of_the_library_may_ask_first(world: DeskWorld) -> None:
    async with httpx.AsyncClient(base_url=world.url) as client:
        mine = await client.options("/files", headers={"Origin": world.url})
        other = await client.options("/files", headers={"Origin": "https://elsewhere.example"})
    assert mine.status_code == 204
    assert mine.headers["access-control-allow-origin"] == world.url
    assert other.status_code == 403


@pytest.mark.parametrize("key", ["a" * 43, "short", "..%2f..%2fdalil.sqlite", "%00"])
async def test_an_address_cannot_be_guessed(world: DeskWorld, key: str) -> None:
    await give(world)
    answer = await show(world, f"/files/{key}")
    assert answer.status_code == 404


async def test_a_conversation_holds_so_many(world: DeskWorld) -> None:
    world.core.files._pace._most = 100
    for n in range(MOST_OF_A_CONVERSATION):
        assert (await give(world, id_=f"file-{n:04}")).json()["ok"]
    assert (await give(world, id_="one-too-many")).json()["code"] == "file_many"
    assert len(on_disk(world)) == MOST_OF_A_CONVERSATION


async def test_forgetting_takes_the_files_along(world: DeskWorld) -> None:
    await give(world)
    (message,) = [m for m in await said(world) if m.content.attachments]
    await world.core.patrons.forget(HERE)
    assert on_disk(world) == []
    assert (await show(world, message.content.attachments[0].url)).status_code == 404


async def test_retention_takes_the_files_along(world: DeskWorld) -> None:
    await give(world)
    await said(world)
    (path,) = on_disk(world)
    assert world.store.files.sweep() == 0
    assert world.store.conversations.forget_before(world.clock() + timedelta(days=1)) == 1
    assert world.store.files.sweep() == 0, "young: somebody may be writing it just now"
    old = time.time() - ORPHAN_SECONDS - 10
    os.utime(path, (old, old))
    assert world.store.files.sweep() == 1
    assert on_disk(world) == []


async def test_the_page_is_shown_to_the_librarian(world: DeskWorld) -> None:
    page = Page("https://lms.example/course/7", "Week 3", "BIO 101", "citing-apa", "reading list")
    await world.core.patrons.at_page(Address("web", HERE.chat_id), page)
    world.attended()
    handoff = await world.ask_person(HERE.chat_id)
    told = dict(handoff.packet.summary)
    assert told["Course"] == "BIO 101"
    assert told["Guide"] == "citing-apa"
    assert told["Page"] == "Week 3 – https://lms.example/course/7"


def test_names_end_as_the_content_says() -> None:
    assert file_name("../../etc/passwd", "image/png") == "etc passwd.png"
    assert file_name("report.exe", "application/pdf") == "report.exe.pdf"
    assert file_name("Photo.JPEG", "image/jpeg") == "Photo.JPEG"
    assert file_name("", "image/gif") == "file.gif"
    assert file_name("a\u202egnp.exe", "image/png") == "agnp.exe.png"
    assert len(file_name("x" * 500 + ".png", "image/png")) == 104
    assert media_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert media_type_of(b"RIFF\0\0\0\0WEBP") == "image/webp"
    assert media_type_of(b"%PDF-x") is None
