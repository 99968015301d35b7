"""The tables, as SQLAlchemy Core. Instants are aware UTC datetimes, kept as seconds (float)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as seconds since 1970: both databases order and compare it alike."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        """Turn an aware datetime into seconds."""
        return None if value is None else value.timestamp()

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        """Turn seconds into an aware datetime."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


# SQLite numbers rows by itself only for a column that is exactly INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel", String(40), nullable=False),
    Column("chat_id", String(200), nullable=False),
    Column("language", String(2), nullable=False),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("dialogue", JSON),  # what the engine gave back with the last turn
    Column("page", JSON),  # where on the library's sites the patron is
    Column("consent_asked_at", Instant),  # when the patron was asked for consent; once is enough
    Column("lease_owner", String(80)),
    Column("lease_until", Instant),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("active_at", Instant, nullable=False),
    UniqueConstraint("channel", "chat_id"),
    Index(None, "active_at"),
)


def _of_conversation() -> Column[str]:
    return Column(
        "conversation_id",
        String(32),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
    )


messages = Table(
    "messages",
    metadata,
    Column(
        "conversation_id",
        String(32),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("speaker", String(12), nullable=False),
    Column("language", String(2), nullable=False),
    Column("content", JSON, nullable=False),
    Column("author", String(200)),
    Column("at", Instant, nullable=False),
    Column("external_id", String(200)),
    Column("edited_at", Instant),
    Column("handoff_id", String(32)),  # the one it belongs to: librarians see that, and not what was before
    UniqueConstraint("conversation_id", "external_id"),
    Index(None, "handoff_id"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("seq", Integer, nullable=False),
    Column("choice_seq", Integer),  # the message whose choice was pressed
    Column("choice_payload", Text),
    Column("received_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("done_at", Instant),
    UniqueConstraint("conversation_id", "seq"),
    Index(
        "ix_inbox_open",
        "conversation_id",
        "id",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("seq", Integer, nullable=False),
    Column("handoff_id", String(32)),  # set where it goes to a desk
    Column("target", String(40), nullable=False),  # a channel's or a desk's name
    Column("destination", String(260), nullable=False),  # what is kept in order and rated
    Column("state", String(10), nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("node", String(80)),
    Column("external_id", String(200)),
    Column("doubtful", Boolean, nullable=False, server_default=text("false")),
    Column("error", Text),
    Column("changed_at", Instant, nullable=False),
    Column("change", Integer, nullable=False, server_default="0"),  # 0: the message; n: its nth change
    UniqueConstraint("conversation_id", "seq", "target", "change"),
    Index(
        "ix_deliveries_open",
        "destination",
        "id",
        sqlite_where=text("state IN ('pending', 'sending')"),
        postgresql_where=text("state IN ('pending', 'sending')"),
    ),
)

files = Table(
    "files",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the key in its address; the name on disk
    _of_conversation(),
    Column("seq", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("size", Integer, nullable=False),  # bytes
    Column("at", Instant, nullable=False),
    Index(None, "conversation_id"),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(32), primary_key=True),
    _of_conversation(),
    Column("state", String(10), nullable=False),
    Column("packet", JSON, nullable=False),
    Column("language", String(2), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("librarian_id", String(64), ForeignKey("librarians.id")),
    Column("claimed_at", Instant),
    Column("closed_at", Instant),
    Column("left", Boolean, nullable=False, server_default=text("false")),
    Column("word_at", Instant, nullable=False),  # when the waiting patron last heard from us
    Column("words", Integer, nullable=False, server_default="0"),
    Column("read_value", Integer),
    Column("transaction", String(12)),
    Column("topic", String(60)),
    Column("csat", Integer),
    Column("note", Text),
    Column("back", String(10)),  # why it waits again
    Column("referral", JSON(none_as_null=True)),
    Column("referral_until", Instant),
    Column("invited", JSON(none_as_null=True)),
    Column("acted_at", Instant),  # when who holds it last did something with it
    # One open handoff a conversation, whoever asks twice at once.
    Index(
        "uq_handoffs_open",
        "conversation_id",
        unique=True,
        sqlite_where=text("state IN ('waiting', 'assigned')"),
        postgresql_where=text("state IN ('waiting', 'assigned')"),
    ),
    Index(None, "state", "opened_at"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("handoff_id", String(32), ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False),
    Column("author", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("external_id", String(200), nullable=False),
    UniqueConstraint("handoff_id", "external_id"),
)

handoff_events = Table(
    "handoff_events",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("handoff_id", String(32), ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("who", String(200), nullable=False),
    Column("other", String(200)),
    Column("text", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Index(None, "handoff_id", "id"),
)

librarians = Table(
    "librarians",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(254), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("role", String(10), nullable=False, server_default="librarian"),
    Column("capacity", Integer),
    Column("presence", String(10), nullable=False, server_default="offline"),
    Column("presence_at", Instant),
    Column("created_at", Instant, nullable=False),
)

librarian_links = Table(  # who a librarian is on another network: only linked people can act there
    "librarian_links",
    metadata,
    Column("network", String(20), primary_key=True),  # telegram, slack
    Column("identity", String(64), primary_key=True),  # the network's id of the person
    Column("librarian_id", String(64), ForeignKey("librarians.id", ondelete="CASCADE"), nullable=False),
    Index(None, "librarian_id"),
)

desk_threads = Table(  # one handoff's place on one desk; outlives the handoff until the desk has cleared it
    "desk_threads",
    metadata,
    Column("desk", String(40), primary_key=True),
    Column("handoff_id", String(32), primary_key=True),
    Column("thread", String(200), nullable=False),  # the desk's own name of the place
    Column("state", JSON, nullable=False),  # what the desk remembers of it
    UniqueConstraint("desk", "thread"),
)

sign_ins = Table(  # a sign-in that is not here does not hold, whatever its cookie says
    "sign_ins",
    metadata,
    Column("key_hash", String(64), primary_key=True),  # SHA-256 of the cookie's key
    Column("librarian_id", String(64), ForeignKey("librarians.id", ondelete="CASCADE"), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Index(None, "librarian_id"),
)

sign_in_failures = Table(  # by address, whether or not an account has it: a lock tells nobody which
    "sign_in_failures",
    metadata,
    Column("email_hash", String(64), primary_key=True),  # SHA-256 of the address as typed, in small letters
    Column("failures", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("at", Instant, nullable=False),
)

desk_settings = Table(
    "desk_settings",
    metadata,
    Column("name", String(40), primary_key=True),  # a field of DeskRules
    Column("value", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

desk_days = Table(  # days on which the desk has other hours than the knowledge base says
    "desk_days",
    metadata,
    Column("day", String(10), primary_key=True),  # YYYY-MM-DD
    Column("spans", JSON, nullable=False),  # [["09:00", "12:30"], …]; empty: closed
    Column("reason", String(200), nullable=False, server_default=""),
)

consents = Table(  # what a patron agreed to, and when they took it back; deleted with all else of theirs
    "consents",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("what", String(20), nullable=False),  # earlier: librarians see earlier conversations
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Index(
        "uq_consents_holding",
        "conversation_id",
        "what",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),  # of the answer
    Column("value", Integer, nullable=False),  # +1 or -1
    Column("question", Text, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
)
