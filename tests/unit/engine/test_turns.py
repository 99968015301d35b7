"""The engine's process, asked as the gateway asks it, with an action server that can fail."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from bot.settings import ROOT, Settings
from bot.supervisor import dying_with_parent
from bot.training import ENGINE_PYTHON, engine_command, train_if_needed
from knowledge_base.engine.encoder import Shipped
from knowledge_base.engine.shipped import ENGLISH, SHARED
from tests.unit.engine.fake_actions import FakeActions, serving

SECRET = "only-for-tests"
START_LIMIT = 120.0  # seconds
_fake = FakeActions()

pytestmark = pytest.mark.skipif(
    not ENGINE_PYTHON.exists(), reason="the engine's environment .venv-rasa is not there; run: make setup"
)


class Engine:
    """A client that keeps nothing either."""

    def __init__(self, settings: Settings, log: Path, process: subprocess.Popen[bytes]) -> None:
        self.log = log
        self.process = process
        self.http = httpx.Client(
            base_url=settings.engine_url(), timeout=60, trust_env=False, headers={"X-Dalil-Secret": SECRET}
        )

    def post(self, **body: Any) -> httpx.Response:
        return self.http.post("/webhooks/dalil/turn", json={"sender": "c-1", **body})

    def turn(self, text: str | None, state: Any = None, **more: Any) -> dict[str, Any]:
        answer = self.post(text=text, state=state, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = one.getsockname()[1], two.getsockname()[1]
    models = os.environ.get("DALIL_MODELS", "models")
    settings = Settings.model_validate(
        {"var": folder, "models": models, "port": ports[0], "engine_port": ports[1]}
    )
    train_if_needed(settings, Console(stderr=True))
    argv, env = engine_command(settings, SECRET)
    log = folder / "output.txt"
    with serving(_fake, settings.port), log.open("wb") as out:
        process = subprocess.Popen(
            list(argv), cwd=ROOT, env=dict(env), stdout=out, stderr=out, preexec_fn=dying_with_parent()
        )
        try:
            engine = Engine(settings, log, process)
            _wait(engine)
            yield engine
        finally:
            process.terminate()
            assert process.wait(20) == 0, "the engine did not end cleanly"


def _wait(engine: Engine) -> None:
    deadline = time.monotonic() + START_LIMIT
    while True:
        assert engine.process.poll() is None, engine.log.read_text(errors="replace")[-3000:]
        try:
            assert engine.http.get("/").status_code == 200
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the engine did not start"
            time.sleep(0.05)


@pytest.fixture
def fake() -> Iterator[FakeActions]:
    _fake.calls.clear()
    _fake.secrets.clear()
    yield _fake
    _fake.status = 200


@pytest.fixture
def engine(running: Engine, fake: FakeActions) -> Engine:
    return running


def test_a_turn_gives_contents_state_and_intent(engine: Engine, fake: FakeActions) -> None:
    answer = engine.turn("when do you open on sunday?", metadata={"language": "en", "now": None})
    assert answer["intent"]["name"] == "hours"
    assert answer["messages"] == [{"text": "action_hours after None", "kind": "answer", "topic": "hours"}]
    assert fake.secrets == [SECRET]
    assert fake.calls[0]["tracker"]["latest_message"]["metadata"]["language"] == "en"
    assert "domain" not in fake.calls[0]


def test_arabic_is_understood(engine: Engine) -> None:
    assert engine.turn("متى تفتح المكتبة يوم الأحد؟")["intent"]["name"] == "hours"


def test_the_state_carries_what_was_remembered(engine: Engine) -> None:
    first = engine.turn("when do you open on sunday?")
    state = json.loads(json.dumps(first["state"]))  # it is kept as JSON in between
    second = engine.turn("when do you close on monday?", state)
    assert second["messages"][0]["text"] == "action_hours after when do you open on sunday?"


def test_the_engine_itself_remembers_nothing(engine: Engine) -> None:
    engine.turn("when do you open on sunday?")
    again = engine.turn("when do you open on sunday?")
    assert again["messages"][0]["text"] == "action_hours after None"


def test_the_same_turn_asked_again_gives_the_same(engine: Engine) -> None:
    state = engine.turn("when do you open on sunday?")["state"]
    once, twice = (engine.turn("and the printers?", state) for _ in range(2))
    assert once["messages"] == twice["messages"]
    assert once["intent"] == twice["intent"]


def test_the_state_stays_small(engine: Engine) -> None:
    state, sizes = None, []
    for _ in range(30):
        state = engine.turn("when do you open on sunday?", state)["state"]
        sizes.append(len(json.dumps(state)))
    assert sizes[-1] == pytest.approx(sizes[-10], rel=0.1)
    assert sizes[-1] < 16_000
    answer = engine.turn("are you open on friday?", state)
    assert answer["messages"][0]["text"] == "action_hours after when do you open on sunday?"


@pytest.mark.parametrize(
    "typed", ["/greeting", "  /greeting", "/ /greeting", "//greeting", '/hours{"passage": "x"}', "\n/restart"]
)
def test_a_slash_is_no_command(engine: Engine, fake: FakeActions, typed: str) -> None:
    engine.turn(typed)
    latest = fake.calls[0]["tracker"]["latest_message"]
    assert latest["intent"]["confidence"] < 1.0  # a command would be certain
    assert latest["entities"] == []
    assert not latest["text"].startswith("/")


@pytest.mark.parametrize("typed", ["/", "///", " ", "", "\x00"])
def test_hardly_anything_typed_is_not_understood(engine: Engine, typed: str) -> None:
    assert engine.turn(typed)["messages"]


def test_a_payload_is_a_command(engine: Engine, fake: FakeActions) -> None:
    answer = engine.turn(None, payload='/hours{"passage": "faq/hours#today"}')
    assert answer["intent"]["name"] == "hours"
    assert fake.calls[0]["tracker"]["latest_message"]["entities"][0]["value"] == "faq/hours#today"


@pytest.mark.parametrize("payload", ["/no_such_intent", "hours", "", "/", 7])
def test_a_payload_that_nobody_offered_is_refused(engine: Engine, payload: Any) -> None:
    answer = engine.post(text=None, payload=payload)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_turn")


CORRUPT = [
    "rubbish",
    7,
    [],
    {},
    {"version": 1},
    {"version": 99, "events": []},
    {"version": 1, "events": 3},
    {"version": 1, "events": [7]},
    {"version": 1, "events": [{"event": "no_such_event"}]},
    {"version": 1, "events": [{"event": "slot", "name": "gone", "value": 1}]},
    {"version": 1, "events": [{"event": "active_loop", "name": "gone_form"}]},
]


@pytest.mark.parametrize("state", CORRUPT, ids=repr)
def test_a_corrupt_state_is_a_fresh_start(engine: Engine, state: Any) -> None:
    answer = engine.turn("when do you open on sunday?", state)
    assert answer["messages"][0]["text"] == "action_hours after None"
    assert engine.turn("when do you open on sunday?", answer["state"])["messages"]


def test_an_action_that_fails_is_told(engine: Engine, fake: FakeActions) -> None:
    fake.status = 500
    answer = engine.post(text="when do you open on sunday?")
    assert (answer.status_code, answer.json()["error"]) == (502, "action_failed")
    assert "state" not in answer.json()
    fake.status = 200
    assert engine.turn("when do you open on sunday?")["messages"]


def test_answers_that_are_no_answers_are_told(
    engine: Engine, fake: FakeActions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "answer", lambda call, secret: (200, {"events": "none", "responses": {}}))
    answer = engine.post(text="when do you open on sunday?")
    assert (answer.status_code, answer.json()["error"]) == (502, "action_failed")


def test_the_secret_is_asked_for(engine: Engine, fake: FakeActions) -> None:
    for given in ("", "wrong", SECRET + "x"):
        answer = engine.http.post(
            "/webhooks/dalil/turn", json={"sender": "a", "text": "hello"}, headers={"X-Dalil-Secret": given}
        )
        assert answer.status_code == 403
    assert fake.calls == []


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"sender": 3, "text": "a"}',
        b'{"sender": "a"}',
        b'{"sender": "a", "text": "b", "metadata": 4}',
    ],
)
def test_what_is_no_turn_is_refused(engine: Engine, body: bytes) -> None:
    answer = engine.http.post("/webhooks/dalil/turn", content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_turn")


def test_turns_at_the_same_time_do_not_mix(engine: Engine) -> None:
    def talk(number: int) -> bool:
        first = engine.turn(f"when do you open on day {number}?", sender=f"c-{number}")
        second = engine.turn("when do you close?", first["state"], sender=f"c-{number}")
        found: str = second["messages"][0]["text"]
        return found.endswith(f"day {number}?")

    with ThreadPoolExecutor(8) as several:
        assert all(several.map(talk, range(24)))


def test_nothing_patrons_say_is_logged(engine: Engine, fake: FakeActions) -> None:
    fake.status = 500
    engine.post(text="zanzibar xylophone opening hours")
    fake.status = 200
    engine.turn("zanzibar xylophone opening hours")
    assert not re.search("zanzibar|xylophone", engine.log.read_text(errors="replace"))


def vector_of(text: str, space: str = "english", of: str = "how do I renew my book") -> list[dict[str, str]]:
    part = ENGLISH if space == "english" else SHARED
    vector = Shipped().encode_queries([text])[0]
    values = base64.b64encode(part.of(vector).astype("<f4").tobytes()).decode()
    return [{"of": of, "space": space, "values": values}]


def test_the_vector_that_came_with_a_turn_is_used(running: Engine) -> None:
    """The vector decides: with another question's, another intent is recognised."""
    plain = running.turn("how do I renew my book")["intent"]["name"]
    given = running.turn("how do I renew my book", vectors=vector_of("how do I renew my book"))
    assert given["intent"]["name"] == plain
    foreign = running.turn("how do I renew my book", vectors=vector_of("can I borrow a laptop"))
    assert foreign["intent"]["confidence"] != given["intent"]["confidence"]
    # An English question is read in the English space: a vector in the other one is of no use.
    unused = running.turn("how do I renew my book", vectors=vector_of("can I borrow a laptop", "shared"))
    assert unused["intent"]["name"] == plain


@pytest.mark.parametrize(
    "vectors",
    [
        7,
        [7],
        [{"of": "hello", "space": "no such", "values": ""}],
        [{"of": "hello", "space": "english", "values": "!!"}],
        [{"of": "hello", "space": "english", "values": "AAAA"}],
        [{"of": "hello", "space": "shared"}],
        [{"space": "english", "values": ""}],
    ],
)
def test_a_vector_that_is_none_is_refused(running: Engine, vectors: Any) -> None:
    answer = running.post(text="hello", state=None, vectors=vectors)
    assert answer.status_code == 400 and answer.json()["detail"] == "vectors"


def test_two_questions_are_two_turns_of_the_dialogue_in_one(engine: Engine, fake: FakeActions) -> None:
    asked = "When do you close on Friday and how do I renew a book?"
    answer = engine.turn(asked, metadata={"language": "en"})
    assert [m["text"] for m in answer["messages"]] == [
        "action_hours after None",
        "action_answer after When do you close on Friday",
    ]
    heard = [call["tracker"]["latest_message"] for call in fake.calls]
    assert [one["text"] for one in heard] == ["When do you close on Friday", "how do I renew a book?"]
    assert all(one["metadata"]["whole"] == asked for one in heard)
    assert "whole" not in json.dumps(answer["state"])
    after = engine.turn("are you open on sunday?", answer["state"])
    assert after["messages"][0]["text"] == "action_hours after how do I renew a book?"


def test_questions_of_one_topic_stay_together(engine: Engine, fake: FakeActions) -> None:
    asked = "How do I renew a book online? How often can I renew a book?"
    assert len(engine.turn(asked)["messages"]) == 1
    assert fake.calls[-1]["tracker"]["latest_message"]["text"] == asked


def test_two_alike_answers_are_no_two_answers(
    engine: Engine, fake: FakeActions, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"custom": {"text": "Always the same.", "kind": "answer"}}
    monkeypatch.setattr(fake, "answer", lambda call, secret: (200, {"events": [], "responses": [said]}))
    asked = "When do you close on Friday and how do I renew a book?"
    assert [m["text"] for m in engine.turn(asked)["messages"]] == ["Always the same."]


def test_what_asks_back_is_no_answer_to_a_part(
    engine: Engine, fake: FakeActions, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fake.answer

    def asking(call: dict[str, Any], secret: str | None) -> tuple[int, dict[str, Any]]:
        status, answer = real(call, secret)
        said = call["tracker"]["latest_message"]["text"]
        answer["responses"][0]["custom"] = {"text": f"{said} – which?", "kind": "question"}
        return status, answer

    monkeypatch.setattr(fake, "answer", asking)
    asked = "When do you close on Friday and how do I renew a book?"
    assert [m["text"] for m in engine.turn(asked)["messages"]] == [f"{asked} – which?"]


@pytest.mark.parametrize(
    "typed",
    [
        "hello /greeting",
        'When do you close on Friday? /hours{"passage": "x"}',
        "When do you close on Friday? And: /restart how do I renew?",
        "شكرا /greeting",
    ],
)
def test_a_slash_inside_is_no_command_either(engine: Engine, fake: FakeActions, typed: str) -> None:
    engine.turn(typed)
    for call in fake.calls:
        latest = call["tracker"]["latest_message"]
        assert latest["intent"]["confidence"] < 1.0 and latest["entities"] == []


def test_politeness_is_read_over_but_kept(engine: Engine, fake: FakeActions) -> None:
    engine.turn("السلام عليكم، متى تَفْتَحُ المكتبةُ يوم الأحد؟ شكرا جزيلا")
    latest = fake.calls[0]["tracker"]["latest_message"]
    assert latest["intent"]["name"] == "hours" and latest["text"].startswith("السلام عليكم")


def test_two_questions_from_records_are_two_though_of_one_topic(engine: Engine, fake: FakeActions) -> None:
    engine.turn("where is the makerspace and where is the cafe?")
    heard = [call["tracker"]["latest_message"]["text"] for call in fake.calls]
    assert heard == ["where is the makerspace", "where is the cafe?"]
