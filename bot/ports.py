"""The seams: what the core asks of adapters, and what adapters may ask of the core.

Adapters import this module, ``bot.model`` and ``bot.errors``, and nothing else of the core.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from bot.model import (
    Accepted,
    Address,
    CannedAnswer,
    ClosedQuery,
    Colleague,
    ConversationView,
    DeliveryState,
    DeskRules,
    DeskThread,
    Found,
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
    Pace,
    Page,
    Presence,
    Suggestion,
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
class Paced(Protocol):
    """A channel or desk whose network limits how fast it may be written to."""

    pace: Pace


@runtime_checkable
class TellsTrouble(Protocol):
    """A channel or desk that knows when its network does not let it work."""

    def troubles(self) -> Sequence[str]:
        """Give what is wrong now, each in one plain sentence; empty when all is well."""


@runtime_checkable
class ShowsChanges(Protocol):
    """A channel that can change what it has shown. Elsewhere the core says a correction instead."""

    async def change(self, address: Address, message: Message, shown_as: str | None) -> None:
        """Show a message that was delivered before as it is now: edited, or withdrawn.

        ``shown_as`` is what ``deliver`` gave for it. Showing it twice changes nothing; errors as for
        ``deliver``.
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


@runtime_checkable
class ShowsConsent(Protocol):
    """A channel that shows whether librarians may see a patron's earlier conversations."""

    async def show_consent(self, view: ConversationView) -> None:
        """Show how it stands now: ``view.consent``. May be lost: ``PatronDoor.find`` says it too."""


class Desk(Protocol):
    """Where librarians see handoffs and answer them."""

    name: str
    resolves_unknown: bool

    async def show(self, handoff: Handoff) -> None:
        """Show a handoff that was opened or changed. Showing it twice changes nothing."""

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        """Show one more message of a handoff's conversation; errors as for Channel.deliver."""


@runtime_checkable
class DeskShowsChanges(Protocol):
    """A desk that can change what it has shown of a conversation."""

    async def change(self, handoff: Handoff, message: Message, shown_as: str | None) -> None:
        """Show a message that was relayed before as it is now; as ShowsChanges.change."""


@runtime_checkable
class DeskJoins(Protocol):
    """A desk that can show several messages of a patron in one post, where its network makes them wait."""

    joins: int
    """The characters of such a post, at most."""

    async def relay_together(self, handoff: Handoff, messages: Sequence[Message]) -> Sequence[str | None]:
        """Show them in one post, oldest first; gives for each what ``relay`` would; errors as for it."""


@runtime_checkable
class DeskForgets(Protocol):
    """A desk that drops what a patron asked to be forgotten. May be lost: asking again says Unknown."""

    async def forgotten(self, handoff: HandoffId) -> None:
        """Take a handoff, and all that was said with it, from view."""


@runtime_checkable
class DeskShowsConsent(Protocol):
    """A desk that shows a patron's earlier conversations where the patron agrees."""

    async def consent_changed(self, handoff: HandoffId, given: bool) -> None:
        """A patron agreed, or took it back: then nothing earlier may stay in view. Asking again tells it."""


@runtime_checkable
class DeskShowsPresence(Protocol):
    """A desk that shows who else is on."""

    async def presence_changed(self) -> None:
        """Somebody came, went, or has more or less to do: ``DeskDoor.colleagues`` says who."""


@runtime_checkable
class DeskShowsTyping(Protocol):
    """A desk that can show that the patron is writing."""

    async def show_patron_typing(self, handoff: HandoffId, on: bool) -> None:
        """Show, or stop showing, that the patron is writing."""


@runtime_checkable
class DeskShowsWriting(Protocol):
    """A desk that can show what a patron is writing, before it is sent."""

    async def show_patron_writing(self, handoff: Handoff, text: str) -> None:
        """Show it to the librarian who has the handoff, and to nobody else; empty: nothing any more.

        It must be kept nowhere, and stand in no log. May be lost.
        """


@runtime_checkable
class DeskShowsDelivery(Protocol):
    """A desk that shows what became of a librarian's message."""

    async def show_delivery(
        self, handoff: Handoff, message: Message, state: DeliveryState, reason: str | None
    ) -> None:
        """Show that it arrived, that it never will (and why), or that it perhaps arrived twice."""


@runtime_checkable
class DeskShowsTrouble(Protocol):
    """A desk that tells its librarians when another channel or desk does not work."""

    async def show_trouble(self, where: str, trouble: str | None) -> None:
        """Say what is wrong with the adapter ``where``; None: it works again."""


class PatronDoor(Protocol):
    """What a channel may ask of the core."""

    sees_writing: bool
    """Whether a librarian sees what the patron writes before it is sent. The patron must be told first."""

    async def open(self, address: Address, language: Language) -> ConversationView:
        """Find or begin the conversation at an address; ``language`` is used when it begins."""

    async def find(self, address: Address) -> ConversationView | None:
        """Give the conversation at an address, or None where none is kept; begins nothing."""

    async def receive(self, incoming: Incoming) -> Accepted:
        """Keep a patron's message; when this returns, it is committed. Raises MessageRefused."""

    async def amend(self, incoming: Incoming, original: str) -> Accepted:
        """Keep a patron's edit of the message that has the external id ``original``.

        Before that message had its turn, the new text takes its place; after it, the edit is a message of
        its own. Where the edit comes first, it stands for the message. Each is kept once, however often
        and in whatever order they come. Raises MessageRefused.
        """

    async def gone(self, address: Address, reason: str) -> None:
        """Say that nobody can be reached at an address: what waits for it fails, an open handoff ends."""

    async def since(self, address: Address, after_seq: int, limit: int = 500) -> Sequence[Message]:
        """Give messages numbered above ``after_seq``, oldest first."""

    async def set_language(self, address: Address, language: Language) -> None:
        """Speak this language from now on."""

    async def at_page(self, address: Address, page: Page) -> None:
        """Keep where the patron is, for the librarian who may come. Raises ConversationUnknown."""

    async def typing(self, address: Address, on: bool, text: str | None = None) -> None:
        """Tell whoever has the conversation that the patron is writing.

        ``text`` is what they have written so far: shown to the librarian who has the conversation where the
        library lets it be seen, kept nowhere. None: not told.
        """

    async def consent(self, address: Address, given: bool) -> ConversationView:
        """Let librarians see this patron's earlier conversations, or no more; give how it stands.

        Raises ConversationUnknown.
        """

    async def forget(self, address: Address) -> None:
        """Delete all that is kept of this conversation, its consent too. Nothing can bring it back."""

    async def addresses(self, channel: str, ending: str) -> Sequence[Address]:
        """Give where conversations of a channel are kept whose chat ids end so.

        For a channel where one person can speak at several places; only it knows how its chat ids end.
        """

    async def changed(self, address: Address) -> Sequence[Message]:
        """Give the messages that were edited or withdrawn after they were said, oldest first."""

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
    """What a desk may ask of the core. Every act names the librarian who does it.

    Acts raise HandoffUnknown, HandoffEnded and NotAssigned where they fit, SignInRefused for a disabled
    account, NotAllowed where the account's role forbids it, MessageRefused for a text that is not one.
    """

    # Who it is

    async def authenticate(self, email: str, password: str) -> Librarian:
        """Check a sign-in. Raises LockedOut or SignInRefused."""

    async def begin_sign_in(self, key: str, librarian: LibrarianId, seconds: int) -> None:
        """Let a key, which only its holder knows, stand for a librarian for so long."""

    async def signed_in(self, key: str) -> Librarian | None:
        """Give whom a key stands for; None where it holds no more, or the account is disabled."""

    async def end_sign_in(self, key: str) -> None:
        """Let a key hold no more, in any process."""

    async def end_sign_ins(self, librarian: LibrarianId) -> int:
        """End all sign-ins of a librarian, who is then offline; give how many there were."""

    async def librarian(self, librarian: LibrarianId) -> Librarian | None:
        """Give an account that is not disabled, or None."""

    async def change_password(self, librarian: LibrarianId, old: str, new: str, key: str | None) -> None:
        """Change one's own password; every other sign-in than ``key`` ends. Raises Rejected."""

    # Who is there

    async def linked(self, network: str, identity: str) -> Librarian | None:
        """Give whom a person on another network (``slack``, ``telegram``) is; None for a stranger."""

    async def set_presence(self, librarian: LibrarianId, presence: Presence, *, holds: float = 0.0) -> None:
        """Say whether this librarian takes handoffs now; to be repeated at least every 60 s.

        A desk that has no page to repeat it says for how many seconds it ``holds`` without.
        """

    async def set_capacity(self, librarian: LibrarianId, capacity: int | None) -> None:
        """Say how many handoffs at once are enough for this librarian. Raises Rejected."""

    async def present(self) -> Sequence[tuple[Librarian, Presence]]:
        """Give every librarian who is not offline."""

    async def colleagues(self) -> Sequence[Colleague]:
        """Give every open account with its presence and load, by name."""

    async def rules(self) -> DeskRules:
        """Give what the library has set for its desk."""

    # What there is

    async def queue(self) -> Sequence[Handoff]:
        """Give all open handoffs, oldest first."""

    async def look(self, handoff: HandoffId) -> HandoffView:
        """Give a handoff with its conversation, notes and events. Raises HandoffUnknown."""

    async def look_earlier(self, handoff: HandoffId, earlier: HandoffId) -> HandoffView:
        """Give one of the patron's earlier handoffs, to be read. Raises NotAgreed, HandoffUnknown."""

    async def looked(self, handoff: HandoffId, librarian: LibrarianId) -> None:
        """Say that a librarian who was invited has looked; harmless for anybody else."""

    async def closed(self, query: ClosedQuery) -> tuple[Sequence[Handoff], int]:
        """Search what is over, newest first; give a page of it and how many there are in all."""

    # Having it

    async def claim(self, handoff: HandoffId, librarian: LibrarianId, *, beyond: bool = False) -> Handoff:
        """Take it. Raises HandoffTaken where somebody has it, HandoffEnded where it is over.

        Raises AtCapacity where this librarian has enough already, unless ``beyond``.
        """

    async def put_back(self, handoff: HandoffId, librarian: LibrarianId, message: str = "") -> Handoff:
        """Put it back in the queue; the patron is told. ``message`` is for colleagues."""

    async def refer(
        self,
        handoff: HandoffId,
        librarian: LibrarianId,
        message: str,
        *,
        to: LibrarianId | None = None,
        subject: str | None = None,
    ) -> Handoff:
        """Ask a librarian, or whoever knows a subject, to take it over; who refers keeps it meanwhile.

        Raises Rejected unless exactly one is given, and somebody else can take it.
        """

    async def accept(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take over what was referred; the patron is told. Raises ReferralOver."""

    async def decline(self, handoff: HandoffId, librarian: LibrarianId, message: str = "") -> Handoff:
        """Say no to a referral. Raises ReferralOver."""

    async def recall(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take one's referral back. Raises ReferralOver."""

    async def invite(
        self, handoff: HandoffId, librarian: LibrarianId, colleague: LibrarianId, message: str = ""
    ) -> Handoff:
        """Ask a colleague to look; who holds it does not change. Raises Rejected for no colleague."""

    async def give_back(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Return the conversation to the assistant without closing remarks. Ends the handoff."""

    async def close(
        self,
        handoff: HandoffId,
        librarian: LibrarianId,
        read: int,
        transaction: str,
        topic: str,
        note: str = "",
    ) -> Handoff:
        """End it, with READ 1-6, ``directional`` or ``reference``, topic and note; CSAT is asked."""

    async def reopen(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take up again what is over. Raises AnotherOpen where the patron has asked again meanwhile."""

    # Speaking

    async def reply(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> Message:
        """Speak to the patron. Raises NotAssigned unless this librarian holds the handoff."""

    async def edit(self, handoff: HandoffId, librarian: LibrarianId, seq: int, text: str) -> Message:
        """Change what one has said. Raises NotYours for anybody else's message."""

    async def withdraw(self, handoff: HandoffId, librarian: LibrarianId, seq: int) -> Message:
        """Take back what one has said; its text is deleted. Raises NotYours."""

    async def note(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> None:
        """Keep a text for the desk alone."""

    async def edit_note(
        self, handoff: HandoffId, librarian: LibrarianId, external_id: str, text: str
    ) -> None:
        """Give a note of one's own another text. Raises NotYours where one wrote no such note."""

    async def withdraw_note(self, handoff: HandoffId, librarian: LibrarianId, external_id: str) -> None:
        """Take back a note of one's own; its text is deleted. Raises NotYours."""

    async def typing(self, handoff: HandoffId, librarian: LibrarianId, on: bool) -> None:
        """Show the patron that the librarian is writing."""

    async def canned(self, handoff: HandoffId, librarian: LibrarianId) -> Sequence[CannedAnswer]:
        """Give the ready answers in the patron's language, those on the handoff's topic first."""

    async def suggest(self, handoff: HandoffId) -> Suggestion | None:
        """Give what the assistant would answer to the patron's last words; None where it has nothing."""

    async def search(self, query: str, language: Language) -> Sequence[Found]:
        """Search the knowledge base."""

    # Looking after it: admins only, else NotAllowed

    async def accounts(self, admin: LibrarianId) -> Sequence[Librarian]:
        """Give all accounts, disabled ones too, by name."""

    async def add_account(self, admin: LibrarianId, account: Librarian) -> str:
        """Make an account; give its first password, which nobody can read again. Raises Rejected."""

    async def change_account(self, admin: LibrarianId, account: Librarian) -> None:
        """Change an account. Raises Rejected, also where no admin would be left."""

    async def reset_password(self, admin: LibrarianId, librarian: LibrarianId) -> str:
        """Give an account a new password, end its sign-ins and its lock. Raises Rejected."""

    async def set_rules(self, admin: LibrarianId, rules: DeskRules) -> None:
        """Set the desk's rules. Raises Rejected where one is out of bounds."""

    async def desk_days(self, admin: LibrarianId) -> Sequence[tuple[date, str, str]]:
        """Give the coming days with hours of their own: day, hours as people write them, reason."""

    async def set_desk_day(self, admin: LibrarianId, day: date, hours: str, reason: str) -> None:
        """Give a day hours of its own, as ``09:00-12:30, 14:00-17:00``; none: closed. Raises Rejected."""

    async def clear_desk_day(self, admin: LibrarianId, day: date) -> None:
        """Let a day have the knowledge base's hours again."""


class DeskThreads(Protocol):
    """What a desk remembers of each handoff's place on it, across restarts."""

    async def of(self, desk: str, handoff: HandoffId) -> DeskThread | None:
        """Give a handoff's place on a desk."""

    async def at(self, desk: str, thread: str) -> DeskThread | None:
        """Give what stands at a place."""

    async def keep(self, desk: str, thread: DeskThread) -> None:
        """Remember it, instead of what was remembered of that handoff."""

    async def drop(self, desk: str, handoff: HandoffId) -> None:
        """Remember it no more: the desk has cleared it."""

    async def orphans(self, desk: str) -> Sequence[DeskThread]:
        """Give the places of handoffs that are kept no more: the desk should clear them."""


class DeskKnowledge(Protocol):
    """What the desk uses of the knowledge base."""

    async def search(self, query: str, language: Language) -> Sequence[Found]:
        """Give what there is on a question, best first."""

    def canned(self, language: Language) -> Sequence[CannedAnswer]:
        """Give the ready answers, the library's own variables filled in."""


class DeskHours(Protocol):
    """When librarians are there to chat."""

    def open_at(self, at: datetime) -> bool:
        """Whether the desk is open at an aware time."""

    def next_opening(self, at: datetime) -> datetime | None:
        """The start of the next open span after ``at``, in the library's zone; None if unknown."""
