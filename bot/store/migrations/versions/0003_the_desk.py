"""The desk: referrals, what happened to a handoff, edited messages, sign-ins, roles, hours and rules."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("edited_at", sa.Double(), nullable=True))
    with op.batch_alter_table("deliveries") as batch:
        batch.add_column(sa.Column("change", sa.Integer(), server_default="0", nullable=False))
        batch.drop_constraint("uq_deliveries_conversation_id_seq_target", type_="unique")
        batch.create_unique_constraint(
            "uq_deliveries_conversation_id_seq_target_change", ["conversation_id", "seq", "target", "change"]
        )
    for column in (
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("back", sa.String(10), nullable=True),
        sa.Column("referral", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("referral_until", sa.Double(), nullable=True),
        sa.Column("invited", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("acted_at", sa.Double(), nullable=True),
    ):
        op.add_column("handoffs", column)
    op.create_table(
        "handoff_events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("handoff_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("other", sa.String(200), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name="fk_handoff_events_handoff_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_events"),
    )
    op.create_index("ix_handoff_events_handoff_id_id", "handoff_events", ["handoff_id", "id"])
    # Not in a batch: SQLite would make the table anew, and handoffs point at its rows.
    op.add_column("librarians", sa.Column("role", sa.String(10), server_default="librarian", nullable=False))
    op.add_column("librarians", sa.Column("capacity", sa.Integer(), nullable=True))
    op.drop_column("librarians", "failures")
    op.drop_column("librarians", "locked_until")
    op.create_table(
        "sign_ins",
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("librarian_id", sa.String(64), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["librarian_id"], ["librarians.id"], name="fk_sign_ins_librarian_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_hash", name="pk_sign_ins"),
    )
    op.create_index("ix_sign_ins_librarian_id", "sign_ins", ["librarian_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("email_hash", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Double(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("email_hash", name="pk_sign_in_failures"),
    )
    op.create_table(
        "desk_settings",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_desk_settings"),
    )
    op.create_table(
        "desk_days",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_desk_days"),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("desk_days", "desk_settings", "sign_in_failures", "sign_ins", "handoff_events"):
        op.drop_table(table)
    op.add_column("librarians", sa.Column("locked_until", sa.Double(), nullable=True))
    op.add_column("librarians", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.drop_column("librarians", "capacity")
    op.drop_column("librarians", "role")
    for name in ("acted_at", "invited", "referral_until", "referral", "back", "note"):
        op.drop_column("handoffs", name)
    op.execute("DELETE FROM deliveries WHERE change > 0")
    with op.batch_alter_table("deliveries") as batch:
        batch.drop_constraint("uq_deliveries_conversation_id_seq_target_change", type_="unique")
        batch.create_unique_constraint(
            "uq_deliveries_conversation_id_seq_target", ["conversation_id", "seq", "target"]
        )
        batch.drop_column("change")
    op.drop_column("messages", "edited_at")
