"""Closed conversations, one's account, and what admins look after; and acts that are new on the API."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from bot.model import Address, HandoffState, Language, LibrarianId, Role
from tests.fakes.desk import LAYLA, OMAR, PASSWORD, SAMI, DeskWorld, desk_world, sign_in


def token(page: httpx.Response) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def send(client: httpx.AsyncClient, form: str, to: str, **fields: object) -> httpx.Response:
    """Fill in a form of a page as a browser does."""
    given = {"token": token(await client.get(form)), **fields}
    return await client.post(to, data=given)


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def closed(world: DeskWorld, client: httpx.AsyncClient, chat: str, note: str = "") -> str:
    handoff = await world.ask_person(chat)
    at = f"/desk/api/handoffs/{handoff.id}"
    await client.post(f"{at}/claim")
    record = {"read": 2, "transaction": "reference", "topic": "hours", "note": note}
    assert (await client.post(f"{at}/close", json=record)).status_code == 200
    return str(handoff.id)


async def test_closed_conversations_are_found_and_exported(world: DeskWorld) -> None:
    client = await world.signed_in()
    first = await closed(world, client, "one", "=HYPERLINK(evil)")
    second = await closed(world, client, "two")
    page = await client.get("/desk/closed")
    assert "2 conversations" in page.text and f"?open={first}" in page.text
    found = await client.get("/desk/closed", params={"text": "hyperlink"})
    assert "1 conversation" in found.text and second not in found.text
    assert '<a class="plain" href="closed">Clear</a>' in found.text
    assert "Nothing that is closed" in (await client.get("/desk/closed?topic=renewal")).text
    tomorrow = (world.clock() + timedelta(days=2)).date().isoformat()
    assert "Nothing that is closed" in (await client.get(f"/desk/closed?since={tomorrow}")).text
    assert "2 conversations" in (await client.get(f"/desk/closed?until={tomorrow}&librarian=layla")).text
    assert "2 conversations" in (await client.get("/desk/closed?since=nonsense&page=x")).text
    table = await client.get("/desk/closed.csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert {row["id"] for row in rows} == {first, second}
    assert {row["note"] for row in rows} == {"'=HYPERLINK(evil)", ""}  # no formula
    lines = (await client.get("/desk/closed.jsonl?text=hyperlink")).text.splitlines()
    (row,) = (json.loads(line) for line in lines)
    assert (row["id"], row["read"], row["transaction"], row["note"]) == (
        first,
        2,
        "reference",
        "=HYPERLINK(evil)",
    )
    assert "chat" not in row and "address" not in row


@pytest.mark.parametrize(
    "path", ["/desk/closed", "/desk/account", "/desk/accounts", "/desk/rules", "/desk/closed.csv"]
)
async def test_without_a_sign_in_the_pages_lead_to_the_form(world: DeskWorld, path: str) -> None:
    answer = await world.client().get(path)
    assert answer.status_code == 303 and answer.headers["location"].endswith("../desk")


async def test_only_admins_see_the_pages_of_admins(world: DeskWorld) -> None:
    client = await world.signed_in(LAYLA)
    for path in ("/desk/accounts", "/desk/rules", "/desk/accounts/omar"):
        answer = await client.get(path)
        assert answer.status_code == 403 and "does not allow this" in answer.text
    fields = {"token": token(await client.get("/desk/account")), "name": "X", "email": "x@library.example"}
    assert (await client.post("/desk/accounts", data={**fields, "id": "x"})).status_code == 403
    assert world.store.librarians.get(LibrarianId("x")) is None
    assert (await client.post("/desk/accounts/layla", data={**fields, "role": "admin"})).status_code == 403
    layla = world.store.librarians.get(LAYLA.id)
    assert layla and layla.role is Role.LIBRARIAN


async def test_an_admin_makes_an_account_and_it_signs_in(world: DeskWorld) -> None:
    client = await world.signed_in(OMAR)
    fields = {"id": "rana", "name": "Rana", "email": "rana@library.example", "role": "staff"}
    wrong = await send(
        client, "/desk/accounts", "/desk/accounts", **{**fields, "languages": "ar", "id": "Ra na"}
    )
    assert wrong.status_code == 400 and "small letters" in wrong.text and 'value="Rana"' in wrong.text
    made = await send(
        client, "/desk/accounts", "/desk/accounts", **fields, languages=["en", "ar"], subjects="biology"
    )
    password = re.search(r"<code[^>]*>([^<]+)</code>", made.text)
    assert made.status_code == 200 and password
    rana = world.store.librarians.get(LibrarianId("rana"))
    assert rana and (rana.role, rana.subjects, rana.capacity) == (Role.STAFF, ("biology",), None)
    assert (await sign_in(world.client(), rana.email, password[1])).status_code == 303
    changed = await send(
        client,
        "/desk/accounts/rana",
        "/desk/accounts/rana",
        **{**fields, "role": "librarian", "capacity": "3", "state": "disabled", "languages": "ar"},
    )
    assert changed.status_code == 303
    rana = world.store.librarians.get(LibrarianId("rana"))
    assert rana and (rana.role, rana.capacity, rana.disabled) == (Role.LIBRARIAN, 3, True)
    assert (await client.get("/desk/accounts/nobody")).status_code == 400


async def test_the_last_admin_stays(world: DeskWorld) -> None:
    client = await world.signed_in(OMAR)
    fields = {"name": "Omar", "email": OMAR.email, "role": "librarian", "languages": "en", "state": "open"}
    answer = await send(client, "/desk/accounts/omar", "/desk/accounts/omar", **fields)
    assert answer.status_code == 400 and "Make another admin first" in answer.text


async def test_hours_and_rules_are_set_on_the_page(world: DeskWorld) -> None:
    client = await world.signed_in(OMAR)
    day = (world.clock() + timedelta(days=9)).date()
    fields = {"day": day.isoformat(), "hours": "9:00-12:00", "reason": "Inventory"}
    assert (await send(client, "/desk/rules", "/desk/rules/day", **fields)).status_code == 303
    page = (await client.get("/desk/rules?done=saved")).text
    assert "09:00-12:00" in page and "Inventory" in page and "Saved." in page
    wrong = await send(client, "/desk/rules", "/desk/rules/day", **{**fields, "hours": "morning"})
    assert wrong.status_code == 400 and "“morning” is not a span of hours" in wrong.text
    assert (await send(client, "/desk/rules", "/desk/rules/day", day="soon")).status_code == 400
    assert (await send(client, "/desk/rules", "/desk/rules/usual", day=day.isoformat())).status_code == 303
    assert world.store.desk_rules.days(date(2026, 1, 1)) == []
    rules = {"referral_seconds": "60", "claim_lost_seconds": "90", "away_minutes": "5", "capacity": "2"}
    assert (await send(client, "/desk/rules", "/desk/rules", **rules)).status_code == 303
    assert world.store.desk_rules.rules().referral_seconds == 60
    wrong = await send(client, "/desk/rules", "/desk/rules", **{**rules, "capacity": "many"})
    assert wrong.status_code == 400 and "1 to 50" in wrong.text


async def test_a_password_is_changed_and_elsewhere_one_is_out(world: DeskWorld) -> None:
    here, there = await world.signed_in(), await world.signed_in()
    new = "quite another one"
    for fields, said in (
        ({"old": "wrong", "new": new, "again": new}, "not your present password"),
        ({"old": PASSWORD, "new": new, "again": "else"}, "not the same"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "10 to 200"),
    ):
        wrong = await send(here, "/desk/account", "/desk/account/password", **fields)
        assert wrong.status_code == 400 and said in wrong.text
    done = await send(here, "/desk/account", "/desk/account/password", old=PASSWORD, new=new, again=new)
    assert done.status_code == 303
    assert (await here.get("/desk/api/me")).status_code == 200
    assert (await there.get("/desk/api/me")).status_code == 401
    assert (await sign_in(world.client(), LAYLA.email)).status_code == 401
    assert (await sign_in(world.client(), LAYLA.email, new)).status_code == 303


async def test_signing_out_everywhere_holds_after_a_restart(tmp_path: Path) -> None:
    async with desk_world(tmp_path) as world:
        here, there = await world.signed_in(), await world.signed_in()
        cookies = [client.cookies["dalil_desk"] for client in (here, there)]
        kept = (await world.signed_in(OMAR)).cookies["dalil_desk"]
        assert (await send(here, "/desk/account", "/desk/account/everywhere")).status_code == 303
        assert (await there.get("/desk/api/me")).status_code == 401
    async with desk_world(tmp_path) as world:
        for cookie in cookies:
            answer = await world.client().get("/desk/api/me", headers={"Cookie": f"dalil_desk={cookie}"})
            assert answer.status_code == 401
        answer = await world.client().get("/desk/api/me", headers={"Cookie": f"dalil_desk={kept}"})
        assert answer.status_code == 200  # a restart signs nobody out


async def test_a_form_from_another_page_does_nothing(world: DeskWorld) -> None:
    client, other = await world.signed_in(), await world.signed_in(OMAR)
    stolen = token(await other.get("/desk/account"))
    refused = await client.post("/desk/account/everywhere", data={"token": stolen})
    assert refused.status_code == 403
    good = token(await client.get("/desk/account"))
    evil = {"Origin": "https://evil.example"}
    refused = await client.post("/desk/account/everywhere", data={"token": good}, headers=evil)
    assert refused.status_code == 403
    assert (await client.get("/desk/api/me")).status_code == 200


async def test_a_lock_does_not_tell_who_has_an_account(world: DeskWorld) -> None:
    client = world.client()
    answers = []
    for email in (LAYLA.email, "nobody@library.example"):
        answers.append([(await sign_in(client, email, "wrong")).status_code for _ in range(6)])
        page = await sign_in(client, email, PASSWORD)
        answers[-1].append(page.status_code)
        assert "Too many wrong sign-ins for this address" in page.text
    assert answers[0] == answers[1] == [401] * 5 + [429] * 2


async def test_the_pages_speak_arabic(world: DeskWorld) -> None:
    client = await world.signed_in(OMAR)
    back = await client.get("/desk/language/ar?to=rules")
    assert (back.status_code, back.headers["location"]) == (303, "../rules")
    assert (await client.get("/desk/language/ar?to=//evil")).headers["location"] == "../../desk"
    for path in ("closed", "account", "accounts", "rules"):
        page = (await client.get(f"/desk/{path}")).text
        assert 'lang="ar" dir="rtl"' in page and "المحادثات المنتهية" in page


async def test_moves_through_the_api(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, omar = await world.signed_in(LAYLA), await world.signed_in(OMAR)
    at = f"/desk/api/handoffs/{handoff.id}"
    await layla.post(f"{at}/claim")
    assert error(await layla.post(f"{at}/refer", json={})) == (400, "refer_to_one")
    assert error(await layla.post(f"{at}/refer", json={"subject": "alchemy"})) == (400, "bad_request")
    assert error(await layla.post(f"{at}/refer", json={"to": "sami"})) == (400, "no_colleague")
    referred = await layla.post(f"{at}/refer", json={"subject": "biology", "message": "Yours"})
    assert referred.json()["handoff"]["referral"]["subject"] == "biology"
    assert error(await layla.post(f"{at}/accept")) == (409, "referral_over")
    taken = (await omar.post(f"{at}/accept")).json()["handoff"]
    assert (taken["librarian"], taken["referral"]) == ("omar", None)
    invited = (await omar.post(f"{at}/invite", json={"to": "sami", "message": "See?"})).json()["handoff"]
    assert [one["to"] for one in invited["invited"]] == ["sami"]
    sami = await world.signed_in(SAMI)
    await sami.post(f"{at}/looked")
    view = (await sami.get(at)).json()
    assert view["handoff"]["invited"] == []
    assert [event["kind"] for event in view["events"]] == ["claimed", "referred", "accepted", "invited"]
    assert error(await sami.post(f"{at}/reopen")) == (403, "not_allowed")
    back = (await omar.post(f"{at}/put-back", json={"message": "Lunch"})).json()["handoff"]
    assert (back["state"], back["back"]) == ("waiting", "put_back")


async def test_edit_and_withdraw_reach_the_patrons_page(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, omar = await world.signed_in(LAYLA), await world.signed_in(OMAR)
    at = f"/desk/api/handoffs/{handoff.id}"
    await layla.post(f"{at}/claim")
    said = (await layla.post(f"{at}/reply", json={"text": "At nine", "id": "reply-0001"})).json()["message"]
    assert said["by"] == "layla" and said["edited_at"] is None
    refused = await omar.post(f"{at}/edit", json={"seq": said["seq"], "text": "x"})
    assert error(refused) == (403, "not_author")
    edited = (await layla.post(f"{at}/edit", json={"seq": said["seq"], "text": "At ten"})).json()["message"]
    assert edited["text"] == "At ten" and edited["edited_at"]
    await world.settle()
    assert await world.heard() == ["At ten"]
    rest = (await layla.get(f"{at}?after={said['seq']}")).json()["messages"]
    assert [m["text"] for m in rest] == ["At ten"]  # a page that was away gets the change
    await layla.post(f"{at}/withdraw", json={"seq": said["seq"]})
    assert await world.heard() == ["This message was withdrawn."]
    (changed,) = await world.core.patrons.changed(Address("web", "chat"))
    assert changed.withdrawn


async def test_help_with_an_answer(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla = await world.signed_in(LAYLA)
    at = f"/desk/api/handoffs/{handoff.id}"
    ready = (await layla.get(f"{at}/canned")).json()["answers"]
    assert [one["id"] for one in ready] == ["access", "hello"]  # what it is about comes first
    assert ready[1]["text"] == "Hello, this is Layla Haddad."
    suggested = (await layla.get(f"{at}/suggestion")).json()["suggestion"]
    assert suggested["question"] == "I can’t open an article from home"
    assert suggested["citations"][0]["url"] == "https://library.example/guides/renewal"
    world.engine.fails = True
    assert (await layla.get(f"{at}/suggestion")).json() == {"suggestion": None}


async def test_enough_is_asked_about(world: DeskWorld) -> None:
    layla = await world.signed_in(LAYLA)
    first, second = await world.ask_person("one"), await world.ask_person("two", Language.AR)
    people = (await layla.post("/desk/api/capacity", json={"capacity": 1})).json()["people"]
    assert next(one for one in people if one["id"] == "layla")["capacity"] == 1
    assert error(await layla.post("/desk/api/capacity", json={"capacity": 99})) == (400, "out_of_bounds")
    await layla.post(f"/desk/api/handoffs/{first.id}/claim")
    full = await layla.post(f"/desk/api/handoffs/{second.id}/claim")
    assert error(full) == (409, "full") and "take up to 1 at once" in full.json()["error"]["message"]
    taken = await layla.post(f"/desk/api/handoffs/{second.id}/claim", json={"beyond": True})
    assert taken.status_code == 200


async def test_closed_ones_open_again(world: DeskWorld) -> None:
    layla = await world.signed_in(LAYLA)
    handoff = await closed(world, layla, "one")
    opened = (await layla.post(f"/desk/api/handoffs/{handoff}/reopen")).json()["handoff"]
    assert (opened["state"], opened["read_value"]) == (HandoffState.ASSIGNED.value, None)
    await layla.post(f"/desk/api/handoffs/{handoff}/return")
    await world.ask_person("one")
    assert error(await layla.post(f"/desk/api/handoffs/{handoff}/reopen")) == (409, "another_open")
