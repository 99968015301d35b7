"""How things look on the wire, and the reading of what clients send. Nothing of it is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.model import Content, ConversationView, Json, Language, Message, Page, Speaker, Speaking, reference

LONGEST_OF_PAGE = 300  # characters of each thing a site says of its page
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


class Malformed(Exception):
    """What a client sent is not in the protocol."""


def message_json(message: Message) -> Json:
    """Give a message as the widget's protocol has it; payloads stay here."""
    content = message.content
    return {
        "seq": message.seq,
        "id": message.external_id if message.speaker is Speaker.PATRON else None,
        "speaker": message.speaker.value,
        "author": message.author,
        "kind": content.kind.value,
        "text": content.text,
        "language": message.language.value,
        "at": instant(message.at),
        "choices": [
            {"title": choice.title, "ref": reference(message.seq, i)}
            for i, choice in enumerate(content.choices)
        ],
        "citations": [citation.to_json() for citation in content.citations],
        "rateable": content.rateable,
        "topic": content.topic,
        "event": content.event,
        "attachments": [attachment.to_json() for attachment in content.attachments],
        "edited": message.edited_at is not None,
    }


def instant(at: datetime) -> str:
    """Write a moment as 2026-11-23T10:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def speaking_json(speaking: Speaking) -> Json:
    """Give who the patron is talking to."""
    return {"who": speaking.who.value, "name": speaking.name, "waiting": speaking.waiting}


def view_json(view: ConversationView) -> Json:
    """Give what a page needs to know of its conversation at the start."""
    return {
        "language": view.language.value,
        "last_seq": view.last_seq,
        "speaking": speaking_json(view.speaking),
        "consent": consent_json(view),
    }


def consent_json(view: ConversationView) -> Json:
    """Give whether librarians may see this patron's earlier conversations, and since when."""
    return {"given": view.consent is not None, "at": instant(view.consent) if view.consent else None}


def buttons(message: Message) -> list[Json]:
    """Give the choices in Rasa's shape; what a button sends back is a reference."""
    return [
        {"title": choice.title, "payload": reference(message.seq, i)}
        for i, choice in enumerate(message.content.choices)
    ]


def bot_uttered(message: Message) -> Json:
    """Give a message in Rasa's Socket.IO shape.

    rasa-webchat shows exactly ``{text}`` and ``{text, quick_replies}`` and drops whatever has a key
    more, so sources and a librarian's name become part of the text.
    """
    text = with_sources(message.content, message.language)
    if message.author:
        text = f"**{message.author}:** {text}"
    replies = [{"content_type": "text", **button} for button in buttons(message)]
    return {"text": text, "quick_replies": replies} if replies else {"text": text}


def with_sources(content: Content, language: Language) -> str:
    """Give the text with its citations as Markdown links beneath it."""
    if not content.citations:
        return content.text
    label = "المصدر" if language is Language.AR else "Source"
    links = []
    for citation in content.citations:
        section = f" – {citation.section}" if citation.section else ""
        links.append(f"{label}: [{_unbracketed(citation.title + section)}]({_closed(citation.url)})")
    return content.text + "\n\n" + "  \n".join(links)


def _unbracketed(text: str) -> str:
    return text.replace("[", "(").replace("]", ")")


def _closed(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def fields(data: object) -> Mapping[str, Any]:
    """Give an event's data if it is an object, else raise Malformed."""
    if not isinstance(data, dict):
        raise Malformed("an object is expected")
    return data


def read_text(data: Mapping[str, Any], key: str) -> str:
    """Read a text; raises Malformed where there is none."""
    value = data.get(key)
    if not isinstance(value, str):
        raise Malformed(f"{key} must be a text")
    return whole(value)


def whole(text: str) -> str:
    """Give the text without half characters, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def read_id(data: Mapping[str, Any]) -> str:
    """Read the client's own id of what it says: 8 to 64 letters, digits, ``-`` or ``_``."""
    value = read_text(data, "id")
    if not _ID.fullmatch(value):
        raise Malformed("id must be 8 to 64 letters, digits, - or _")
    return value


def read_page(value: object) -> Page | None:
    """Read what a site says of its page; None where it says nothing. Addresses must be http or https."""
    if not isinstance(value, dict):
        return None
    read = {}
    for key in ("url", "title", "course", "guide", "note"):
        text = value.get(key)
        read[key] = " ".join(whole(text).split())[:LONGEST_OF_PAGE] if isinstance(text, str) else ""
    if not read["url"].startswith(("http://", "https://")):
        read["url"] = ""
    page = Page(**read)
    return page if page != Page() else None


def read_number(data: Mapping[str, Any], key: str) -> int:
    """Read a whole number from 0 to 2³¹-1; raises Malformed."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise Malformed(f"{key} must be a whole number")
    return value


def read_flag(data: Mapping[str, Any], key: str) -> bool:
    """Read true or false; raises Malformed."""
    value = data.get(key)
    if not isinstance(value, bool):
        raise Malformed(f"{key} must be true or false")
    return value


def read_language(value: object) -> Language | None:
    """Read a language; None for one we do not speak."""
    if isinstance(value, str):
        for language in Language:
            if value.lower().split("-", 1)[0] == language.value:
                return language
    return None
