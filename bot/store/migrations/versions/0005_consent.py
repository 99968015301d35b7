"""Consent: what patrons agreed to; which messages belong to which handoff."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("conversations", sa.Column("consent_asked_at", sa.Double(), nullable=True))
    op.add_column("messages", sa.Column("handoff_id", sa.String(32), nullable=True))
    op.create_index("ix_messages_handoff_id", "messages", ["handoff_id"])
    op.create_table(
        "consents",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("given_at", sa.Double(), nullable=False),
        sa.Column("withdrawn_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_consents_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index(
        "uq_consents_holding",
        "consents",
        ["conversation_id", "what"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    _divide()


def _divide() -> None:
    """Give each message to the handoff it belongs to: oldest handoff first, each up to its end."""
    handoffs = sa.table("handoffs", *_columns("id", "conversation_id", "opened_at", "closed_at"))
    messages = sa.table("messages", *_columns("conversation_id", "handoff_id", "at"))
    connection = op.get_bind()
    rows = connection.execute(sa.select(handoffs).order_by(handoffs.c.opened_at)).all()
    for row in rows:
        of_it = sa.and_(messages.c.conversation_id == row.conversation_id, messages.c.handoff_id.is_(None))
        if row.closed_at is not None:
            of_it = sa.and_(of_it, messages.c.at <= row.closed_at)
        connection.execute(sa.update(messages).where(of_it).values(handoff_id=row.id))


def _columns(*names: str) -> list[sa.ColumnClause[object]]:
    return [sa.column(name) for name in names]


def downgrade() -> None:
    """Undo."""
    op.drop_table("consents")
    op.drop_index("ix_messages_handoff_id", "messages")
    op.drop_column("messages", "handoff_id")
    op.drop_column("conversations", "consent_asked_at")
