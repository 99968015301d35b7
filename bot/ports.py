"""The seams: what the core asks of adapters, and what adapters may ask of the core.

Adapters import this module, ``bot.model`` and ``bot.errors``, and nothing else of the core.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.model import (
    Accepted,
    Address,
    ConversationView,
    FoundFile,
    Handoff,
    HandoffId,
    HandoffView,
    Incoming,
    Language,
    Librarian,
    LibrarianId,
    Message,
    OfferedFile,
    Page,
    Presence,
)


class Channel(Protocol):
    """A network that patrons write from."""

    name: str
    resolves_unknown: bool
    """Whether delivering the same message twice shows it once (the patron's side knows ``seq``)."""

    async def deliver(self, address: Address, message: Message) -> str | None:
        """Put one message on the network; give the network's id of it, if it has one.

        Raises DeliveryDeferred to be asked again later, DeliveryRefused where it never will be
        taken; any other error counts as a passing fault.
        """


@runtime_checkable
class ShowsTyping(Protocol):
    """A channel that can show that somebody is writing. Must not block for long; may be lost."""

    async def show_typing(self, address: Address, by: str | None, on: bool) -> None:
        """Show, or stop showing, that somebody writes; ``by`` is a librarian's name."""


@runtime_checkable
class ShowsSpeaking(Protocol):
    """A channel that shows who the patron is talking to."""

    async def show_speaking(self, view: ConversationView) -> None:
        """Show who speaks now."""


class Desk(Protocol):
    """Where librarians see handoffs and answer them."""

    name: str
    resolves_unknown: bool

    async def show(self, handoff: Handoff) -> None:
        """Show a handoff that was opened or changed. Showing it twice changes nothing."""

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        """Show one more message of a handoff's conversation; errors as for Channel.deliver."""


@runtime_checkable
class DeskShowsTyping(Protocol):
    """A desk that can show that the patron is writing."""

    async def show_patron_typing(self, handoff: HandoffId, on: bool) -> None:
        """Show, or stop showing, that the patron is writing."""


class PatronDoor(Protocol):
    """What a channel may ask of the core."""

    async def open(self, address: Address, language: Language) -> ConversationView:
        """Find or begin the conversation at an address; ``language`` is used when it begins."""

    async def find(self, address: Address) -> ConversationView | None:
        """Give the conversation at an address, or None where none is kept; begins nothing."""

    async def receive(self, incoming: Incoming) -> Accepted:
        """Keep a patron's message; when this returns, it is committed. Raises MessageRefused."""

    async def since(self, address: Address, after_seq: int, limit: int = 500) -> Sequence[Message]:
        """Give messages numbered above ``after_seq``, oldest first."""

    async def set_language(self, address: Address, language: Language) -> None:
        """Speak this language from now on."""

    async def at_page(self, address: Address, page: Page) -> None:
        """Keep where the patron is, for the librarian who may come. Raises ConversationUnknown."""

    async def typing(self, address: Address, on: bool) -> None:
        """Tell whoever has the conversation that the patron is writing."""

    async def forget(self, address: Address) -> None:
        """Delete all that is kept of this conversation. Nothing can bring it back."""

    async def settled(self, address: Address, seq: int, timeout: float) -> bool:
        """Wait until the patron's message ``seq`` has had its turn; False when time runs out."""


class FileDoor(Protocol):
    """What a channel whose patrons can give files may ask of the core."""

    max_bytes: int
    """Of one file; 0 where the library takes none."""

    async def give(self, offered: OfferedFile) -> Accepted:
        """Keep a file as a message of the patron; when this returns, it is committed.

        Raises ConversationUnknown, and MessageRefused with code file_kind, file_large, file_many,
        empty or too_fast.
        """

    async def find(self, key: str) -> FoundFile | None:
        """Give the file whose address ends in ``key``; None where none is kept."""


class DeskDoor(Protocol):
    """What a desk may ask of the core. Every act names the librarian who does it."""

    async def authenticate(self, email: str, password: str) -> Librarian:
        """Check a sign-in. Raises LockedOut or SignInRefused."""

    async def librarian(self, librarian: LibrarianId) -> Librarian | None:
        """Give an account that is not disabled, or None."""

    async def set_presence(self, librarian: LibrarianId, presence: Presence) -> None:
        """Say whether this librarian takes handoffs now; to be repeated at least every 60 s."""

    async def present(self) -> Sequence[tuple[Librarian, Presence]]:
        """Give every librarian who is not offline."""

    async def queue(self) -> Sequence[Handoff]:
        """Give all open handoffs, oldest first."""

    async def look(self, handoff: HandoffId) -> HandoffView:
        """Give a handoff with its conversation and notes. Raises HandoffUnknown."""

    async def claim(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take it. Raises HandoffTaken where somebody has it, HandoffEnded where it is over."""

    async def reply(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> Message:
        """Speak to the patron. Raises NotAssigned unless this librarian holds the handoff."""

    async def note(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> None:
        """Keep a text for the desk alone."""

    async def give_back(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Return the conversation to the assistant without closing remarks. Ends the handoff."""

    async def close(
        self, handoff: HandoffId, librarian: LibrarianId, read: int, transaction: str, topic: str
    ) -> Handoff:
        """End it, with READ 1-6, ``directional`` or ``reference``, and a topic; CSAT is asked."""

    async def typing(self, handoff: HandoffId, librarian: LibrarianId, on: bool) -> None:
        """Show the patron that the librarian is writing."""


class DeskHours(Protocol):
    """When librarians are there to chat."""

    def open_at(self, at: datetime) -> bool:
        """Whether the desk is open at an aware time."""

    def next_opening(self, at: datetime) -> datetime | None:
        """The start of the next open span after ``at``, in the library's zone; None if unknown."""
