"""The domain, the rules, the topics and the actions name the same things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from actions.forms import FORMS, MOVES, QUESTIONS, SMALL_TALK
from actions.registry import ACTIONS
from actions.topics import Topic, Topics
from bot.wording import Wording
from tests.conftest import ROOT


def _files(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((ROOT / folder).glob("*.yml")):
        yield path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))


def _steps(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for step in block["steps"]:
        yield from step.get("or", [step])


def test_every_action_of_the_domain_is_there_and_no_other() -> None:
    named = {action for _, data in _files("bot/domain") for action in data.get("actions", ())}
    assert named == {*ACTIONS, *(f"validate_{form.name}" for form in FORMS)}


def test_every_intent_is_in_the_domain_file_of_its_topic(topics: Topics) -> None:
    listed = {stem: data.get("intents", []) for stem, data in _files("bot/domain")}
    for intent in topics.intents:
        topic = topics.of_intent(intent)
        assert topic is not None and intent in listed[topic.id]
    assert {intent for intents in listed.values() for intent in intents} == set(topics.intents)


def test_every_intent_has_a_rule_outside_forms(topics: Topics) -> None:
    ruled = {
        step["intent"]
        for _, data in _files("data/rules")
        for rule in data["rules"]
        if not rule.get("condition")
        for step in _steps(rule)
        if "intent" in step
    }
    assert ruled == {*topics.intents, "nlu_fallback"}


def test_each_rule_stands_in_the_file_of_its_topic(topics: Topics) -> None:
    for stem, data in _files("data/rules"):
        for rule in data["rules"]:
            for step in _steps(rule):
                topic = topics.of_intent(step.get("intent"))
                if topic is not None and not rule.get("condition"):
                    assert topic.id == stem, rule["rule"]


def test_forms_agree_with_the_domain() -> None:
    listed: dict[str, Any] = {}
    for _, data in _files("bot/domain"):
        listed |= data.get("forms", {})
    assert {name: tuple(form["required_slots"]) for name, form in listed.items()} == {
        form.name: form.slots for form in FORMS
    }


def test_what_interrupts_a_form_is_an_intent(topics: Topics) -> None:
    assert {*MOVES, *SMALL_TALK, *QUESTIONS} <= set(topics.intents)


def test_every_form_can_be_left_and_lets_a_person_be_called() -> None:
    conditions = {
        (condition["active_loop"], step["intent"])
        for _, data in _files("data/rules")
        for rule in data["rules"]
        for condition in rule.get("condition", ())
        if "active_loop" in condition
        for step in _steps(rule)
        if "intent" in step
    }
    assert {(form.name, intent) for form in FORMS for intent in ("human_handoff", "cancel")} <= conditions


def test_slots_that_are_set_are_in_the_domain() -> None:
    known = {slot for _, data in _files("bot/domain") for slot in data.get("slots", {})}
    assert {slot for form in FORMS for slot in form.slots} <= known
    assert {"last_question", "last_topic", "shown", "misses", "hours_place", "hours_date"} <= known


def test_texts_are_the_same_in_both_languages(wording: Wording) -> None:
    assert len(wording.keys()) > 100  # loading them has compared them


def test_weights_add_up_over_the_intents_of_a_topic(topics: Topics) -> None:
    weights = topics.weights([("account", 0.3), ("account__fees", 0.4), ("nonsense", 0.2), ("hours", 0.1)])
    assert list(weights) == ["account", "hours"] and weights["account"] == pytest.approx(0.7)


def test_an_intent_belongs_to_one_topic() -> None:
    name = {"en": "x", "ar": "س"}
    with pytest.raises(ValueError, match="belongs to a and to b"):
        Topics([Topic("a", name, ("one",)), Topic("b", name, ("one",))])
