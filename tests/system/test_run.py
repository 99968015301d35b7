"""``dalil run`` as whoever installs it sees it, and what nobody may do to it."""

from __future__ import annotations

import re
import signal
import socket
import stat
import time
from pathlib import Path

import httpx
import pytest

from bot.model import ConversationId, Speaker
from bot.settings import load_settings
from bot.store.store import Store
from bot.training import model_path
from tests.fakes.patron_page import PatronPage
from tests.patience import PATIENCE
from tests.system import processes
from tests.system.patrons import Rest, apologised, texts
from tests.system.system import System, dalil, environment

QUESTION = "How do I renew a book?"
ARABIC_QUESTION = "كيف أجدد استعارة كتاب؟"
ARABIC = re.compile(r"[\u0621-\u064A]")


# Starting and ending


def test_first_run_prints_what_a_newcomer_needs_and_ctrl_c_ends_it(index: Path, tmp_path: Path) -> None:
    system = System(tmp_path, index)
    try:
        system.start()
        system.wait_ready()
        processes.wait_until(lambda: "Ctrl-C stops everything" in system.output(), "the addresses")
        printed = system.output()
        assert f"{system.url}/\n" in printed and f"{system.url}/desk\n" in printed
        signing_in = re.search(r"sign in as (\S+) with (\S+)", printed)
        assert signing_in
        kept = system.var / "first-sign-in.txt"
        assert kept.read_text().split() == list(signing_in.groups())
        for secret in (kept, system.var / "secrets.env"):
            assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret.name
        keys = system.secrets()
        assert len(set(keys.values())) == 3 and all(len(key) >= 40 for key in keys.values())
        assert not any(key in printed for key in keys.values())

        running = system.wait_pids()
        below = processes.descendants(system.process.pid)  # type: ignore[union-attr]
        assert set(running.values()) <= set(below)
        assert system.interrupt() == 0
        processes.wait_gone(below)
        assert "Stopping" in system.output() and "Traceback" not in system.output()
        assert "by force" not in system.output()
    finally:
        system.stop()


def test_second_start_trains_nothing_and_a_killed_run_leaves_nobody_behind(
    index: Path, tmp_path: Path
) -> None:
    model = model_path(load_settings())
    before = model.stat().st_mtime_ns
    system = System(tmp_path, index)
    try:
        system.start()
        running = system.wait_pids()
        assert "Training" not in system.output()
        assert model.stat().st_mtime_ns == before
        processes.wait_until(system.gateway_answers, "the gateway answers", 90)
        assert "Indexing" not in system.output()

        assert system.process is not None
        processes.kill(system.process.pid)
        system.process.wait(10)
        processes.wait_gone(running.values())
    finally:
        system.stop()


def test_engine_that_dies_is_started_again(rough: System) -> None:
    before = rough.wait_pids()
    processes.kill(before["engine"])
    first = before["engine"]
    processes.wait_until(lambda: rough.pids().get("engine", first) != first, "a new one")
    assert "the engine ended (by signal SIGKILL); starting it again" in rough.output()
    rough.wait_ready()
    after = rough.pids()
    assert after["gateway"] == before["gateway"]
    with Rest(rough) as patron:
        assert not apologised(patron.say(QUESTION))


@pytest.mark.parametrize("name", ["PORT", "ENGINE_PORT"])
def test_a_port_in_use_ends_the_run_with_a_plain_reason(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        env = environment(tmp_path, tuple(processes.free_ports(2)))  # type: ignore[arg-type]
        done = dalil({**env, f"DALIL_{name}": str(number)}, "run", seconds=60)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"dalil: DALIL_{name}: ") and str(number) in line
    assert not (tmp_path / "secrets.env").exists(), "nothing was made"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "abc"), ("ENGINE_TIMEOUT", "-1"), ("LOG_LEVEL", "LOUD"), ("DATABASE_URL", "mysql://x/y")],
)
def test_a_wrong_setting_ends_the_start_with_one_line_that_names_it(
    name: str, value: str, index: Path, tmp_path: Path
) -> None:
    env = environment(tmp_path, tuple(processes.free_ports(2)))  # type: ignore[arg-type]
    done = dalil({**env, f"DALIL_{name}": value}, "run", seconds=60)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"dalil: DALIL_{name}: ")


# What is open, and what is not


def test_health_readiness_and_figures(calm: System, rest: Rest) -> None:
    rest.say(QUESTION)
    with httpx.Client(base_url=calm.url, trust_env=False) as http:
        assert http.get("/healthz").text == "ok\n"
        assert http.get("/readyz").json() == {"ready": True, "troubles": [], "channels": {}}
        figures = http.get("/metrics").text
    for name in ("turns_total", "turn_seconds_bucket", "queue", "handoffs_open", "engine_failures_total"):
        assert f"\ndalil_{name}" in figures, name
    assert re.search(r'^dalil_turns_total\{outcome="answered"\} [1-9]', figures, re.M)


@pytest.mark.parametrize("secret", [None, "", "wrong", "ß"])
def test_engine_and_actions_ask_for_the_secret(calm: System, secret: str | None) -> None:
    headers = {} if secret is None else {"X-Dalil-Secret": secret.encode()}
    turn = {"sender": "x", "text": "hello", "metadata": {"language": "en"}, "state": None}
    action = {"next_action": "action_hours", "sender_id": "x", "tracker": {}, "domain": {}}
    with httpx.Client(trust_env=False, headers=headers, timeout=20) as http:  # type: ignore[arg-type]
        assert http.post(f"{calm.engine_url}/webhooks/dalil/turn", json=turn).status_code == 403
        assert http.post(f"{calm.url}/internal/actions", json=action).status_code == 403


def test_engine_has_no_other_way_in(calm: System) -> None:
    with httpx.Client(base_url=calm.engine_url, trust_env=False, timeout=20) as http:
        for path in ("/webhooks/rest/webhook", "/model/parse", "/conversations/x/messages", "/model/train"):
            assert http.post(path, json={"sender": "x", "message": "hello", "text": "x"}).status_code == 404
        for path in ("/conversations/x/tracker", "/domain", "/status"):
            assert http.get(path).status_code == 404


def test_rest_asks_for_its_key(calm: System) -> None:
    asked = {"sender": "x", "message": "hello"}
    another = calm.secrets()["DALIL_SECRET_KEY"]
    with httpx.Client(base_url=calm.url, trust_env=False, timeout=20) as http:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-API-Key": another}):
            assert http.post("/webhooks/rest/webhook", json=asked, headers=headers).status_code == 401


async def test_no_text_of_a_message_is_in_the_logs(calm: System, rest: Rest) -> None:
    secrets_ = ["zanzibarquokka", "فلمنكوزبرجد"]
    for word in secrets_:
        rest.say(f"hello {word}")
        rest.post(f"/restart{{{word}}}")
    page = await PatronPage(calm.url).open()
    for number, word in enumerate(secrets_):
        assert (await page.say(f"what is {word}?", f"message-{number}"))["ok"]
    await page.until(lambda: len(page.messages) >= len(secrets_))
    await page.close()
    logged = calm.output()
    assert not [word for word in secrets_ if word in logged]
    assert rest.http.headers["Authorization"].removeprefix("Bearer ") not in logged
    assert page.token and page.token not in logged
    assert "/socket.io/" not in logged, "who connects from where is not written down"


# What patrons may type


@pytest.mark.parametrize(
    "typed", ["/restart", "/session_start", '/hours{"hours_place":"x"}', "/did_not_help", "//greet", "/"]
)
def test_a_text_that_begins_with_a_slash_is_a_text(calm: System, rest: Rest, typed: str) -> None:
    answer = rest.say(typed)
    assert answer and not apologised(answer)
    with calm.store() as store:
        kept = store.conversations.find(rest.address())
        assert kept is not None and kept.dialogue is not None
        (said,) = patron_texts(store, kept.id)
    assert said == typed
    events = kept.dialogue["events"]
    assert not any(event.get("name") == "hours_place" and event.get("value") == "x" for event in events)
    read = [event["text"] for event in events if event["event"] == "user"]
    assert read and not any(text.startswith("/") for text in read)
    assert not apologised(rest.say(QUESTION))


async def test_a_message_of_8001_characters_is_refused_and_one_of_8000_is_not(
    calm: System, rest: Rest
) -> None:
    words = "where is the library " * 400
    refused = rest.post(words[:8001].ljust(8001, "x"))
    assert refused.status_code == 413 and "longer" in refused.json()["detail"]
    assert rest.say(words[:7999] + "x")
    page = await PatronPage(calm.url).open()
    answer = await page.say("x" * 8001, "message-0001")
    assert answer == {"ok": False, "code": "too_long"}
    assert (await page.say("hello", "message-0002"))["ok"]
    await page.close()


def test_nul_and_control_characters_do_no_harm(calm: System, rest: Rest) -> None:
    answer = rest.say("How do\0 I renew\x07 a book?\x1b[31m\ud800")
    assert answer and not apologised(answer)
    with calm.store() as store:
        kept = store.conversations.find(rest.address())
        assert kept is not None
        (said,) = patron_texts(store, kept.id)
    assert said.startswith("How do") and not set(said) & set("\0\x07\x1b\ud800")
    assert rest.post("\0\x07 \u202e").status_code == 400


def patron_texts(store: Store, conversation: ConversationId) -> list[str]:
    """Give what the patron said in a conversation."""
    whole = store.conversations.since(conversation, 0, 500)
    return [message.content.text for message in whole if message.speaker is Speaker.PATRON]


# An engine that hangs


def test_an_engine_that_hangs_is_apologised_for_in_the_patrons_language(rough: System) -> None:
    engine = rough.wait_pids()["engine"]
    with Rest(rough) as patron:
        assert not apologised(patron.say(ARABIC_QUESTION))
        processes.kill(engine, signal.SIGSTOP)
        try:
            (sorry,) = patron.say(ARABIC_QUESTION)
            assert sorry["custom"]["event"] == "apology" and ARABIC.search(sorry["text"])
            (person,) = sorry["buttons"]
            assert ARABIC.search(person["title"])
            with httpx.Client(base_url=rough.url, trust_env=False, timeout=PATIENCE) as http:
                ready = http.get("/readyz")
            assert ready.status_code == 503 and "the engine does not answer" in ready.json()["troubles"]

            (waiting,) = patron.say(person["payload"])  # a person can be had without the engine
            # … whether or not a librarian is there just now, which other tests decide
            assert waiting["custom"]["event"] in ("waiting", "left") and ARABIC.search(waiting["text"])
        finally:
            processes.kill(engine, signal.SIGCONT)
        back = waiting["buttons"][-1]["payload"]
        assert patron.say(back)[0]["custom"]["event"] == "cancelled"
        rough.wait_ready()
        deadline = time.monotonic() + 30  # it first works off what it was asked while it slept
        while apologised(answer := patron.say(ARABIC_QUESTION)):
            assert time.monotonic() < deadline, texts(answer)
        assert answer
    assert rough.pids()["engine"] == engine
