"""The words of the conversation core, as types. Imports nothing of ours.

Everything here is immutable and knows no network, no database and no dialogue engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType

ConversationId = NewType("ConversationId", str)
HandoffId = NewType("HandoffId", str)
LibrarianId = NewType("LibrarianId", str)

Json = dict[str, Any]

WITHDRAWN = "withdrawn"  # the event of a message that its librarian took back
EDITED = "edited"  # the event of a patron's message that is a later form of one that had its turn


class Language(StrEnum):
    """A language the assistant speaks."""

    EN = "en"
    AR = "ar"


class Speaker(StrEnum):
    """Who says a message."""

    PATRON = "patron"
    ASSISTANT = "assistant"
    LIBRARIAN = "librarian"


class Kind(StrEnum):
    """What a message is for; a page may show each in its own way."""

    TEXT = "text"  # plain speech
    ANSWER = "answer"  # from the knowledge base, with citations
    QUESTION = "question"  # the assistant asks something back
    NOTICE = "notice"  # joined, left, still waiting, apologies


@dataclass(frozen=True, slots=True)
class Address:
    """Where a patron writes from. Only the channel that made ``chat_id`` can read it."""

    channel: str
    chat_id: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A quick reply: what the button says, and what pressing it means.

    ``payload`` never leaves the server; pages get ``reference(seq, index)`` instead.
    """

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The link shown with an answer."""

    title: str
    url: str
    section: str | None = None
    reviewed: date | None = None
    guide: str | None = None

    def to_json(self) -> Json:
        """Give a JSON object; ``reviewed`` as YYYY-MM-DD."""
        return {
            "title": self.title,
            "url": self.url,
            "section": self.section,
            "reviewed": self.reviewed.isoformat() if self.reviewed else None,
            "guide": self.guide,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Citation:
        """Read what :meth:`to_json` wrote. Raises KeyError where title or url is missing."""
        reviewed = data.get("reviewed")
        return cls(
            title=data["title"],
            url=data["url"],
            section=data.get("section"),
            reviewed=date.fromisoformat(reviewed) if reviewed else None,
            guide=data.get("guide"),
        )


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. The bytes themselves are kept beside the store.

    ``url`` begins with ``/files/`` and is relative to the gateway's public address; it holds the only
    key to the file, and answers 404 once the conversation is forgotten.
    """

    name: str  # as the patron's device called it, cleaned
    media_type: str  # told from the content: image/png, image/jpeg, image/gif, image/webp, application/pdf
    size: int  # bytes
    url: str

    def to_json(self) -> Json:
        """Give a JSON object."""
        return {"name": self.name, "media_type": self.media_type, "bytes": self.size, "url": self.url}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Attachment:
        """Read what :meth:`to_json` wrote. Raises KeyError where a field is missing."""
        return cls(str(data["name"]), str(data["media_type"]), int(data["bytes"]), str(data["url"]))


@dataclass(frozen=True, slots=True)
class Content:
    """What one message says. ``text`` is limited Markdown: paragraphs, lists, bold, links."""

    text: str
    kind: Kind = Kind.TEXT
    choices: tuple[Choice, ...] = ()
    citations: tuple[Citation, ...] = ()
    rateable: bool = False
    topic: str | None = None
    event: str | None = None  # librarian_joined, librarian_left, waiting, language, rated …
    attachments: tuple[Attachment, ...] = ()  # ``text`` is then the first one's name, for places without them
    album: str | None = None  # what a patron sent in one go, as pictures together, has the same name here
    edits: tuple[str, ...] = ()  # the channel's names of the edits whose text took this one's place

    def to_json(self) -> Json:
        """Give a JSON object that :meth:`from_json` reads; payloads included."""
        seldom = {"album": self.album, "edits": list(self.edits)}
        return {name: value for name, value in seldom.items() if value} | {
            "text": self.text,
            "kind": self.kind.value,
            "choices": [{"title": c.title, "payload": c.payload} for c in self.choices],
            "citations": [c.to_json() for c in self.citations],
            "rateable": self.rateable,
            "topic": self.topic,
            "event": self.event,
            "attachments": [attachment.to_json() for attachment in self.attachments],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Content:
        """Read a JSON object. Raises KeyError or ValueError where it is not one of ours."""
        return cls(
            text=str(data["text"]),
            kind=Kind(data.get("kind", Kind.TEXT.value)),
            choices=tuple(Choice(c["title"], c["payload"]) for c in data.get("choices", ())),
            citations=tuple(Citation.from_json(c) for c in data.get("citations", ())),
            rateable=bool(data.get("rateable", False)),
            topic=data.get("topic"),
            event=data.get("event"),
            attachments=tuple(Attachment.from_json(a) for a in data.get("attachments", ())),
            album=data.get("album"),
            edits=tuple(data.get("edits", ())),
        )


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance, numbered from 1 in its conversation. A patron may see every one of them."""

    conversation: ConversationId
    seq: int
    speaker: Speaker
    content: Content
    language: Language
    at: datetime  # aware, UTC
    author: str | None = None  # the librarian's display name, where one speaks
    external_id: str | None = None  # the channel's own id of it, where it has one
    edited_at: datetime | None = None  # when its librarian last changed it; withdrawn: event "withdrawn"

    @property
    def withdrawn(self) -> bool:
        """Whether its librarian took it back; its text then only says so."""
        return self.content.event == WITHDRAWN


def reference(seq: int, index: int) -> str:
    """Name the choice ``index`` (from 0) of message ``seq``, for a page to send back."""
    return f"choice:{seq}:{index}"


def parse_reference(text: str) -> tuple[int, int] | None:
    """Read what :func:`reference` wrote; None for any other text."""
    parts = text.split(":")
    if len(parts) != 3 or parts[0] != "choice":
        return None
    if not (parts[1].isascii() and parts[1].isdigit() and parts[2].isascii() and parts[2].isdigit()):
        return None
    if len(parts[1]) > 9 or len(parts[2]) > 3:
        return None
    return int(parts[1]), int(parts[2])


class Wish(StrEnum):
    """What a patron can ask for by a command or button of the channel, without the engine."""

    PERSON = "person"
    START = "start"  # the patron opened the conversation and has said nothing yet
    HELP = "help"
    FILE = "file"  # not words: a picture, a voice message; ``text`` says what, with a link for librarians
    ENGLISH = "language:en"
    ARABIC = "language:ar"
    CONSENT = "consent"  # how it stands with seeing earlier conversations, and changing that


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a network lets itself be written to, in messages a second and at once."""

    rate: float = 50.0  # to one destination
    burst: float = 100.0
    total_rate: float = 1000.0  # to all of them together
    total_burst: float = 1000.0


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a channel hands to the core: a patron wrote, or pressed a choice.

    ``external_id`` is unique at the address and the same when the channel repeats itself.
    A text that is exactly a reference made by :func:`reference` is a pressed choice.
    """

    address: Address
    text: str
    external_id: str
    language: Language | None = None  # what the page is set to, where it has a setting
    wish: Wish | None = None  # what it comes to, where it was a command; ``text`` is what it is shown as
    album: str | None = None  # the network's name of what was sent in one go: it is answered once


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file that a patron gives. Neither its name nor what it is said to be is trusted."""

    address: Address
    name: str
    body: bytes
    external_id: str  # as for Incoming


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that was given, to be shown."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Where on the library's sites a patron is, as the site says it. None of it is trusted."""

    url: str = ""
    title: str = ""
    course: str = ""
    guide: str = ""
    note: str = ""

    def to_json(self) -> Json:
        """Give a JSON object of what is known."""
        named = {"url": self.url, "title": self.title, "course": self.course, "guide": self.guide}
        return {key: value for key, value in (named | {"note": self.note}).items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Page:
        """Read what :meth:`to_json` wrote; missing fields are empty."""
        return cls(**{key: str(data.get(key) or "") for key in ("url", "title", "course", "guide", "note")})


@dataclass(frozen=True, slots=True)
class Accepted:
    """The core's word that a message is kept. ``repeated``: it already was."""

    message: Message
    repeated: bool


class HandoffState(StrEnum):
    """Where a request for a person stands."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    CLOSED = "closed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Speaking:
    """Who the patron is talking to just now."""

    who: Speaker
    name: str | None = None
    waiting: bool = False  # a person was asked for and has not come yet
    librarian: LibrarianId | None = None  # whose account it is, where a librarian speaks


@dataclass(frozen=True, slots=True)
class ConversationView:
    """What a channel may know of a conversation."""

    id: ConversationId
    address: Address
    language: Language
    last_seq: int
    speaking: Speaking
    consent: datetime | None = None  # since when librarians may see this patron's earlier conversations


class Role(StrEnum):
    """What an account may do on the desk."""

    STAFF = "staff"  # looks on, leaves notes, searches and exports; never speaks to patrons
    LIBRARIAN = "librarian"  # answers
    ADMIN = "admin"  # answers, and looks after accounts, hours and settings


@dataclass(frozen=True, slots=True)
class Librarian:
    """A person with an account on the desk."""

    id: LibrarianId
    name: str
    email: str
    languages: tuple[Language, ...] = (Language.EN, Language.AR)
    subjects: tuple[str, ...] = ()
    disabled: bool = False
    role: Role = Role.LIBRARIAN
    capacity: int | None = None  # handoffs at once; None: as the desk's rules say

    @property
    def answers(self) -> bool:
        """Whether this account may speak to patrons."""
        return self.role is not Role.STAFF


class Presence(StrEnum):
    """Whether a librarian takes handoffs now."""

    AVAILABLE = "available"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A librarian as colleagues see one."""

    librarian: Librarian
    presence: Presence
    load: int  # handoffs held now
    capacity: int  # handoffs that are enough at once

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        return self.load >= self.capacity


@dataclass(frozen=True, slots=True)
class DeskRules:
    """What a library sets for its desk, on the page or by the command line."""

    referral_seconds: int = 120  # after which a referral that nobody took goes back to the queue
    claim_lost_seconds: int = 180  # after which the claim of one who went offline does
    away_minutes: int = 10  # without a sign of the librarian, until their page counts them as away
    capacity: int = 4  # handoffs at once, for whoever has no number of their own


@dataclass(frozen=True, slots=True)
class Referral:
    """A librarian asks another, or whoever knows a subject, to take a handoff over."""

    by: LibrarianId
    by_name: str
    message: str
    at: datetime
    until: datetime
    to: LibrarianId | None = None
    to_name: str | None = None
    subject: str | None = None  # where it is not to one person
    declined: tuple[LibrarianId, ...] = ()

    def is_for(self, librarian: Librarian) -> bool:
        """Whether this librarian is asked, and has not said no."""
        if not librarian.answers or librarian.id in (self.by, *self.declined):
            return False
        return self.to == librarian.id if self.to else self.subject in librarian.subjects


@dataclass(frozen=True, slots=True)
class Invitation:
    """A librarian asks a colleague to look at a handoff."""

    by_name: str
    to: LibrarianId
    to_name: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """Something that happened to a handoff; only the desk sees it.

    ``kind``: claimed, put_back, lost, expired, referred, accepted, declined, recalled, invited, edited,
    withdrawn, returned, closed, reopened. ``other`` is a colleague's name or a subject's id.
    """

    kind: str
    who: str
    at: datetime
    other: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """The context a handoff carries: why a person was asked for, and what came before."""

    question: str
    reason: str  # asked, not_understood, did_not_help, remote_access, research, engine_failed …
    topic: str | None = None
    summary: tuple[tuple[str, str], ...] = ()  # label and value, in the patron's language
    tried: tuple[str, ...] = ()
    answered: tuple[Json, ...] = ()  # {"seq", "text", "citations"} of the assistant's last answers
    subject: str | None = None
    wanted: str | None = None  # id in librarians.yml of the person asked for

    def to_json(self) -> Json:
        """Give a JSON object that :meth:`from_json` reads."""
        return {
            "question": self.question,
            "reason": self.reason,
            "topic": self.topic,
            "summary": [list(pair) for pair in self.summary],
            "tried": list(self.tried),
            "answered": list(self.answered),
            "subject": self.subject,
            "wanted": self.wanted,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Packet:
        """Read a JSON object; missing fields are empty."""
        return cls(
            question=str(data.get("question", "")),
            reason=str(data.get("reason", "asked")),
            topic=data.get("topic"),
            summary=tuple((str(k), str(v)) for k, v in data.get("summary", ())),
            tried=tuple(str(t) for t in data.get("tried", ())),
            answered=tuple(data.get("answered", ())),
            subject=data.get("subject"),
            wanted=data.get("wanted"),
        )


class DeliveryState(StrEnum):
    """What became of a message on its way to the patron."""

    SENT = "sent"
    FAILED = "failed"
    DOUBTFUL = "doubtful"  # sent, and perhaps twice: an attempt before it was cut off


@dataclass(frozen=True, slots=True)
class Note:
    """Text that only the desk sees."""

    author: str
    text: str
    at: datetime
    number: int = 0  # later notes have higher ones
    external_id: str | None = None  # the desk's own id of it


@dataclass(frozen=True, slots=True)
class Handoff:
    """A request for a person."""

    id: HandoffId
    conversation: ConversationId
    state: HandoffState
    packet: Packet
    language: Language
    channel: str
    opened_at: datetime
    librarian: LibrarianId | None = None
    librarian_name: str | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    left: bool = False  # a question left for later: nobody was there
    read_value: int | None = None  # READ scale, 1 to 6
    transaction: str | None = None  # directional or reference
    topic: str | None = None
    csat: int | None = None  # the patron's rating, 1 to 5
    note: str | None = None  # the librarian's, at the close
    back: str | None = None  # why it is in the queue again: put_back, lost, expired
    referral: Referral | None = None
    invited: tuple[Invitation, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedQuery:
    """What to look for among the handoffs that are over; everything is optional."""

    text: str = ""
    topic: str | None = None
    librarian: LibrarianId | None = None
    since: datetime | None = None  # closed at or after
    until: datetime | None = None  # closed before
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """A ready answer in one language, its variables filled in; ``text`` is limited Markdown."""

    id: str
    title: str
    text: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that the knowledge base has on a question; ``text`` is limited Markdown."""

    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the assistant would answer to the patron's message ``seq``."""

    seq: int
    question: str
    text: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskThread:
    """One handoff's place on one desk; only that desk can read ``thread`` and ``state``."""

    handoff: HandoffId
    thread: str
    state: Json


@dataclass(frozen=True, slots=True)
class Consent:
    """A patron's word that librarians may see their earlier conversations."""

    given_at: datetime
    withdrawn_at: datetime | None = None  # None: it holds


@dataclass(frozen=True, slots=True)
class Earlier:
    """A patron's earlier conversations with librarians, which the patron agreed to have seen."""

    since: datetime  # when they agreed
    handoffs: tuple[Handoff, ...] = ()  # those that are over, newest first
    helped_by: tuple[LibrarianId, str] | None = None  # who had the latest of those who are available now


@dataclass(frozen=True, slots=True)
class HandoffView:
    """A handoff with everything a librarian needs beside it.

    ``messages`` are those of this handoff: what was said since the one before it, from the words that led
    to it to its end. What the same patron said earlier is not among them.
    """

    handoff: Handoff
    messages: tuple[Message, ...]
    notes: tuple[Note, ...]
    undelivered: Mapping[int, str] = field(default_factory=dict)  # seq to delivery state, not yet sent
    events: tuple[DeskEvent, ...] = ()
    earlier: Earlier | None = None  # None: the patron has not agreed
