"""The actions' route: who may call it, and what it says in Rasa's protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from actions.server import actions_router
from actions.topics import Topics
from bot.dialogue import read_reply
from knowledge_base.engine.base import KnowledgeBase
from tests.unit.actions.conftest import MONDAY, ScriptedSearch

SECRET = "a-secret-for-tests"
HEADERS = {"X-Dalil-Secret": SECRET}


@dataclass
class HeldSnapshot:
    """What actions want of a knowledge base: its snapshot, which tests can take away."""

    held: ScriptedSearch | None

    @property
    def snapshot(self) -> ScriptedSearch:
        if self.held is None:
            raise RuntimeError("a patron's words: my card number is 12345")
        return self.held


@dataclass
class Served:
    client: TestClient
    knowledge: HeldSnapshot


@pytest.fixture
def served(library: ScriptedSearch, topics: Topics) -> Iterator[Served]:
    library.found = ()
    knowledge = HeldSnapshot(library)
    app = FastAPI()
    app.include_router(actions_router(cast(KnowledgeBase, knowledge), SECRET, topics, lambda: MONDAY))
    yield Served(TestClient(app, client=("127.0.0.1", 50000)), knowledge)


def call(action: str, text: str = "", **tracker: Any) -> dict[str, Any]:
    message = {"text": text, "intent": {"name": "hours", "confidence": 0.9}, "metadata": {"language": "en"}}
    state = {"sender_id": "c", "slots": {}, "latest_message": message, "events": [], "active_loop": {}}
    return {"next_action": action, "sender_id": "c", "tracker": {**state, **tracker}}


def test_an_action_answers_in_rasa_s_protocol(served: Served) -> None:
    answer = served.client.post(
        "/internal/actions", json=call("action_hours", "open friday?"), headers=HEADERS
    )
    assert answer.status_code == 200
    body = answer.json()
    reply = read_reply({"messages": [one["custom"] for one in body["responses"]]})
    assert reply.contents[0].text.startswith("Ibn Battuta Library is open on Friday 27 November")
    assert {"event": "slot", "name": "hours_place", "value": "main", "timestamp": None} in body["events"]


def test_a_handoff_rides_on_the_message(served: Served) -> None:
    body = served.client.post(
        "/internal/actions", json=call("action_handoff", "a person"), headers=HEADERS
    ).json()
    reply = read_reply({"messages": [one["custom"] for one in body["responses"]]})
    assert reply.handoff is not None and reply.handoff.reason == "asked"


def test_the_time_may_come_with_the_message(served: Served) -> None:
    asked = call("action_hours", "are you open right now")
    asked["tracker"]["latest_message"]["metadata"]["now"] = "2026-11-27T09:00:00+03:00"
    body = served.client.post("/internal/actions", json=asked, headers=HEADERS).json()
    assert "closed at the moment" in body["responses"][0]["custom"]["text"]


def test_a_form_takes_an_answer_or_steps_aside(served: Served) -> None:
    asked = call("validate_research_form", "psychology", slots={"requested_slot": "research_subject"})
    body = served.client.post("/internal/actions", json=asked, headers=HEADERS).json()
    assert [(e["name"], e["value"]) for e in body["events"]] == [("research_subject", "psychology")]
    asked = call(
        "validate_research_form", "when do you close today", slots={"requested_slot": "research_topic"}
    )
    assert served.client.post("/internal/actions", json=asked, headers=HEADERS).json()["events"] == []


@pytest.mark.parametrize(
    "headers", [{}, {"X-Dalil-Secret": "wrong"}, {"X-Dalil-Secret": "ß".encode("latin-1")}]
)
def test_the_secret_is_wanted(served: Served, headers: dict[str, Any]) -> None:
    assert (
        served.client.post("/internal/actions", json=call("action_hours"), headers=headers).status_code == 403
    )


def test_only_this_machine_may_call(served: Served) -> None:
    outside = TestClient(served.client.app, client=("203.0.113.7", 50000))
    assert outside.post("/internal/actions", json=call("action_hours"), headers=HEADERS).status_code == 403


def test_an_unknown_action(served: Served) -> None:
    answer = served.client.post("/internal/actions", json=call("action_nothing"), headers=HEADERS)
    assert answer.status_code == 404


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"tracker": 1}'])
def test_what_is_no_call(served: Served, body: bytes) -> None:
    assert served.client.post("/internal/actions", content=body, headers=HEADERS).status_code == 400


def test_a_failing_action_is_heard_of_and_says_nothing_of_the_patron(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    served.knowledge.held = None
    answer = served.client.post("/internal/actions", json=call("action_hours"), headers=HEADERS)
    assert answer.status_code == 500 and answer.json() == {
        "error": "RuntimeError",
        "action_name": "action_hours",
    }
    assert "card number" not in capsys.readouterr().out


def test_every_action_says_something_to_an_empty_message(served: Served) -> None:
    from actions.registry import ACTIONS

    for name in ACTIONS:
        answer = served.client.post("/internal/actions", json=call(name), headers=HEADERS)
        assert answer.status_code == 200, name
        assert answer.json()["responses"], name
