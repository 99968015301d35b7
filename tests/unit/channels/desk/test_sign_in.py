"""Signing in and out, and everything that must not work."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from pathlib import Path

import httpx
import pytest

from bot.model import LibrarianId, Presence
from channels.desk.parts import DeskLimits
from channels.desk.sessions import SECONDS, Sessions
from tests.fakes.desk import LAYLA, OMAR, PASSWORD, SECRET, DeskWorld, desk_world, sign_in

COOKIE = "dalil_desk"
DESK = 'id="desk"'


def cookie_line(response: httpx.Response, name: str) -> str:
    (line,) = (line for line in response.headers.get_list("set-cookie") if line.startswith(f"{name}="))
    return line


async def test_without_a_sign_in_there_is_only_the_form(world: DeskWorld) -> None:
    client = world.client()
    page = await client.get("/desk")
    assert page.status_code == 200 and 'name="password"' in page.text and DESK not in page.text
    for path in ("/desk/api/me", "/desk/api/queue", "/desk/api/handoffs/x", "/desk/api/search?q=x"):
        refused = await client.get(path)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "signed_out"
        assert "sign in" in refused.json()["error"]["message"]


async def test_whoever_signs_in_gets_the_desk(world: DeskWorld) -> None:
    client = world.client()
    response = await sign_in(client, " LAYLA@library.example ")
    assert response.status_code == 303 and response.headers["location"] == "../desk"
    line = cookie_line(response, COOKIE).lower()
    assert "httponly" in line and "samesite=lax" in line and f"max-age={SECONDS}" in line
    assert "secure" not in line  # this one is reached by http
    assert DESK in (await client.get("/desk")).text
    me = (await client.get("/desk/api/me")).json()
    assert me["me"]["name"] == LAYLA.name and me["topics"]["renewal"]["ar"] == "تجديد الإعارة"


async def test_reached_by_https_the_cookies_never_travel_without_it(tmp_path: Path) -> None:
    async with desk_world(tmp_path, public_url="https://ask.library.example") as world:
        client = world.client(Origin="https://ask.library.example")
        page = await client.get("/desk")
        form = cookie_line(page, "__Host-dalil_form")
        assert "Secure" in form and "HttpOnly" in form and "Path=/" in form
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert token
        given = {"email": LAYLA.email, "password": PASSWORD, "token": token[1]}
        cookies = {"Cookie": form.split(";")[0]}
        done = await client.post("/desk/sign-in", data=given, headers=cookies)
        line = cookie_line(done, "__Host-dalil_desk")
        assert "Secure" in line and "Path=/" in line and "Domain" not in line


@pytest.mark.parametrize(
    ("email", "password"),
    [(LAYLA.email, "wrong"), ("nobody@library.example", PASSWORD), ("", ""), (LAYLA.email, "x" * 5000)],
)
async def test_a_wrong_sign_in_says_the_same_whatever_was_wrong(
    world: DeskWorld, email: str, password: str
) -> None:
    client = world.client()
    response = await sign_in(client, email, password)
    assert response.status_code == 401
    assert "do not belong together" in response.text
    assert COOKIE not in client.cookies
    assert "sesame" not in response.text and "xxx" not in response.text


async def test_the_form_gives_back_the_e_mail_as_text(world: DeskWorld) -> None:
    response = await sign_in(world.client(), '"><script>alert(1)</script>', "wrong")
    assert "<script>alert" not in response.text and "&lt;script&gt;" in response.text


async def test_guessing_locks_the_account_and_says_for_how_long(world: DeskWorld) -> None:
    client = world.client(**{"Accept-Language": "ar"})
    for _ in range(5):
        assert (await sign_in(client, LAYLA.email, "wrong")).status_code == 401
    locked = await sign_in(client, LAYLA.email, PASSWORD)
    assert locked.status_code == 429
    assert "بعد 5 دقائق" in locked.text
    assert 0 < int(locked.headers["retry-after"]) <= 300
    english = await sign_in(world.client(), LAYLA.email, PASSWORD)
    assert "You can try again in 5 minutes" in english.text
    world.clock.ahead = timedelta(minutes=6)
    assert (await sign_in(client, LAYLA.email, PASSWORD)).status_code == 303


async def test_one_address_cannot_try_without_end(tmp_path: Path) -> None:
    async with desk_world(tmp_path, limits=DeskLimits(sign_ins_per_minute_ip=3)) as world:
        for n in range(3):
            response = await sign_in(world.client(), f"nobody-{n}@library.example")
            assert response.status_code == 401
        slowed = await sign_in(world.client(), LAYLA.email)
        assert slowed.status_code == 429
        assert re.search(r"try again in \d+ seconds", slowed.text)


async def test_the_form_counts_only_from_our_own_page(world: DeskWorld) -> None:
    mine, other = world.client(), world.client()
    page = await mine.get("/desk")
    await other.get("/desk")
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token
    good = {"email": LAYLA.email, "password": PASSWORD, "token": token[1]}
    stolen = await other.post("/desk/sign-in", data=good)
    assert stolen.status_code == 403  # the token is not this browser's
    for origin in ("https://evil.example", "null", ""):
        refused = await mine.post("/desk/sign-in", data=good, headers={"Origin": origin})
        assert refused.status_code == 403, origin
    none = await mine.post("/desk/sign-in", data={**good, "token": ""})
    assert none.status_code == 403
    assert (await mine.post("/desk/sign-in", data=good)).status_code == 303


async def test_a_form_in_an_earlier_tab_still_counts(world: DeskWorld) -> None:
    client = world.client()
    token = re.search(r'name="token" value="([^"]+)"', (await client.get("/desk")).text)
    await client.get("/desk")
    assert token
    given = {"email": LAYLA.email, "password": PASSWORD, "token": token[1]}
    assert (await client.post("/desk/sign-in", data=given)).status_code == 303


async def test_a_cookie_that_was_changed_or_forged_is_none(world: DeskWorld) -> None:
    client = await world.signed_in()
    value = client.cookies[COOKIE]
    forged = Sessions("another secret, as long", secure=False).issue(LAYLA.id)
    payload, stamp, signature = value.rsplit(".", 2)
    for bad in (
        forged,
        value[:-1],
        f"{value}x",
        f"{payload}.{stamp}.",
        f"x{value}",
        signature,
        "",
        "." * 5,
        "a" * 4000,
        Sessions(SECRET, secure=False).token(str(LAYLA.id)),
    ):
        answer = await world.client().get("/desk/api/me", headers={"Cookie": f"{COOKIE}={bad}"})
        assert answer.status_code == 401, bad
    good = await world.client().get("/desk/api/me", headers={"Cookie": f"{COOKIE}={value}"})
    assert good.status_code == 200


def test_a_sign_in_holds_for_twelve_hours() -> None:
    now = [1_800_000_000.0]
    sessions = Sessions(SECRET, secure=True, clock=lambda: now[0])
    value = sessions.issue(LibrarianId("layla"))
    signed_in = sessions.read(value)
    assert signed_in and signed_in.librarian == "layla"
    now[0] += SECONDS - 1
    assert sessions.holds(signed_in)
    now[0] += 2
    assert not sessions.holds(signed_in)
    assert sessions.read(value) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        Sessions("short", secure=False)


async def test_a_disabled_account_is_out_at_once(world: DeskWorld) -> None:
    client = await world.signed_in()
    handoff = await world.ask_person()
    assert (await client.post(f"/desk/api/handoffs/{handoff.id}/claim")).status_code == 200
    world.store.librarians.disable(LAYLA.id)
    said = {"text": "hello", "id": "reply-0001"}
    assert (await client.get("/desk/api/queue")).status_code == 401
    assert (await client.post(f"/desk/api/handoffs/{handoff.id}/reply", json=said)).status_code == 401
    assert 'name="password"' in (await client.get("/desk")).text
    assert await world.heard() == []
    assert (await sign_in(world.client(), LAYLA.email)).status_code == 401


async def test_signing_out_ends_the_cookie_and_the_presence(world: DeskWorld) -> None:
    client = await world.signed_in()
    await client.post("/desk/api/presence", json={"presence": "available"})
    assert [(who.id, how) for who, how in await world.core.librarians.present()] == [
        (LAYLA.id, Presence.AVAILABLE)
    ]
    copied = client.cookies[COOKIE]
    elsewhere = await world.signed_in()
    response = await client.post("/desk/sign-out")
    assert response.status_code == 200
    assert 'dalil_desk=""' in cookie_line(response, COOKIE)
    assert await world.core.librarians.present() == []
    again = await world.client().get("/desk/api/me", headers={"Cookie": f"{COOKIE}={copied}"})
    assert again.status_code == 401  # a copy of the cookie is worth nothing either
    assert (await elsewhere.get("/desk/api/me")).status_code == 200  # another computer's goes on


async def test_signing_out_needs_the_token_too(world: DeskWorld) -> None:
    client = await world.signed_in()
    assert (await client.post("/desk/sign-out", headers={"X-CSRF-Token": "x"})).status_code == 403
    assert (await client.get("/desk/api/me")).status_code == 200


async def test_every_answer_carries_strict_headers(world: DeskWorld) -> None:
    clients = (world.client(), await world.signed_in())
    paths = ("/desk", "/desk/api/me", "/desk/api/queue", "/desk/sign-in")
    for client, path in product(clients, paths):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"


async def test_the_pages_hold_no_script_of_their_own(world: DeskWorld) -> None:
    for client in (world.client(), await world.signed_in()):
        page = (await client.get("/desk")).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", page)


async def test_the_language_is_chosen_and_kept(world: DeskWorld) -> None:
    client = world.client(**{"Accept-Language": "fr, ar;q=0.8"})
    page = await client.get("/desk")
    assert 'lang="ar" dir="rtl"' in page.text and "كلمة المرور" in page.text
    assert 'lang="en" dir="ltr"' in (await client.get("/desk?lang=en")).text
    assert 'lang="en" dir="ltr"' in (await client.get("/desk")).text
    refused = await client.get("/desk/api/me")
    assert refused.json()["error"]["message"] == "You are signed out. Please sign in again."


async def test_files_are_kept_by_their_version(world: DeskWorld) -> None:
    client = world.client()
    page = (await client.get("/desk")).text
    address = re.search(r'href="(desk/static/[0-9a-f]{12}/base\.css)"', page)
    assert address
    kept = await client.get(f"/{address[1]}")
    assert kept.status_code == 200 and "immutable" in kept.headers["cache-control"]
    old = await client.get("/desk/static/000000000000/desk.js")
    assert old.status_code == 200 and old.headers["cache-control"] == "no-cache"
    for path in ("x/nothing.js", "x/../sessions.py", "x/%2e%2e/sessions.py", "x"):
        assert (await client.get(f"/desk/static/{path}")).status_code in (404,)


async def test_another_librarian_is_another_sign_in(world: DeskWorld) -> None:
    layla, omar = await world.signed_in(LAYLA), await world.signed_in(OMAR)
    taken = omar.headers["X-CSRF-Token"]
    refused = await layla.post(
        "/desk/api/presence", json={"presence": "away"}, headers={"X-CSRF-Token": taken}
    )
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "csrf"
