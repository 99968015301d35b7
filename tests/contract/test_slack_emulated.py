"""The Slack adapter against a Slack made by others (npm's emulate), with the scopes of our manifest only.

It has no Socket Mode, no events for apps and no interactions: what the adapter calls is looked at here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.model import Address, Content, ConversationId, Language, Message, Speaker
from channels.slack.api import Api
from channels.slack.channel import SlackChannel
from channels.slack.check import NEEDED, NEEDED_DESK
from channels.slack.desk import SlackDesk
from tests.conftest import ROOT
from tests.fakes.desk import LAYLA, DeskWorld, desk_world
from tests.fakes.messengers import parts_of
from tests.system.processes import free_ports

EMULATE = "emulate@0.12.2"
TOKEN, LOOKER = "xoxb-emulated", "xoxb-looks-people-up"


def manifest_scopes() -> list[str]:
    manifest = yaml.safe_load((ROOT / "slack-manifest.yml").read_text())
    scopes: list[str] = manifest["oauth_config"]["scopes"]["bot"]
    return scopes


@pytest.fixture(scope="module")
def emulate() -> Path:
    """The folder that the package is in; fetched once."""
    folder = ROOT / ".tools" / "npm"
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node is not there; Debian: apt install nodejs npm")
    if not (folder / "node_modules" / "emulate").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        fetch = [
            "npm",
            "install",
            "--prefix",
            str(folder),
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            EMULATE,
        ]
        done = subprocess.run(fetch, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"npm could not fetch {EMULATE}")
    return folder


@pytest.fixture(scope="module")
def url(emulate: Path) -> Iterator[str]:
    [port] = free_ports(1)
    seed = {
        "team": {"name": "Library", "domain": "library"},
        "users": [{"name": "sara", "real_name": "Sara"}, {"name": "dalil", "real_name": "Dalil"}],
        "channels": [{"name": "librarians"}],
        "tokens": [
            {"token": TOKEN, "type": "bot", "user": "dalil", "scopes": manifest_scopes()},
            {"token": LOOKER, "type": "bot", "user": "dalil", "scopes": ["users:read"]},
        ],
        "strict_scopes": True,
    }
    script = ROOT / "tests" / "fakes" / "emulate.mjs"
    command = ["node", str(script), str(emulate), str(port), json.dumps(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "emulate did not start"
            yield f"{json.loads(line)['url']}/api/"
        finally:
            process.terminate()


@pytest.fixture
async def api(url: str) -> AsyncIterator[Api]:
    made = Api(TOKEN, url)
    await made.open()
    yield made
    await made.close()


async def ask(api: Api, method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{api.client.base_url}{method}", data=params, headers=headers)
    found: dict[str, Any] = answer.json()
    assert found["ok"], found
    return found


def said(text: str, seq: int = 1, conversation: str = "c1") -> Message:
    now = datetime.now(UTC)
    return Message(ConversationId(conversation), seq, Speaker.ASSISTANT, Content(text), Language.EN, now)


async def channel_id(api: Api) -> str:
    return next(c["id"] for c in await listed(api) if c.get("name") == "librarians")


async def listed(api: Api) -> list[dict[str, Any]]:
    channels: list[dict[str, Any]] = (await ask(api, "conversations.list"))["channels"]
    return channels


async def test_a_patrons_message_is_shown_once_and_can_be_changed(api: Api) -> None:
    home = (await ask(api, "conversations.open", users=await user_id(api)))["channel"]["id"]
    channel, address = SlackChannel(api), Address("slack", home)
    message = said("Renew **online**: [My Account](https://library.example/account)")
    ts = await channel.deliver(address, message)
    again = SlackChannel(api)  # another life of the gateway: it looks before it posts
    assert await again.deliver(address, message) == ts
    await channel.change(address, said("Withdrawn"), ts)
    history = (await ask(api, "conversations.history", channel=home))["messages"]
    assert [(m["ts"], m["text"]) for m in history] == [(ts, "Withdrawn")]


async def user_id(api: Api) -> str:
    """Find Sara, with a token that is not the app's: the app may not list people."""
    people = (await ask(api, "users.list", token=LOOKER))["members"]
    return str(next(one["id"] for one in people if one["name"] == "sara"))


async def test_a_handoff_has_its_thread_with_marks(api: Api, tmp_path: Path) -> None:
    async with desk_world(tmp_path) as world:
        await play(world, api)


async def play(world: DeskWorld, api: Api) -> None:
    """Let a handoff go by in the emulated channel; no other Slack is there."""
    world.attended()
    handoff = await world.ask_person()
    where = await channel_id(api)
    desk = SlackDesk(api, where, parts_of(world.core, world.store, Language.EN))
    asked = world.store.conversations.since(handoff.conversation, 0, 10)[0]
    first = await desk.relay(handoff, asked)
    again = SlackDesk(api, where, parts_of(world.core, world.store, Language.EN))
    assert first == await again.relay(handoff, asked)
    claimed = await world.core.librarians.claim(handoff.id, LAYLA.id)
    await desk._bring_up_to_date(claimed.id)
    thread = await world.store.threads.of(desk.name, handoff.id)
    assert thread is not None
    root = thread.thread.partition(":")[2]
    shown = (await ask(api, "conversations.replies", channel=where, ts=root))["messages"]
    assert [m["ts"] for m in shown] == [root, first]
    assert "With Layla Haddad" in json.dumps(shown[0]["blocks"])
    assert first is not None
    await desk.mark(first, "white_check_mark")
    await desk.mark(first, "white_check_mark")
    marked = (await ask(api, "conversations.replies", channel=where, ts=root))["messages"][1]
    assert [r["name"] for r in marked["reactions"]] == ["white_check_mark"]
    await desk.stop()


def test_the_manifest_has_every_scope_that_is_looked_for() -> None:
    assert set(NEEDED) | set(NEEDED_DESK) <= set(manifest_scopes())
