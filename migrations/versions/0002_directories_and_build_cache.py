"""Directories and build cache."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "build_records",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column(
            "cache_id",
            TEXT,
            nullable=False,
            comment="ID of the record, as `docker builder du` shows it.",
        ),
        sa.Column(
            "type", TEXT, nullable=False, comment="regular, source.local, exec.cachemount, …."
        ),
        sa.Column("description", TEXT, nullable=True, comment="What made it."),
        sa.Column("created_at", TEXT, nullable=True, comment="When it was made (UTC)."),
        sa.Column("last_used_at", TEXT, nullable=True, comment="When a build last used it (UTC)."),
        sa.Column("usage_count", NUMBER, nullable=False, comment="How often builds used it."),
        sa.Column(
            "size_bytes",
            NUMBER,
            nullable=True,
            comment="Its size; NULL where the engine has not counted it yet.",
        ),
        sa.Column(
            "mutable", sa.Integer(), nullable=False, comment="1 where it can still be written."
        ),
        sa.Column(
            "listed",
            sa.Integer(),
            nullable=False,
            comment="1 where the engine lists it; 0 for what it hides or drops.",
        ),
        sa.Column("snapshot", TEXT, nullable=False, comment="Key of its snapshot."),
        sa.Column(
            "directory",
            TEXT,
            nullable=True,
            comment="Directory of the graph driver; NULL where its files are a layer's.",
        ),
        sa.Column(
            "chain_id",
            TEXT,
            nullable=True,
            comment="Layer of an image that it holds or was exported as.",
        ),
        sa.Column("diff_id", TEXT, nullable=True, comment="Diff ID of that layer."),
        sa.Column(
            "blob_digest",
            TEXT,
            nullable=True,
            comment="Digest of the blob it was pulled as or packed into.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_build_records_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "cache_id", name=op.f("pk_build_records")),
        comment="Records of the build cache.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_build_records_store_id_chain_id"),
        "build_records",
        ["store_id", "chain_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_build_records_store_id_directory"),
        "build_records",
        ["store_id", "directory"],
        unique=False,
    )
    op.create_table(
        "build_snapshots",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("directory", TEXT, nullable=False, comment="Directory of the graph driver."),
        sa.Column("snapshot", TEXT, nullable=True, comment="Name of the snapshot once committed."),
        sa.Column("parent", TEXT, nullable=True, comment="Name or chain ID of the snapshot below."),
        sa.Column(
            "chain_id", TEXT, nullable=True, comment="Layer of an image that it was exported as."
        ),
        sa.Column(
            "size_bytes",
            NUMBER,
            nullable=True,
            comment="Its size; NULL where the engine has not counted it yet.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_build_snapshots_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "directory", name=op.f("pk_build_snapshots")),
        comment="Snapshots of BuildKit: directories of the graph driver that its cache holds.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_build_snapshots_store_id_chain_id"),
        "build_snapshots",
        ["store_id", "chain_id"],
        unique=False,
    )
    op.create_table(
        "directories",
        sa.Column("store_id", TEXT, nullable=False, comment="The store whose driver it is."),
        sa.Column(
            "directory",
            TEXT,
            nullable=False,
            comment="Name of the directory, e.g. below overlay2/.",
        ),
        sa.Column(
            "short_link",
            TEXT,
            nullable=True,
            comment="Short name under l/ that mount options use (overlay2).",
        ),
        sa.Column(
            "lower_directory",
            TEXT,
            nullable=True,
            comment="Directory of the layer right below, as the driver has it.",
        ),
        sa.Column(
            "modified_at",
            TEXT,
            nullable=True,
            comment="When its list of entries last changed, or its layer says so (UTC).",
        ),
        sa.Column(
            "changed_at",
            TEXT,
            nullable=True,
            comment="When the file system last changed the directory itself (UTC).",
        ),
        sa.Column(
            "size_bytes",
            NUMBER,
            nullable=True,
            comment="Bytes of its files as the engine counts; NULL unless --du measured it.",
        ),
        sa.Column(
            "disk_bytes",
            NUMBER,
            nullable=True,
            comment="Bytes it takes on the disk; NULL unless --du measured it.",
        ),
        sa.Column("first_seen_at", TEXT, nullable=False, comment="When it was first seen (UTC)."),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_directories_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "directory", name=op.f("pk_directories")),
        comment="Every directory of a graph driver: layers, read-write layers, build cache, left-overs.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_directories_directory"), "directories", ["directory"], unique=False)
    op.create_index(
        op.f("ix_directories_store_id_lower_directory"),
        "directories",
        ["store_id", "lower_directory"],
        unique=False,
    )
    op.create_index(
        op.f("ix_directories_store_id_short_link"),
        "directories",
        ["store_id", "short_link"],
        unique=False,
    )
    op.create_table(
        "leftovers",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column(
            "name",
            TEXT,
            nullable=False,
            comment="Folder under layerdb/tmp, or under layerdb/sha256 with the ending -removing.",
        ),
        sa.Column("kind", TEXT, nullable=False, comment="in-progress or removing."),
        sa.Column("chain_id", TEXT, nullable=True, comment="The layer that is removed."),
        sa.Column(
            "cache_id",
            TEXT,
            nullable=True,
            comment="Directory of the graph driver, where it is known yet.",
        ),
        sa.Column("modified_at", TEXT, nullable=True, comment="When it last changed (UTC)."),
        sa.Column(
            "size_bytes",
            NUMBER,
            nullable=True,
            comment="Bytes of the files in that folder, without the driver's directory.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_leftovers_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "name", name=op.f("pk_leftovers")),
        comment="Layer writes that are in progress or crashed, and removals that are in progress or failed.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_leftovers_store_id_cache_id"), "leftovers", ["store_id", "cache_id"], unique=False
    )
    op.create_table(
        "build_parents",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("cache_id", TEXT, nullable=False, comment="The record."),
        sa.Column(
            "position",
            NUMBER,
            autoincrement=False,
            nullable=False,
            comment="1 is the first parent; only merges and diffs have more.",
        ),
        sa.Column("parent_cache_id", TEXT, nullable=False, comment="The record below."),
        sa.ForeignKeyConstraint(
            ["store_id", "cache_id"],
            ["build_records.store_id", "build_records.cache_id"],
            name=op.f("fk_build_parents_store_id_cache_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "cache_id", "position", name=op.f("pk_build_parents")),
        comment="Which records of the build cache are built on which.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_build_parents_store_id_parent_cache_id"),
        "build_parents",
        ["store_id", "parent_cache_id"],
        unique=False,
    )
    op.add_column(
        "roots",
        sa.Column(
            "engine_started_at",
            TEXT,
            nullable=True,
            comment="When the engine that ran on it during the last sync had started (UTC); NULL for none.",
        ),
    )
    op.add_column(
        "roots",
        sa.Column(
            "build_cache_state",
            TEXT,
            nullable=True,
            comment="readable or unreadable: whether buildkit/ can tell what it holds; NULL for none.",
        ),
    )


def downgrade():
    op.drop_column("roots", "build_cache_state")
    op.drop_column("roots", "engine_started_at")
    op.drop_index(op.f("ix_build_parents_store_id_parent_cache_id"), table_name="build_parents")
    op.drop_table("build_parents")
    op.drop_index(op.f("ix_leftovers_store_id_cache_id"), table_name="leftovers")
    op.drop_table("leftovers")
    op.drop_index(op.f("ix_directories_store_id_short_link"), table_name="directories")
    op.drop_index(op.f("ix_directories_store_id_lower_directory"), table_name="directories")
    op.drop_index(op.f("ix_directories_directory"), table_name="directories")
    op.drop_table("directories")
    op.drop_index(op.f("ix_build_snapshots_store_id_chain_id"), table_name="build_snapshots")
    op.drop_table("build_snapshots")
    op.drop_index(op.f("ix_build_records_store_id_directory"), table_name="build_records")
    op.drop_index(op.f("ix_build_records_store_id_chain_id"), table_name="build_records")
    op.drop_table("build_records")
