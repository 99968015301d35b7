"""What the desk shows in Slack: the post of a handoff, and the modals of its buttons."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.model import Colleague, Earlier, Found, Handoff, HandoffId, HandoffState, HandoffView, Json, Language
from channels.markup import Line, LineKind, Span, markdown, words
from channels.slack.blocks import actions, button, context, plain_text, quote, rich
from channels.threads.packet import (
    earlier_lines,
    packet_lines,
    preview_lines,
    question_of,
    referral_line,
    standing,
)
from channels.threads.parts import ThreadParts
from channels.threads.texts import say

ACT = "desk:"  # what the action ids and callback ids of the desk begin with
QUERY = f"{ACT}query"
MOST_OPTIONS = 100
MOST_RESULTS = 6
MOST_PREVIEW = (
    12  # blocks of nearly 3,000 characters: Slack takes no modal of more than 250 kB, escapes counted
)


def post_blocks(
    handoff: Handoff, parts: ThreadParts, *, typing: bool = False, earlier: Earlier | None = None
) -> list[Json]:
    """Give the post at the head of a handoff's thread."""
    language = parts.language
    blocks: list[Json] = [
        {"type": "section", "text": plain_text(standing(handoff, language))},
        quote(question_of(handoff, language)),
        *rich(packet_lines(handoff, parts)),
    ]
    referral = referral_line(handoff, parts)
    if referral:
        blocks.append(context(referral))
    blocks += [context(line) for line in earlier_lines(earlier, language)]
    if typing:
        blocks.append(context(say("typing", language)))
    return [*blocks, *actions(_buttons(handoff, language), "desk")]


def post_text(handoff: Handoff, language: Language) -> str:
    """Give the post for notifications."""
    return f"{standing(handoff, language)}: {question_of(handoff, language)}"


def _buttons(handoff: Handoff, language: Language) -> list[Json]:
    if handoff.state is HandoffState.WAITING:
        names = ["claim", "preview", "later"]
    elif handoff.state is HandoffState.ASSIGNED:
        asked = ["accept", "decline", "recall"] if handoff.referral else ["refer"]
        names = [*asked, "insert", "put_back", "give_back", "close", "preview"]
    else:
        names = ["preview", "reopen"]
    main = {"claim": "primary", "accept": "primary"}
    return [button(say(n, language), ACT + n, handoff.id, main.get(n)) for n in names]


def close_modal(handoff: Handoff, parts: ThreadParts) -> Json:
    """Ask for the record of a transaction."""
    language = parts.language
    topics = [_option(name[language.value], id_) for id_, name in parts.topics.items()][:MOST_OPTIONS]
    chosen = handoff.topic or handoff.packet.topic
    first = next((one for one in topics if one["value"] == chosen), None)
    topic: Json = {"type": "static_select", "action_id": "topic", "options": topics}
    reads = [_option(say(f"read_{n}", language), str(n)) for n in range(1, 7)]
    kinds = [_option(say(kind, language), kind) for kind in ("directional", "reference")]
    note: Json = {"type": "plain_text_input", "action_id": "note", "multiline": True, "max_length": 1000}
    return _modal(
        "close",
        handoff.id,
        language,
        say("close", language),
        [
            _input("read", language, {"type": "static_select", "action_id": "read", "options": reads}),
            _input("transaction", language, {"type": "radio_buttons", "action_id": "t", "options": kinds}),
            _input("topic", language, topic | ({"initial_option": first} if first else {})),
            _input("note", language, note, optional=True),
        ],
    )


def refer_modal(handoff: Handoff, parts: ThreadParts, colleagues: Sequence[Colleague]) -> Json | None:
    """Ask to whom, and for a word to them; None where there is nobody else."""
    language = parts.language
    people = [
        _option(f"{one.librarian.name} ({say(one.presence.value, language)})", f"l:{one.librarian.id}")
        for one in colleagues
        if one.librarian.answers and one.librarian.id != handoff.librarian
    ]
    held = {s for one in colleagues for s in one.librarian.subjects if one.librarian.id != handoff.librarian}
    subjects = [
        _option(f"{say('subject', language)}: {name[language.value]}", f"s:{id_}")
        for id_, name in parts.subjects.items()
        if id_ in held
    ]
    options = (people + subjects)[:MOST_OPTIONS]
    if not options:
        return None
    word: Json = {"type": "plain_text_input", "action_id": "word", "multiline": True, "max_length": 1000}
    return _modal(
        "refer",
        handoff.id,
        language,
        say("refer", language),
        [
            _input("refer_to", language, {"type": "static_select", "action_id": "to", "options": options}),
            _input("word", language, word, optional=True),
        ],
    )


def insert_modal(handoff: HandoffId, language: Language, query: str, found: Sequence[Found] | None) -> Json:
    """Search the knowledge base while the librarian types, and choose what to send."""
    field: Json = {
        "type": "plain_text_input",
        "action_id": QUERY,
        "placeholder": plain_text(say("search_hint", language)),
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered", "on_enter_pressed"]},
    }
    search = _input("search", language, field) | {"dispatch_action": True}
    blocks = [search]
    if found:
        options = [
            _option(one.title, str(number), words(markdown(one.text)))
            for number, one in enumerate(found[:MOST_RESULTS])
        ]
        chosen = {"type": "radio_buttons", "action_id": "chosen", "options": options}
        blocks.append(_input("results", language, chosen))
        word = {"type": "plain_text_input", "action_id": "word", "multiline": True, "max_length": 2000}
        blocks.append(_input("word_to_patron", language, word, optional=True))
    elif found is not None:
        blocks.append(context(say("nothing_found", language)))
    return _modal("insert", handoff, language, say("send", language), blocks, query=query)


def preview_modal(view: HandoffView, parts: ThreadParts) -> Json:
    """Show the conversation so far."""
    none = Line(LineKind.TEXT, (Span("–"),))
    blocks = rich(preview_lines(view, parts) or [none])[-MOST_PREVIEW:]
    return _modal("preview", view.handoff.id, parts.language, None, blocks)


def _modal(
    name: str, handoff: HandoffId, language: Language, submit: str | None, blocks: list[Json], query: str = ""
) -> Json:
    view: Json = {
        "type": "modal",
        "callback_id": ACT + name,
        "title": plain_text(say(f"{name}_title", language)[:24]),
        "close": plain_text(say("cancel", language)[:24]),
        "private_metadata": json.dumps({"handoff": handoff, "query": query[:300]}),
        "blocks": blocks,
    }
    return view | ({"submit": plain_text(submit[:24])} if submit else {})


def _input(block: str, language: Language, element: Json, *, optional: bool = False) -> Json:
    label = plain_text(say(block, language))
    return {"type": "input", "block_id": block, "label": label, "element": element, "optional": optional}


def _option(title: str, value: str, description: str = "") -> Json:
    made: Json = {"text": plain_text(_short(title)), "value": value[:150]}
    if description:
        made["description"] = plain_text(_short(" ".join(description.split())))
    return made


def _short(text: str, most: int = 75) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
