"""Earlier conversations through the desk's API: with the patron's consent, and only so long."""

from __future__ import annotations

from bot.model import Address
from tests.fakes.desk import LAYLA, OMAR, SAMI, DeskWorld
from tests.unit.channels.desk.test_api import error

CHAT = Address("web", "chat")


async def test_without_consent_there_is_nothing_to_see(world: DeskWorld) -> None:
    first = await world.helped()
    second = await world.ask_person()
    client = await world.signed_in()
    view = (await client.get(f"/desk/api/handoffs/{second.id}")).json()
    assert view["earlier"] is None
    assert "Here is the link" not in str(view)
    refused = await client.get(f"/desk/api/handoffs/{second.id}/earlier/{first.id}")
    assert error(refused) == (403, "not_agreed")


async def test_with_consent_the_list_and_each_of_them(world: DeskWorld) -> None:
    world.attended()
    first = await world.helped()
    await world.core.patrons.consent(CHAT, True)
    await world.say("3")  # the rating
    second = await world.ask_person()
    client = await world.signed_in(OMAR)
    earlier = (await client.get(f"/desk/api/handoffs/{second.id}")).json()["earlier"]
    (one,) = earlier["handoffs"]
    assert (one["id"], one["outcome"], one["topic"], one["librarian_name"], one["csat"]) == (
        first.id,
        "closed",
        "remote_access",
        LAYLA.name,
        3,
    )
    assert earlier["helped_by"] is None  # Layla is not there
    layla = await world.signed_in(LAYLA)
    await layla.post("/desk/api/presence", json={"presence": "available"})
    earlier = (await client.get(f"/desk/api/handoffs/{second.id}")).json()["earlier"]
    assert earlier["helped_by"] == {"id": LAYLA.id, "name": LAYLA.name}
    read = (await client.get(f"/desk/api/handoffs/{second.id}/earlier/{first.id}")).json()
    assert "Here is the link you need." in [m["text"] for m in read["messages"]]
    assert read["earlier"] is None
    staff = await world.signed_in(SAMI)
    assert (await staff.get(f"/desk/api/handoffs/{second.id}/earlier/{first.id}")).status_code == 200


async def test_how_each_of_them_ended_is_told(world: DeskWorld) -> None:
    world.attended()
    door = world.core.librarians
    returned = await world.ask_person()
    await door.claim(returned.id, LAYLA.id)
    await door.give_back(returned.id, LAYLA.id)
    await world.ask_person()
    await world.say("Back to the assistant")  # the choice that stands under the waiting
    await world.core.patrons.consent(CHAT, True)
    now = await world.ask_person()
    client = await world.signed_in()
    earlier = (await client.get(f"/desk/api/handoffs/{now.id}")).json()["earlier"]
    assert [one["outcome"] for one in earlier["handoffs"]] == ["abandoned", "returned"]


async def test_only_that_patrons_own_can_be_read(world: DeskWorld) -> None:
    other = await world.helped("other")
    await world.helped()
    await world.core.patrons.consent(CHAT, True)
    mine = await world.ask_person()
    client = await world.signed_in()
    at = f"/desk/api/handoffs/{mine.id}/earlier"
    assert error(await client.get(f"{at}/{other.id}")) == (404, "unknown")
    assert error(await client.get(f"{at}/nothing-at-all")) == (404, "unknown")
    stranger = world.client()
    assert (await stranger.get(f"{at}/{other.id}")).status_code == 401
