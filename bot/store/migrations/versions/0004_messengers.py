"""Messengers: doubtful deliveries, linked identities, a handoff's place on each desk."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "deliveries", sa.Column("doubtful", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "librarian_links",
        sa.Column("network", sa.String(20), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("librarian_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["librarian_id"], ["librarians.id"], name="fk_librarian_links_librarian_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("network", "identity", name="pk_librarian_links"),
    )
    op.create_index("ix_librarian_links_librarian_id", "librarian_links", ["librarian_id"])
    op.create_table(
        "desk_threads",
        sa.Column("desk", sa.String(40), nullable=False),
        sa.Column("handoff_id", sa.String(32), nullable=False),
        sa.Column("thread", sa.String(200), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("desk", "handoff_id", name="pk_desk_threads"),
        sa.UniqueConstraint("desk", "thread", name="uq_desk_threads_desk_thread"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("desk_threads")
    op.drop_table("librarian_links")
    op.drop_column("deliveries", "doubtful")
