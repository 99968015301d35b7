"""A handoff as librarians are shown it: where it stands, and the packet it came with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.model import EDITED, Earlier, Handoff, HandoffState, HandoffView, Language, Message, Speaker
from channels.markup import Line, LineKind, Span, markdown, plain
from channels.threads.parts import ThreadParts
from channels.threads.texts import COMMA, SEMICOLON, TEXTS, say
from channels.web.wire import with_sources

LONGEST_QUESTION = 800  # characters shown at the top
SHOWN_LAST = 30  # messages of a preview

SIGNS = {
    HandoffState.WAITING: "🟡",
    HandoffState.ASSIGNED: "🟢",
    HandoffState.CLOSED: "⚪",
    HandoffState.ABANDONED: "⚪",
}


def standing(handoff: Handoff, language: Language) -> str:
    """Say in one line where a handoff stands; the colour comes with words."""
    return f"{SIGNS[handoff.state]} {_state(handoff, language)}"


def _state(handoff: Handoff, language: Language) -> str:
    name = handoff.librarian_name or ""
    match handoff.state:
        case HandoffState.WAITING:
            return say("left" if handoff.left else "waiting", language)
        case HandoffState.ASSIGNED:
            return say("assigned", language, name=name)
        case HandoffState.ABANDONED:
            return say("abandoned", language)
    rated = f" · {say('rated', language, mark=handoff.csat)}" if handoff.csat else ""
    return (say("closed", language, name=name) if handoff.read_value else say("returned", language)) + rated


def question_of(handoff: Handoff, language: Language) -> str:
    """Give what the patron wants, shortened."""
    question = handoff.packet.question.strip() or say("no_question", language)
    return question if len(question) <= LONGEST_QUESTION else question[: LONGEST_QUESTION - 1] + "…"


def packet_lines(handoff: Handoff, parts: ThreadParts) -> list[Line]:
    """Give the packet as lines; what the patron wrote is in them as text only."""
    return list(_packet(handoff, parts))


def _packet(handoff: Handoff, parts: ThreadParts) -> Iterator[Line]:
    language, packet = parts.language, handoff.packet
    yield _pair(say("reason", language), _named("reason", packet.reason, language))
    topic = handoff.topic or packet.topic
    if topic:
        yield _pair(say("topic", language), topic_name(topic, parts))
    yield _pair(say("language", language), say(handoff.language.value, language))
    yield _pair(say("channel", language), _named("channel", handoff.channel, language))
    if packet.subject:
        named = parts.subjects.get(packet.subject, {})
        yield _pair(say("subject", language), named.get(language.value, packet.subject))
    if packet.wanted:
        yield _pair(say("wanted", language), parts.name_of(packet.wanted, language) or packet.wanted)
    for label, value in packet.summary:
        yield _pair(label, value)
    if packet.tried:
        yield _pair(say("tried", language), SEMICOLON[language].join(packet.tried))
    for one in packet.answered[-1:]:
        sources = COMMA[language].join(str(c.get("title", "")) for c in one.get("citations", ()))
        yield _pair(say("answered", language), sources or str(one.get("text", ""))[:200])


def referral_line(handoff: Handoff, parts: ThreadParts) -> str | None:
    """Say who is asked to take it over."""
    referral = handoff.referral
    if referral is None:
        return None
    to = referral.to_name or parts.subjects.get(referral.subject or "", {}).get(parts.language.value)
    text = say("referred_to", parts.language, by=referral.by_name, to=to or referral.subject or "")
    return f"{text}: {referral.message}" if referral.message else text


def earlier_lines(earlier: Earlier | None, language: Language) -> list[str]:
    """Say what there was before, where the patron agreed and there was something; else nothing."""
    if earlier is None or not earlier.handoffs:
        return []
    day = f"{earlier.handoffs[0].opened_at:%Y-%m-%d}"
    said = [say("earlier", language, n=len(earlier.handoffs), day=day)]
    if earlier.helped_by:
        said.append(say("earlier_helper", language, name=earlier.helped_by[1]))
    return said


def origin_of(message: Message) -> str:
    """Give the desk's own name of what a librarian wrote or sent there; nothing for all else."""
    if message.speaker is not Speaker.LIBRARIAN or not message.external_id:
        return ""
    return message.external_id.split(":", 2)[-1]  # l:LIBRARIAN:ORIGIN


def speaker_of(message: Message, language: Language, here: str = "") -> str:
    """Name who says a message; of a librarian also that it was on another desk, where it was not ``here``."""
    if message.speaker is Speaker.PATRON:
        return say("patron_edited" if message.content.event == EDITED else "patron", language)
    if message.speaker is Speaker.LIBRARIAN and message.author:
        elsewhere = not origin_of(message).startswith(here)
        return say("elsewhere", language, name=message.author) if elsewhere else message.author
    return say("assistant", language)


def message_lines(message: Message, parts: ThreadParts) -> list[Line]:
    """Give what a message says, and links to the files that came with it."""
    if message.speaker is not Speaker.PATRON:
        return markdown(with_sources(message.content, message.language))
    files = [
        Line(LineKind.TEXT, (Span("📎 "), Span(one.name, url=f"{parts.public_url}{one.url}")))
        for one in message.content.attachments
    ]
    said = message.content.text
    only_named = bool(files) and said == message.content.attachments[0].name
    return [*([] if only_named else _linked(plain(said), parts.public_url)), *files]


def _linked(lines: Sequence[Line], public_url: str) -> list[Line]:
    """Let what a patron sent on another network be opened: our own links to it, and no others, are links."""
    ours = re.compile(rf"{re.escape(public_url.rstrip('/'))}/[a-z]+/files/[\w.~-]+")
    return [replace(line, spans=tuple(_spans(line, ours))) for line in lines]


def _spans(line: Line, ours: re.Pattern[str]) -> Iterator[Span]:
    for span in line.spans:
        at = 0
        for found in ours.finditer(span.text):
            if found.start() > at:
                yield replace(span, text=span.text[at : found.start()])
            yield Span(found[0], url=found[0])
            at = found.end()
        if at < len(span.text) or not span.text:
            yield replace(span, text=span.text[at:])


def preview_lines(view: HandoffView, parts: ThreadParts) -> list[Line]:
    """Give the last of a conversation, each message under who says it, with links to what came with it."""
    lines: list[Line] = []
    for message in view.messages[-SHOWN_LAST:]:
        who = speaker_of(message, parts.language)
        lines.append(Line(LineKind.TEXT, (Span(f"{who}:", bold=True),)))
        lines += message_lines(message, parts)
    return lines


def topic_name(topic: str, parts: ThreadParts) -> str:
    """Give a topic's name in the desk's language; a code is shown to nobody."""
    named = parts.topics.get(topic) or parts.topics.get(topic.partition("__")[0])  # TOPIC__SUBTOPIC
    return named[parts.language.value] if named else say("topic_other", parts.language)


def _named(kind: str, code: str, language: Language) -> str:
    key = f"{kind}_{code}"
    return say(key if key in TEXTS else f"{kind}_other", language)


def _pair(label: str, value: str) -> Line:
    return Line(LineKind.TEXT, (Span(f"{label}: ", bold=True), Span(value.replace("\n", " ")[:500] or "–")))


def as_text(lines: Sequence[Line]) -> str:
    """Give lines as plain text."""
    return "\n".join("".join(span.text for span in line.spans) for line in lines)
