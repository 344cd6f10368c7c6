"""What labels of containerd keep, and layers of unknown size."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "snapshot_references",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("snapshot_key", TEXT, nullable=False, comment="The snapshot."),
        sa.Column("kind", TEXT, nullable=False, comment="content or snapshot."),
        sa.Column(
            "reference",
            TEXT,
            nullable=False,
            comment="Digest of the blob, or key of the snapshot, that it keeps.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "snapshot_key"],
            ["snapshots.store_id", "snapshots.snapshot_key"],
            name=op.f("fk_snapshot_references_store_id_snapshot_key"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "store_id", "snapshot_key", "kind", "reference", name=op.f("pk_snapshot_references")
        ),
        comment="What labels say that a snapshot keeps from being collected, beside the one below.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_snapshot_references_store_id_kind_reference"),
        "snapshot_references",
        ["store_id", "kind", "reference"],
        unique=False,
    )
    op.add_column(
        "snapshots",
        sa.Column(
            "kept",
            sa.Integer(),
            nullable=True,
            comment="1 where it stays whatever goes, as it is marked.",
        ),
    )
    op.add_column(
        "store_images",
        sa.Column(
            "expires_at",
            TEXT,
            nullable=True,
            comment="From when on containerd may collect it (UTC); NULL for never.",
        ),
    )
    # SQLite cannot take NOT NULL from a column.
    op.add_column(
        "store_layers",
        sa.Column(
            "counted",
            NUMBER,
            nullable=True,
            comment="Size of this layer alone as the engine counted it; NULL where it is not noted.",
        ),
    )
    op.execute("UPDATE store_layers SET counted = size_bytes")
    op.drop_column("store_layers", "size_bytes")
    op.execute("ALTER TABLE store_layers RENAME COLUMN counted TO size_bytes")
    # What stamps prove to be as it was lacks what is new in these tables.
    op.execute("DELETE FROM stamps WHERE section = 'containerd'")


def downgrade():
    op.add_column(
        "store_layers",
        sa.Column(
            "counted",
            NUMBER,
            nullable=False,
            server_default="0",
            comment="Size of this layer alone as the engine counted it.",
        ),
    )
    op.execute("UPDATE store_layers SET counted = COALESCE(size_bytes, 0)")
    op.drop_column("store_layers", "size_bytes")
    op.execute("ALTER TABLE store_layers RENAME COLUMN counted TO size_bytes")
    op.drop_column("store_images", "expires_at")
    op.drop_column("snapshots", "kept")
    op.drop_index(
        op.f("ix_snapshot_references_store_id_kind_reference"), table_name="snapshot_references"
    )
    op.drop_table("snapshot_references")
