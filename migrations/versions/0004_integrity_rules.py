"""Integrity rules."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "short_links",
        sa.Column("store_id", TEXT, nullable=False, comment="The store whose driver it is."),
        sa.Column("link", TEXT, nullable=False, comment="Name of the link."),
        sa.Column(
            "directory",
            TEXT,
            nullable=True,
            comment="Directory it leads to; NULL where it leads elsewhere.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_short_links_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "link", name=op.f("pk_short_links")),
        comment="The symbolic links under l/ that mount options use (overlay2).",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.add_column(
        "container_mounts",
        sa.Column(
            "mount_name",
            TEXT,
            nullable=True,
            comment="Name of its read-write layer, where an image is mounted.",
        ),
    )
    op.add_column(
        "directories",
        sa.Column(
            "lower_link",
            TEXT,
            nullable=True,
            comment="Short name of the layer right below, as its file has it (overlay2).",
        ),
    )
    op.add_column(
        "directories",
        sa.Column(
            "stack_key",
            TEXT,
            nullable=True,
            comment="Hash of the short names of all layers below; NULL for none (overlay2).",
        ),
    )
    op.add_column(
        "directories",
        sa.Column(
            "below_key",
            TEXT,
            nullable=True,
            comment="The same without the layer right below; NULL for none (overlay2).",
        ),
    )
    op.add_column(
        "directories",
        sa.Column(
            "has_files",
            sa.Integer(),
            nullable=True,
            comment="1 where the folder of its files is there; NULL where it is the folder.",
        ),
    )
    op.add_column(
        "directories",
        sa.Column(
            "committed",
            sa.Integer(),
            nullable=True,
            comment="1 where the driver notes that a layer was put on it (overlay2).",
        ),
    )
    op.add_column(
        "directories",
        sa.Column(
            "mounted",
            sa.Integer(),
            nullable=True,
            comment="1 where a mount point is in it (overlay2).",
        ),
    )
    op.add_column(
        "problems",
        sa.Column("found_by", TEXT, nullable=True, comment="reader or sql: what found it."),
    )
    op.add_column(
        "roots",
        sa.Column(
            "rules_key",
            TEXT,
            nullable=True,
            comment="Hash of the integrity rules that its problems were found with.",
        ),
    )
    op.add_column(
        "store_layers",
        sa.Column(
            "noted_parent",
            TEXT,
            nullable=True,
            comment="Chain ID of the layer below, as the store notes it; NULL for none.",
        ),
    )
    # What stamps prove to be as it was lacks what is new in these tables.
    op.execute("DELETE FROM stamps")


def downgrade():
    op.drop_column("store_layers", "noted_parent")
    op.drop_column("roots", "rules_key")
    op.drop_column("problems", "found_by")
    op.drop_column("directories", "mounted")
    op.drop_column("directories", "committed")
    op.drop_column("directories", "has_files")
    op.drop_column("directories", "below_key")
    op.drop_column("directories", "stack_key")
    op.drop_column("directories", "lower_link")
    op.drop_column("container_mounts", "mount_name")
    op.drop_table("short_links")
