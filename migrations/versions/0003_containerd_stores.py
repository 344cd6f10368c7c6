"""Stores of containerd: the ID that the engine shows beside the image, manifests, snapshots."""

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


STRICT = {"sqlite_strict": True, "sqlite_with_rowid": False}

COMMENTS = {
    "stores": {
        "": "Image stores: one for each graph driver in each root, and that of containerd.",
        "store_id": "Made from root, kind and driver, the same in every index.",
        "root_id": "The Docker root whose engine uses or used it.",
        "kind": "graphdriver or containerd.",
        "driver": "Graph driver or snapshotter, e.g. overlay2 or overlayfs.",
    },
    "store_layers": {"cache_id": "Directory of the graph driver, or ID of the snapshot."},
    "digest_map": {
        "source": "What says so: the file diffid-by-digest or v2metadata-by-diffid, the label "
        "containerd.io/uncompressed, or a manifest beside its config.",
    },
    "mounts": {
        "": "Read-write layers of containers, builders and image mounts (layerdb/mounts, "
        "snapshots).",
        "mount_id": "Directory of the graph driver, or ID of the snapshot.",
        "init_id": "The same of its -init layer.",
    },
    "directories": {
        "": "Every directory of a graph driver or snapshotter: layers, read-write layers, build "
        "cache, left-overs.",
        "directory": "Name of the directory, e.g. below overlay2/ or snapshots/.",
    },
    "leftovers": {
        "": "Writes that are in progress or crashed, removals that are in progress or failed, and "
        "blobs that containerd does not know.",
        "name": "Folder under layerdb/tmp, or under layerdb/sha256 with the ending -removing; "
        "folder or file of containerd's content store.",
        "kind": "in-progress, removing, ingest or unknown-blob.",
    },
}
"""Comments that say more than before, by table and column; '' is the table's own."""


def upgrade():
    op.create_table(
        "index_manifests",
        sa.Column("index_digest", TEXT, nullable=False, comment="Digest of the index."),
        sa.Column(
            "position", NUMBER, autoincrement=False, nullable=False, comment="1 is the first entry."
        ),
        sa.Column(
            "manifest_digest",
            TEXT,
            nullable=False,
            comment="Digest of the manifest or of a further index.",
        ),
        sa.Column("media_type", TEXT, nullable=True, comment="Its media type."),
        sa.Column("size_bytes", NUMBER, nullable=True, comment="Its length."),
        sa.Column(
            "os", TEXT, nullable=True, comment="Operating system of the platform, e.g. linux."
        ),
        sa.Column(
            "architecture",
            TEXT,
            nullable=True,
            comment="CPU architecture of the platform, e.g. arm64.",
        ),
        sa.Column("variant", TEXT, nullable=True, comment="Variant of the architecture, e.g. v8."),
        sa.Column(
            "os_version", TEXT, nullable=True, comment="Version of the operating system (Windows)."
        ),
        sa.Column(
            "attestation",
            sa.Integer(),
            nullable=False,
            comment="1 for an attestation, which is no image.",
        ),
        sa.PrimaryKeyConstraint("index_digest", "position", name=op.f("pk_index_manifests")),
        comment="What each index (manifest list) is made of: one manifest for each platform, and attestations.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_index_manifests_manifest_digest"),
        "index_manifests",
        ["manifest_digest"],
        unique=False,
    )
    op.create_table(
        "manifests",
        sa.Column("manifest_digest", TEXT, nullable=False, comment="Digest of the manifest."),
        sa.Column(
            "media_type",
            TEXT,
            nullable=True,
            comment="Media type, e.g. application/vnd.oci.image.manifest.v1+json.",
        ),
        sa.Column("artifact_type", TEXT, nullable=True, comment="What it is, where it says so."),
        sa.Column(
            "config_digest",
            TEXT,
            nullable=True,
            comment="Digest of its config: the image ID, where it is an image's.",
        ),
        sa.Column("config_bytes", NUMBER, nullable=True, comment="Length of the config."),
        sa.Column("size_bytes", NUMBER, nullable=True, comment="Length of the manifest."),
        sa.PrimaryKeyConstraint("manifest_digest", name=op.f("pk_manifests")),
        comment="Manifests of images and of what comes with them, such as attestations.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_manifests_config_digest"), "manifests", ["config_digest"], unique=False
    )
    op.create_table(
        "manifest_layers",
        sa.Column("manifest_digest", TEXT, nullable=False, comment="The manifest."),
        sa.Column(
            "position",
            NUMBER,
            autoincrement=False,
            nullable=False,
            comment="1 is the bottom layer.",
        ),
        sa.Column(
            "blob_digest", TEXT, nullable=False, comment="Digest of the blob, mostly compressed."
        ),
        sa.Column("media_type", TEXT, nullable=True, comment="Media type of the blob."),
        sa.Column("size_bytes", NUMBER, nullable=True, comment="Length of the blob."),
        sa.ForeignKeyConstraint(
            ["manifest_digest"],
            ["manifests.manifest_digest"],
            name=op.f("fk_manifest_layers_manifest_digest"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("manifest_digest", "position", name=op.f("pk_manifest_layers")),
        comment="The blobs of each manifest, bottom layer first.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_manifest_layers_blob_digest"), "manifest_layers", ["blob_digest"], unique=False
    )
    op.create_table(
        "image_manifests",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column(
            "engine_image_id",
            TEXT,
            nullable=False,
            comment="ID that the engine shows for the image.",
        ),
        sa.Column("manifest_digest", TEXT, nullable=False, comment="Digest of the manifest."),
        sa.Column("position", NUMBER, nullable=False, comment="1 is the first in the index."),
        sa.Column(
            "image_id",
            TEXT,
            nullable=True,
            comment="Digest of the config, where it is an image's and on the disk.",
        ),
        sa.Column("os", TEXT, nullable=True, comment="Operating system of the platform."),
        sa.Column("architecture", TEXT, nullable=True, comment="CPU architecture of the platform."),
        sa.Column("variant", TEXT, nullable=True, comment="Variant of the architecture."),
        sa.Column(
            "present", sa.Integer(), nullable=False, comment="1 where the manifest is on the disk."
        ),
        sa.Column(
            "attestation",
            sa.Integer(),
            nullable=False,
            comment="1 for an attestation, which is no image.",
        ),
        sa.Column(
            "chosen",
            sa.Integer(),
            nullable=False,
            comment="1 for the one that stands for the image.",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_image_manifests_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_image_manifests_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "store_id", "engine_image_id", "manifest_digest", name=op.f("pk_image_manifests")
        ),
        comment="The manifests behind each image of a store: with several platforms one for each.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_image_manifests_image_id"), "image_manifests", ["image_id"], unique=False
    )
    op.create_index(
        op.f("ix_image_manifests_manifest_digest"),
        "image_manifests",
        ["manifest_digest"],
        unique=False,
    )
    op.create_table(
        "leases",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column(
            "lease_id",
            TEXT,
            nullable=False,
            comment="The lease: a container ID, or that of a pull, a build or an image.",
        ),
        sa.Column("created_at", TEXT, nullable=True, comment="When it was made (UTC)."),
        sa.Column("expires_at", TEXT, nullable=True, comment="When it ends (UTC); NULL for never."),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_leases_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "lease_id", name=op.f("pk_leases")),
        comment="Leases: what keeps containerd from removing blobs and snapshots that no image has.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "snapshots",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column(
            "snapshot_key",
            TEXT,
            nullable=False,
            comment="Name: a chain ID, a container ID, or another ID.",
        ),
        sa.Column(
            "snapshot_id",
            TEXT,
            nullable=True,
            comment="Directory of the snapshotter; NULL where the snapshotter has none.",
        ),
        sa.Column(
            "kind",
            TEXT,
            nullable=True,
            comment="committed, active or view; NULL where the snapshotter has none.",
        ),
        sa.Column("parent_key", TEXT, nullable=True, comment="The snapshot below."),
        sa.Column("chain_id", TEXT, nullable=True, comment="Chain ID of the layer that it holds."),
        sa.Column(
            "size_bytes",
            NUMBER,
            nullable=True,
            comment="Disk space of this snapshot alone; NULL until it is committed.",
        ),
        sa.Column("created_at", TEXT, nullable=True, comment="When it was made (UTC)."),
        sa.Column("updated_at", TEXT, nullable=True, comment="When it was last changed (UTC)."),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_snapshots_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "snapshot_key", name=op.f("pk_snapshots")),
        comment="Snapshots that containerd keeps for Docker: layers, read-write layers and build cache.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_snapshots_store_id_parent_key"),
        "snapshots",
        ["store_id", "parent_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_snapshots_store_id_snapshot_id"),
        "snapshots",
        ["store_id", "snapshot_id"],
        unique=False,
    )
    op.create_table(
        "store_blobs",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("blob_digest", TEXT, nullable=False, comment="Digest of the blob."),
        sa.Column(
            "media_type",
            TEXT,
            nullable=True,
            comment="Media type, where something on the disk names it.",
        ),
        sa.Column("size_bytes", NUMBER, nullable=True, comment="Length as containerd noted it."),
        sa.Column(
            "present",
            sa.Integer(),
            nullable=False,
            comment="1 where the file is there with that length.",
        ),
        sa.Column(
            "diff_id",
            TEXT,
            nullable=True,
            comment="Digest of the layer's uncompressed tar, for a layer that was unpacked.",
        ),
        sa.Column("created_at", TEXT, nullable=True, comment="When it was noted (UTC)."),
        sa.Column(
            "kept_elsewhere",
            sa.Integer(),
            nullable=False,
            comment="1 where another user of containerd has it too.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_store_blobs_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "blob_digest", name=op.f("pk_store_blobs")),
        comment="Blobs that containerd keeps for Docker: indexes, manifests, configs and packed layers.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_store_blobs_blob_digest"), "store_blobs", ["blob_digest"], unique=False
    )
    op.create_index(op.f("ix_store_blobs_diff_id"), "store_blobs", ["diff_id"], unique=False)
    op.create_table(
        "lease_resources",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("lease_id", TEXT, nullable=False, comment="The lease."),
        sa.Column("kind", TEXT, nullable=False, comment="content, snapshot, ingest or image."),
        sa.Column(
            "resource",
            TEXT,
            nullable=False,
            comment="Digest of the blob, key of the snapshot, or name.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "lease_id"],
            ["leases.store_id", "leases.lease_id"],
            name=op.f("fk_lease_resources_store_id_lease_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "store_id", "lease_id", "kind", "resource", name=op.f("pk_lease_resources")
        ),
        comment="What each lease keeps.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_lease_resources_store_id_kind_resource"),
        "lease_resources",
        ["store_id", "kind", "resource"],
        unique=False,
    )
    op.add_column(
        "containers",
        sa.Column(
            "manifest_digest",
            TEXT,
            nullable=True,
            comment="Manifest of its image, with the containerd image store.",
        ),
    )
    _add_base_path()
    for table in FORMS:
        _rebuild(table, new=True)
    if op.get_bind().dialect.name == "postgresql":
        _comment()


def downgrade():
    # What only containerd has, the former schema has no place for.
    op.execute(_OWN_ONLY.format(table="tags"))
    op.execute(_OWN_ONLY.format(table="repo_digests"))
    op.execute(_OWN_ONLY.format(table="store_images"))
    for table in FORMS:
        _rebuild(table, new=False)
    with op.batch_alter_table("stores", table_kwargs=STRICT) as batch:
        batch.drop_column("base_path")
    op.drop_column("containers", "manifest_digest")
    op.drop_index(op.f("ix_lease_resources_store_id_kind_resource"), table_name="lease_resources")
    op.drop_table("lease_resources")
    op.drop_index(op.f("ix_store_blobs_diff_id"), table_name="store_blobs")
    op.drop_index(op.f("ix_store_blobs_blob_digest"), table_name="store_blobs")
    op.drop_table("store_blobs")
    op.drop_index(op.f("ix_snapshots_store_id_snapshot_id"), table_name="snapshots")
    op.drop_index(op.f("ix_snapshots_store_id_parent_key"), table_name="snapshots")
    op.drop_table("snapshots")
    op.drop_table("leases")
    op.drop_index(op.f("ix_image_manifests_manifest_digest"), table_name="image_manifests")
    op.drop_index(op.f("ix_image_manifests_image_id"), table_name="image_manifests")
    op.drop_table("image_manifests")
    op.drop_index(op.f("ix_manifest_layers_blob_digest"), table_name="manifest_layers")
    op.drop_table("manifest_layers")
    op.drop_index(op.f("ix_manifests_config_digest"), table_name="manifests")
    op.drop_table("manifests")
    op.drop_index(op.f("ix_index_manifests_manifest_digest"), table_name="index_manifests")
    op.drop_table("index_manifests")


_OWN_ONLY = (
    "DELETE FROM {table} WHERE store_id IN "
    "(SELECT store_id FROM stores WHERE kind = 'containerd') OR image_id IS NULL"
)


def _add_base_path():
    comment = "Where it was read: the Docker root or containerd's root."
    op.add_column("stores", sa.Column("base_path", TEXT, nullable=True, comment=comment))
    op.execute(
        "UPDATE stores SET base_path = "
        "(SELECT r.path FROM roots AS r WHERE r.root_id = stores.root_id)"
    )
    with op.batch_alter_table("stores", table_kwargs=STRICT) as batch:
        batch.alter_column("base_path", existing_type=TEXT, nullable=False)


def _rebuild(table, *, new):
    """Make the table anew with its rows; the engine of a graph driver shows the image's own ID."""
    form = FORMS[table]
    op.execute(f"CREATE TEMPORARY TABLE former AS SELECT * FROM {table}")
    op.drop_table(table)
    columns = form.columns(new)
    keys = form.new_key if new else form.key
    references = (("store_id", "stores"), *form.references)
    op.create_table(
        table,
        *columns,
        *(_refers(table, column, target) for column, target in references),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        comment=form.comment,
        **STRICT,
    )
    for index in (*form.indexes, *(form.new_indexes if new else form.old_indexes)):
        op.create_index(op.f(f"ix_{table}_{'_'.join(index)}"), table, list(index), unique=False)
    names = [column.name for column in columns]
    values = [form.values.get(name, name) if new else name for name in names]
    op.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM former")
    op.execute("DROP TABLE former")


def _refers(table, column, target):
    name = "image_id" if target == "images" else column
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.{name}"],
        name=op.f(f"fk_{table}_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def _text(name, comment, *, nullable=False):
    return sa.Column(name, TEXT, nullable=nullable, comment=comment)


def _meant(new):
    if not new:
        return [_text("image_id", "The image it means.")]
    return [
        _text("engine_image_id", "ID that the engine shows for the image it means."),
        _text(
            "image_id",
            "The image it means; NULL where no platform of it is on the disk.",
            nullable=True,
        ),
    ]


def _tag_columns(new):
    return [
        _text("store_id", "The store."),
        _text("repository", "Full repository name."),
        _text("tag", "The tag, e.g. latest."),
        *_meant(new),
        _text("first_seen_at", "Since when it was seen to mean this image (UTC)."),
    ]


def _digest_columns(new):
    return [
        _text("store_id", "The store."),
        _text("repository", "Full repository name."),
        _text("digest", "Digest of the manifest or manifest list."),
        *_meant(new),
        _text("first_seen_at", "When it was first seen (UTC)."),
    ]


def _image_columns(new):
    parent = "Image it was built or committed from, where the engine noted it."
    image = "The image, of several platforms the one that is shown; NULL for none."
    shown = (
        "ID that the engine shows: of a graph driver the image's, of containerd the digest of the "
        "index or manifest."
    )
    built = "1 where it was built here; noted from 26.0 on."
    engine_parent = _text("engine_parent_id", "ID that the engine shows for the parent.")
    engine_parent.nullable = True
    return [
        _text("store_id", "The store."),
        *([_text("engine_image_id", shown)] if new else []),
        _text("image_id", image if new else "The image.", nullable=new),
        _text("parent_id", parent, nullable=True),
        *([engine_parent] if new else []),
        _text("last_tagged_at", "When it was last tagged here (UTC).", nullable=True),
        sa.Column("built_locally", sa.Integer(), nullable=True, comment=built),
        _text("first_seen_at", "When it was first seen here (UTC)."),
    ]


def _comment():
    for table, comments in COMMENTS.items():
        for column, comment in comments.items():
            if column:
                op.alter_column(table, column, existing_type=TEXT, comment=comment)
            else:
                op.create_table_comment(table, comment)


class Form(NamedTuple):
    """A table whose rows get the ID that the engine shows, before and after."""

    comment: str
    columns: Callable
    key: tuple
    new_key: tuple
    references: tuple
    indexes: tuple
    new_indexes: tuple
    old_indexes: tuple
    values: dict


FORMS = {
    "tags": Form(
        "Tags: names of images that can move.",
        _tag_columns,
        ("store_id", "repository", "tag"),
        ("store_id", "repository", "tag"),
        (("repository", "repositories"), ("image_id", "images")),
        (("image_id",), ("repository", "tag")),
        (("store_id", "engine_image_id"),),
        (),
        {"engine_image_id": "image_id"},
    ),
    "repo_digests": Form(
        "Digest references: names of images by the digest of their manifest or manifest list.",
        _digest_columns,
        ("store_id", "repository", "digest"),
        ("store_id", "repository", "digest"),
        (("repository", "repositories"), ("image_id", "images")),
        (("image_id",), ("digest",), ("repository", "digest")),
        (("store_id", "engine_image_id"),),
        (),
        {"engine_image_id": "image_id"},
    ),
    "store_images": Form(
        "Which store holds which image, and what the engine noted beside it.",
        _image_columns,
        ("store_id", "image_id"),
        ("store_id", "engine_image_id"),
        (("image_id", "images"), ("parent_id", "images")),
        (("image_id",), ("parent_id",)),
        (("store_id", "engine_parent_id"),),
        (("store_id", "parent_id"),),
        {"engine_image_id": "image_id", "engine_parent_id": "parent_id"},
    ),
}
