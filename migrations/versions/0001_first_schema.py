"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

JOIN_STEP = """
CREATE FUNCTION group_concat_step(TEXT, TEXT, TEXT) RETURNS TEXT
LANGUAGE SQL IMMUTABLE
AS 'SELECT CASE WHEN $2 IS NULL THEN $1 ELSE COALESCE($1 || $3, '''') || $2 END'
"""
JOIN = "CREATE AGGREGATE group_concat(TEXT, TEXT) (SFUNC = group_concat_step, STYPE = TEXT)"


def upgrade():
    create_functions()
    op.create_table(
        "hosts",
        sa.Column(
            "host",
            TEXT,
            nullable=False,
            comment="Name of the machine: its host name or what --host said.",
        ),
        sa.Column(
            "machine",
            TEXT,
            nullable=True,
            comment="Hash of the machine's ID, to tell two hosts of one name apart.",
        ),
        sa.Column(
            "first_seen_at", TEXT, nullable=False, comment="When it was first indexed (UTC)."
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
        comment="Machines that Docker roots were read from.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "layers",
        sa.Column(
            "chain_id",
            TEXT,
            nullable=False,
            comment="Chain ID: names the folder under layerdb/sha256.",
        ),
        sa.Column(
            "diff_id", TEXT, nullable=True, comment="Digest of the layer's uncompressed tar."
        ),
        sa.Column(
            "parent_chain_id",
            TEXT,
            nullable=True,
            comment="Chain ID of the layer below; NULL for a bottom layer.",
        ),
        sa.ForeignKeyConstraint(
            ["parent_chain_id"],
            ["layers.chain_id"],
            name=op.f("fk_layers_parent_chain_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_layers")),
        comment="Layers by chain ID: a diff ID on top of its parents. A row with only an ID is named by a mount or a child, but nothing on the disk says what it is made of.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_layers_diff_id"), "layers", ["diff_id"], unique=False)
    op.create_index(op.f("ix_layers_parent_chain_id"), "layers", ["parent_chain_id"], unique=False)
    op.create_table(
        "repositories",
        sa.Column(
            "repository", TEXT, nullable=False, comment="Full name, e.g. docker.io/library/nginx."
        ),
        sa.Column("domain", TEXT, nullable=False, comment="Registry, e.g. docker.io."),
        sa.Column(
            "path", TEXT, nullable=False, comment="Name within the registry, e.g. library/nginx."
        ),
        sa.Column(
            "familiar_name", TEXT, nullable=False, comment="Name as Docker prints it, e.g. nginx."
        ),
        sa.PrimaryKeyConstraint("repository", name=op.f("pk_repositories")),
        comment="Repository names that images are tagged with, in full form.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "images",
        sa.Column(
            "image_id",
            TEXT,
            nullable=False,
            comment="Digest of the image's config: the image ID of a graph-driver store.",
        ),
        sa.Column(
            "created_at",
            TEXT,
            nullable=True,
            comment="When it was built, as the config says (UTC).",
        ),
        sa.Column("author", TEXT, nullable=True, comment="Author field of the config."),
        sa.Column("comment", TEXT, nullable=True, comment="Comment field of the config."),
        sa.Column("architecture", TEXT, nullable=True, comment="CPU architecture, e.g. amd64."),
        sa.Column("os", TEXT, nullable=True, comment="Operating system, e.g. linux."),
        sa.Column(
            "os_version", TEXT, nullable=True, comment="Version of the operating system (Windows)."
        ),
        sa.Column("variant", TEXT, nullable=True, comment="Variant of the architecture, e.g. v8."),
        sa.Column(
            "docker_version",
            TEXT,
            nullable=True,
            comment="Version of the engine that built it; not written from 29 on.",
        ),
        sa.Column("user", TEXT, nullable=True, comment="User that containers run as."),
        sa.Column("working_dir", TEXT, nullable=True, comment="Working directory of containers."),
        sa.Column("stop_signal", TEXT, nullable=True, comment="Signal that stops containers."),
        sa.Column("entrypoint", TEXT, nullable=True, comment="Entrypoint as a JSON array."),
        sa.Column("cmd", TEXT, nullable=True, comment="Default command as a JSON array."),
        sa.Column("shell", TEXT, nullable=True, comment="Shell of RUN and CMD as a JSON array."),
        sa.Column("on_build", TEXT, nullable=True, comment="ONBUILD triggers as a JSON array."),
        sa.Column("healthcheck", TEXT, nullable=True, comment="Health check as a JSON object."),
        sa.Column(
            "layer_count",
            NUMBER,
            nullable=True,
            comment="Number of layers; NULL where the config is not on the disk.",
        ),
        sa.Column(
            "history_count",
            NUMBER,
            nullable=True,
            comment="Number of history steps; NULL where the config is not on the disk.",
        ),
        sa.Column(
            "top_chain_id",
            TEXT,
            nullable=True,
            comment="Chain ID of the top layer; NULL for an image without layers.",
        ),
        sa.ForeignKeyConstraint(
            ["top_chain_id"],
            ["layers.chain_id"],
            name=op.f("fk_images_top_chain_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_images")),
        comment="Images by the digest of their config. A row with only an ID is named by a tag, a container or a child, but its config is not on the disk.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_images_top_chain_id"), "images", ["top_chain_id"], unique=False)
    op.create_table(
        "roots",
        sa.Column(
            "root_id",
            TEXT,
            nullable=False,
            comment="Made from host and path, the same in every index.",
        ),
        sa.Column("host", TEXT, nullable=False, comment="The machine."),
        sa.Column("path", TEXT, nullable=False, comment="Where it was read."),
        sa.Column(
            "engine_id",
            TEXT,
            nullable=True,
            comment="The engine's own ID (engine-id, from 23.0 on).",
        ),
        sa.Column(
            "engine_path",
            TEXT,
            nullable=True,
            comment="Path of the root as its engine knew it, where a container tells.",
        ),
        sa.Column(
            "env_values", sa.Integer(), nullable=False, comment="1 where values of Env are kept."
        ),
        sa.Column(
            "first_seen_at", TEXT, nullable=False, comment="When it was first indexed (UTC)."
        ),
        sa.Column(
            "last_synced_at",
            TEXT,
            nullable=False,
            comment="When the last sync of it started (UTC).",
        ),
        sa.ForeignKeyConstraint(
            ["host"],
            ["hosts.host"],
            name=op.f("fk_roots_host"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", name=op.f("pk_roots")),
        comment="Docker data roots, such as /var/lib/docker.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_roots_host"), "roots", ["host"], unique=False)
    op.create_table(
        "changes",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("at", TEXT, nullable=False, comment="When the sync that saw it started (UTC)."),
        sa.Column(
            "position",
            NUMBER,
            autoincrement=False,
            nullable=False,
            comment="Counts the changes of a sync.",
        ),
        sa.Column(
            "object_kind",
            TEXT,
            nullable=False,
            comment="tag, digest, image, layer, mount, container, volume or store.",
        ),
        sa.Column("object_key", TEXT, nullable=False, comment="The object."),
        sa.Column("change", TEXT, nullable=False, comment="added, removed or changed."),
        sa.Column("field", TEXT, nullable=True, comment="The field that changed."),
        sa.Column("before", TEXT, nullable=True, comment="Its value before."),
        sa.Column("after", TEXT, nullable=True, comment="Its value after."),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["roots.root_id"],
            name=op.f("fk_changes_root_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "at", "position", name=op.f("pk_changes")),
        comment="What appeared, disappeared or changed between one sync and the next.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_changes_at"), "changes", ["at"], unique=False)
    op.create_table(
        "image_env",
        sa.Column("image_id", TEXT, nullable=False, comment="The image."),
        sa.Column("name", TEXT, nullable=False, comment="Name of the variable."),
        sa.Column(
            "value",
            TEXT,
            nullable=True,
            comment="Its value; NULL unless the sync was told --env-values.",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_image_env_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("image_id", "name", name=op.f("pk_image_env")),
        comment="Environment variables that images set.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_image_env_name"), "image_env", ["name"], unique=False)
    op.create_table(
        "image_history",
        sa.Column("image_id", TEXT, nullable=False, comment="The image."),
        sa.Column(
            "step", NUMBER, autoincrement=False, nullable=False, comment="1 is the oldest step."
        ),
        sa.Column("created_at", TEXT, nullable=True, comment="When the step ran (UTC)."),
        sa.Column(
            "created_by", TEXT, nullable=True, comment="The command or Dockerfile instruction."
        ),
        sa.Column("comment", TEXT, nullable=True, comment="Comment of the step."),
        sa.Column("author", TEXT, nullable=True, comment="Author of the step."),
        sa.Column(
            "empty_layer",
            sa.Integer(),
            nullable=False,
            comment="1 where the step changed the config only.",
        ),
        sa.Column(
            "position",
            NUMBER,
            nullable=True,
            comment="Position of the layer it made; NULL for none, or where steps and layers do not match.",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_image_history_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("image_id", "step", name=op.f("pk_image_history")),
        comment="The steps that made each image, oldest first, with the layer each one made.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "image_labels",
        sa.Column("image_id", TEXT, nullable=False, comment="The image."),
        sa.Column("label", TEXT, nullable=False, comment="Name of the label."),
        sa.Column("value", TEXT, nullable=False, comment="Value of the label."),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_image_labels_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("image_id", "label", name=op.f("pk_image_labels")),
        comment="Labels of images.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_image_labels_label"), "image_labels", ["label"], unique=False)
    op.create_table(
        "image_layers",
        sa.Column("image_id", TEXT, nullable=False, comment="The image."),
        sa.Column(
            "position",
            NUMBER,
            autoincrement=False,
            nullable=False,
            comment="1 is the bottom layer.",
        ),
        sa.Column(
            "chain_id", TEXT, nullable=False, comment="Chain ID of the layer with all below it."
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"],
            ["layers.chain_id"],
            name=op.f("fk_image_layers_chain_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_image_layers_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("image_id", "position", name=op.f("pk_image_layers")),
        comment="The layers of each image, bottom first. One diff ID can stand at several positions, each with a chain ID of its own.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_image_layers_chain_id"), "image_layers", ["chain_id"], unique=False)
    op.create_table(
        "image_ports",
        sa.Column("image_id", TEXT, nullable=False, comment="The image."),
        sa.Column("port", TEXT, nullable=False, comment="Port and protocol, e.g. 80/tcp."),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_image_ports_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("image_id", "port", name=op.f("pk_image_ports")),
        comment="Ports that images expose.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "image_volumes",
        sa.Column("image_id", TEXT, nullable=False, comment="The image."),
        sa.Column("path", TEXT, nullable=False, comment="Path in the container."),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_image_volumes_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("image_id", "path", name=op.f("pk_image_volumes")),
        comment="Paths that images declare as volumes.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "problems",
        sa.Column(
            "problem_id",
            TEXT,
            nullable=False,
            comment="Made from root, rule, object and path, the same in every index.",
        ),
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("severity", TEXT, nullable=False, comment="fatal, error, warning or info."),
        sa.Column("rule", TEXT, nullable=False, comment="Integrity rule, e.g. I2."),
        sa.Column("object_kind", TEXT, nullable=False, comment="Kind of the object concerned."),
        sa.Column("object_id", TEXT, nullable=True, comment="The object concerned."),
        sa.Column("path", TEXT, nullable=False, comment="File or folder, relative to the root."),
        sa.Column("message", TEXT, nullable=False, comment="What is wrong, in a sentence."),
        sa.Column("first_seen_at", TEXT, nullable=False, comment="When it was first seen (UTC)."),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["roots.root_id"],
            name=op.f("fk_problems_root_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("problem_id", name=op.f("pk_problems")),
        comment="What is wrong on the disk now.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_problems_root_id"), "problems", ["root_id"], unique=False)
    op.create_table(
        "stamps",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("section", TEXT, nullable=False, comment="Kind of thing, with the driver."),
        sa.Column("name", TEXT, nullable=False, comment="Its name on the disk."),
        sa.Column("inode", NUMBER, nullable=False, comment="Inode number."),
        sa.Column(
            "ctime_ns", NUMBER, nullable=False, comment="Change time in nanoseconds since 1970."
        ),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["roots.root_id"],
            name=op.f("fk_stamps_root_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "section", "name", name=op.f("pk_stamps")),
        comment="Inode and change time of what was read, so that it is not read again. Of this index only.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stores",
        sa.Column(
            "store_id",
            TEXT,
            nullable=False,
            comment="Made from root and driver, the same in every index.",
        ),
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root it lies in."),
        sa.Column("name", TEXT, nullable=False, comment="Host, path and driver for people."),
        sa.Column("kind", TEXT, nullable=False, comment="graphdriver."),
        sa.Column("driver", TEXT, nullable=False, comment="Graph driver, e.g. overlay2."),
        sa.Column(
            "layer_prefix",
            TEXT,
            nullable=False,
            comment="Where its layers lie: this, the cache ID, ",
        ),
        sa.Column(
            "layer_suffix",
            TEXT,
            nullable=False,
            comment="and this make the path of a layer's files.",
        ),
        sa.Column(
            "active", sa.Integer(), nullable=False, comment="1 for the store that the engine uses."
        ),
        sa.Column(
            "first_seen_at", TEXT, nullable=False, comment="When it was first indexed (UTC)."
        ),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["roots.root_id"],
            name=op.f("fk_stores_root_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_stores")),
        comment="Image stores: one for each graph driver in each root.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_stores_root_id"), "stores", ["root_id"], unique=False)
    op.create_table(
        "syncs",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("started_at", TEXT, nullable=False, comment="When it started (UTC)."),
        sa.Column(
            "finished_at", TEXT, nullable=False, comment="When it had read everything (UTC)."
        ),
        sa.Column("version", TEXT, nullable=False, comment="Version of dockidx."),
        sa.Column(
            "env_values", sa.Integer(), nullable=False, comment="1 where it was told --env-values."
        ),
        sa.Column("images", NUMBER, nullable=False, comment="Images on the disk."),
        sa.Column("layers", NUMBER, nullable=False, comment="Layers on the disk."),
        sa.Column("containers", NUMBER, nullable=False, comment="Containers on the disk."),
        sa.Column("volumes", NUMBER, nullable=False, comment="Volumes on the disk."),
        sa.Column("changes", NUMBER, nullable=False, comment="Changes since the sync before."),
        sa.Column("problems", NUMBER, nullable=False, comment="Problems on the disk."),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["roots.root_id"],
            name=op.f("fk_syncs_root_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "started_at", name=op.f("pk_syncs")),
        comment="Runs of `dockidx sync`, one row for each root.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "volumes",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("name", TEXT, nullable=False, comment="Name of the volume."),
        sa.Column("driver", TEXT, nullable=False, comment="Volume driver, e.g. local."),
        sa.Column(
            "anonymous",
            sa.Integer(),
            nullable=False,
            comment="1 where the engine made up the name.",
        ),
        sa.Column(
            "size_bytes",
            NUMBER,
            nullable=True,
            comment="Size of its data; NULL where it was not measured.",
        ),
        sa.Column("first_seen_at", TEXT, nullable=False, comment="When it was first seen (UTC)."),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["roots.root_id"],
            name=op.f("fk_volumes_root_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "name", name=op.f("pk_volumes")),
        comment="Volumes.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "containers",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("container_id", TEXT, nullable=False, comment="The container ID."),
        sa.Column(
            "store_id",
            TEXT,
            nullable=True,
            comment="Store of its driver; NULL where this root has none that is read.",
        ),
        sa.Column("name", TEXT, nullable=True, comment="Name without the leading slash."),
        sa.Column("driver", TEXT, nullable=True, comment="Graph driver or snapshotter."),
        sa.Column(
            "engine_image_id",
            TEXT,
            nullable=True,
            comment="ID of its image as the engine shows it.",
        ),
        sa.Column(
            "image_id",
            TEXT,
            nullable=True,
            comment="Config digest of its image; NULL where it is not known.",
        ),
        sa.Column("image_name", TEXT, nullable=True, comment="Image as it was typed."),
        sa.Column(
            "image_repository",
            TEXT,
            nullable=True,
            comment="Full repository name in what was typed, if it is a name.",
        ),
        sa.Column(
            "image_tag",
            TEXT,
            nullable=True,
            comment="Tag in what was typed; latest where neither tag nor digest was.",
        ),
        sa.Column("image_digest", TEXT, nullable=True, comment="Digest in what was typed."),
        sa.Column("os", TEXT, nullable=True, comment="Operating system."),
        sa.Column("command", TEXT, nullable=True, comment="Path and arguments as a JSON array."),
        sa.Column(
            "state",
            TEXT,
            nullable=True,
            comment="created, running, paused, restarting, exited, dead or removing.",
        ),
        sa.Column("exit_code", NUMBER, nullable=True, comment="Exit code of the last run."),
        sa.Column("pid", NUMBER, nullable=True, comment="Process ID while running."),
        sa.Column("error", TEXT, nullable=True, comment="Error of the last start."),
        sa.Column(
            "oom_killed",
            sa.Integer(),
            nullable=False,
            comment="1 where the kernel killed it for memory.",
        ),
        sa.Column("health", TEXT, nullable=True, comment="starting, healthy or unhealthy."),
        sa.Column(
            "restart_count", NUMBER, nullable=True, comment="Times it was restarted by its policy."
        ),
        sa.Column("created_at", TEXT, nullable=True, comment="When it was created (UTC)."),
        sa.Column(
            "started_at",
            TEXT,
            nullable=True,
            comment="When it was last started (UTC); NULL for never.",
        ),
        sa.Column(
            "finished_at", TEXT, nullable=True, comment="When it last ended (UTC); NULL for never."
        ),
        sa.Column("hostname", TEXT, nullable=True, comment="Host name inside."),
        sa.Column("user", TEXT, nullable=True, comment="User it runs as."),
        sa.Column("working_dir", TEXT, nullable=True, comment="Working directory."),
        sa.Column("network_mode", TEXT, nullable=True, comment="Network mode."),
        sa.Column("restart_policy", TEXT, nullable=True, comment="Restart policy."),
        sa.Column("log_driver", TEXT, nullable=True, comment="Log driver."),
        sa.Column("runtime", TEXT, nullable=True, comment="OCI runtime."),
        sa.Column(
            "privileged",
            sa.Integer(),
            nullable=False,
            comment="1 where it has all of the host's rights.",
        ),
        sa.Column(
            "auto_remove",
            sa.Integer(),
            nullable=False,
            comment="1 where it is removed when it ends.",
        ),
        sa.Column(
            "read_only",
            sa.Integer(),
            nullable=False,
            comment="1 where its root file system is read-only.",
        ),
        sa.Column("memory_bytes", NUMBER, nullable=True, comment="Memory limit; NULL for none."),
        sa.Column(
            "nano_cpus", NUMBER, nullable=True, comment="CPU limit in billionths; NULL for none."
        ),
        sa.Column("log_bytes", NUMBER, nullable=False, comment="Length of its log files."),
        sa.Column(
            "rw_bytes",
            NUMBER,
            nullable=True,
            comment="Size of its read-write layer; NULL where it was not measured.",
        ),
        sa.Column("first_seen_at", TEXT, nullable=False, comment="When it was first seen (UTC)."),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_containers_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["roots.root_id"],
            name=op.f("fk_containers_root_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_containers_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "container_id", name=op.f("pk_containers")),
        comment="Containers, as config.v2.json and hostconfig.json have them.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_containers_container_id"), "containers", ["container_id"], unique=False
    )
    op.create_index(op.f("ix_containers_image_id"), "containers", ["image_id"], unique=False)
    op.create_index(op.f("ix_containers_store_id"), "containers", ["store_id"], unique=False)
    op.create_table(
        "digest_map",
        sa.Column("store_id", TEXT, nullable=False, comment="The store that knows it."),
        sa.Column(
            "blob_digest",
            TEXT,
            nullable=False,
            comment="Digest of the blob that a registry serves.",
        ),
        sa.Column(
            "diff_id", TEXT, nullable=False, comment="Digest of the layer's uncompressed tar."
        ),
        sa.Column(
            "source",
            TEXT,
            nullable=False,
            comment="File that says so: diffid-by-digest or v2metadata-by-diffid.",
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_digest_map_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "store_id", "blob_digest", "diff_id", "source", name=op.f("pk_digest_map")
        ),
        comment="Registry blob digests (compressed) and the diff IDs (uncompressed) they unpack to.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_digest_map_blob_digest"), "digest_map", ["blob_digest"], unique=False)
    op.create_index(op.f("ix_digest_map_diff_id"), "digest_map", ["diff_id"], unique=False)
    op.create_table(
        "digest_repositories",
        sa.Column("store_id", TEXT, nullable=False, comment="The store that knows it."),
        sa.Column("blob_digest", TEXT, nullable=False, comment="Digest of the blob."),
        sa.Column(
            "diff_id", TEXT, nullable=False, comment="Digest of the layer's uncompressed tar."
        ),
        sa.Column(
            "source_repository", TEXT, nullable=False, comment="Full repository name without a tag."
        ),
        sa.Column(
            "pushed", sa.Integer(), nullable=False, comment="1 where it was learnt by a push."
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_digest_repositories_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "store_id",
            "blob_digest",
            "diff_id",
            "source_repository",
            name=op.f("pk_digest_repositories"),
        ),
        comment="Repositories that a blob was pulled from or pushed to.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_digest_repositories_diff_id"), "digest_repositories", ["diff_id"], unique=False
    )
    op.create_table(
        "mounts",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column(
            "name",
            TEXT,
            nullable=False,
            comment="The container ID, or another ID where it is not a container's.",
        ),
        sa.Column("mount_id", TEXT, nullable=True, comment="Directory of the graph driver."),
        sa.Column("init_id", TEXT, nullable=True, comment="Directory of its -init layer."),
        sa.Column(
            "parent_chain_id",
            TEXT,
            nullable=True,
            comment="Top layer of the image; NULL for an image without layers.",
        ),
        sa.Column("first_seen_at", TEXT, nullable=False, comment="When it was first seen (UTC)."),
        sa.ForeignKeyConstraint(
            ["parent_chain_id"],
            ["layers.chain_id"],
            name=op.f("fk_mounts_parent_chain_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_mounts_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "name", name=op.f("pk_mounts")),
        comment="Read-write layers of containers, builders and image mounts (layerdb/mounts).",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_mounts_parent_chain_id"), "mounts", ["parent_chain_id"], unique=False)
    op.create_index(
        op.f("ix_mounts_store_id_mount_id"), "mounts", ["store_id", "mount_id"], unique=False
    )
    op.create_table(
        "repo_digests",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("repository", TEXT, nullable=False, comment="Full repository name."),
        sa.Column(
            "digest", TEXT, nullable=False, comment="Digest of the manifest or manifest list."
        ),
        sa.Column("image_id", TEXT, nullable=False, comment="The image it means."),
        sa.Column("first_seen_at", TEXT, nullable=False, comment="When it was first seen (UTC)."),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_repo_digests_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["repository"],
            ["repositories.repository"],
            name=op.f("fk_repo_digests_repository"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_repo_digests_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "repository", "digest", name=op.f("pk_repo_digests")),
        comment="Digest references: names of images by the digest of their manifest or manifest list.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_repo_digests_digest"), "repo_digests", ["digest"], unique=False)
    op.create_index(op.f("ix_repo_digests_image_id"), "repo_digests", ["image_id"], unique=False)
    op.create_index(
        op.f("ix_repo_digests_repository_digest"),
        "repo_digests",
        ["repository", "digest"],
        unique=False,
    )
    op.create_table(
        "store_images",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("image_id", TEXT, nullable=False, comment="The image."),
        sa.Column(
            "parent_id",
            TEXT,
            nullable=True,
            comment="Image it was built or committed from, where the engine noted it.",
        ),
        sa.Column(
            "last_tagged_at", TEXT, nullable=True, comment="When it was last tagged here (UTC)."
        ),
        sa.Column(
            "built_locally",
            sa.Integer(),
            nullable=True,
            comment="1 where it was built here; noted from 26.0 on.",
        ),
        sa.Column(
            "first_seen_at", TEXT, nullable=False, comment="When it was first seen here (UTC)."
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_store_images_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["images.image_id"],
            name=op.f("fk_store_images_parent_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_store_images_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "image_id", name=op.f("pk_store_images")),
        comment="Which store holds which image, and what the engine noted beside it.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_store_images_image_id"), "store_images", ["image_id"], unique=False)
    op.create_index(op.f("ix_store_images_parent_id"), "store_images", ["parent_id"], unique=False)
    op.create_index(
        op.f("ix_store_images_store_id_parent_id"),
        "store_images",
        ["store_id", "parent_id"],
        unique=False,
    )
    op.create_table(
        "store_layers",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("chain_id", TEXT, nullable=False, comment="The layer."),
        sa.Column("cache_id", TEXT, nullable=False, comment="Directory of the graph driver."),
        sa.Column(
            "size_bytes",
            NUMBER,
            nullable=False,
            comment="Size of this layer alone as the engine counted it.",
        ),
        sa.Column(
            "first_seen_at", TEXT, nullable=False, comment="When it was first seen here (UTC)."
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"],
            ["layers.chain_id"],
            name=op.f("fk_store_layers_chain_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_store_layers_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "chain_id", name=op.f("pk_store_layers")),
        comment="Which store holds which layer, and the directory it lies in.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_store_layers_chain_id"), "store_layers", ["chain_id"], unique=False)
    op.create_index(
        op.f("ix_store_layers_store_id_cache_id"),
        "store_layers",
        ["store_id", "cache_id"],
        unique=False,
    )
    op.create_table(
        "tags",
        sa.Column("store_id", TEXT, nullable=False, comment="The store."),
        sa.Column("repository", TEXT, nullable=False, comment="Full repository name."),
        sa.Column("tag", TEXT, nullable=False, comment="The tag, e.g. latest."),
        sa.Column("image_id", TEXT, nullable=False, comment="The image it means."),
        sa.Column(
            "first_seen_at",
            TEXT,
            nullable=False,
            comment="Since when it was seen to mean this image (UTC).",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["images.image_id"],
            name=op.f("fk_tags_image_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["repository"],
            ["repositories.repository"],
            name=op.f("fk_tags_repository"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["stores.store_id"],
            name=op.f("fk_tags_store_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("store_id", "repository", "tag", name=op.f("pk_tags")),
        comment="Tags: names of images that can move.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tags_image_id"), "tags", ["image_id"], unique=False)
    op.create_index(op.f("ix_tags_repository_tag"), "tags", ["repository", "tag"], unique=False)
    op.create_table(
        "volume_labels",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("name", TEXT, nullable=False, comment="The volume."),
        sa.Column("label", TEXT, nullable=False, comment="Name of the label."),
        sa.Column("value", TEXT, nullable=False, comment="Value of the label."),
        sa.ForeignKeyConstraint(
            ["root_id", "name"],
            ["volumes.root_id", "volumes.name"],
            name=op.f("fk_volume_labels_root_id_name"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "name", "label", name=op.f("pk_volume_labels")),
        comment="Labels of volumes.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "volume_options",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("name", TEXT, nullable=False, comment="The volume."),
        sa.Column("option", TEXT, nullable=False, comment="Name of the option."),
        sa.Column("value", TEXT, nullable=False, comment="Value of the option."),
        sa.ForeignKeyConstraint(
            ["root_id", "name"],
            ["volumes.root_id", "volumes.name"],
            name=op.f("fk_volume_options_root_id_name"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "name", "option", name=op.f("pk_volume_options")),
        comment="Options that volumes were created with.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "container_env",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("container_id", TEXT, nullable=False, comment="The container."),
        sa.Column("name", TEXT, nullable=False, comment="Name of the variable."),
        sa.Column(
            "value",
            TEXT,
            nullable=True,
            comment="Its value; NULL unless the sync was told --env-values.",
        ),
        sa.ForeignKeyConstraint(
            ["root_id", "container_id"],
            ["containers.root_id", "containers.container_id"],
            name=op.f("fk_container_env_root_id_container_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_id", "container_id", "name", name=op.f("pk_container_env")),
        comment="Environment variables of containers.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_container_env_name"), "container_env", ["name"], unique=False)
    op.create_table(
        "container_labels",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("container_id", TEXT, nullable=False, comment="The container."),
        sa.Column("label", TEXT, nullable=False, comment="Name of the label."),
        sa.Column("value", TEXT, nullable=False, comment="Value of the label."),
        sa.ForeignKeyConstraint(
            ["root_id", "container_id"],
            ["containers.root_id", "containers.container_id"],
            name=op.f("fk_container_labels_root_id_container_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "root_id", "container_id", "label", name=op.f("pk_container_labels")
        ),
        comment="Labels of containers.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_container_labels_label"), "container_labels", ["label"], unique=False)
    op.create_table(
        "container_mounts",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("container_id", TEXT, nullable=False, comment="The container."),
        sa.Column("destination", TEXT, nullable=False, comment="Path in the container."),
        sa.Column(
            "type", TEXT, nullable=True, comment="bind, volume, tmpfs, image, npipe or cluster."
        ),
        sa.Column("source", TEXT, nullable=True, comment="Path on the host as the engine saw it."),
        sa.Column("name", TEXT, nullable=True, comment="Name of the volume."),
        sa.Column("driver", TEXT, nullable=True, comment="Driver of the volume."),
        sa.Column("mode", TEXT, nullable=True, comment="Mode string, e.g. z or ro."),
        sa.Column("propagation", TEXT, nullable=True, comment="Mount propagation."),
        sa.Column("rw", sa.Integer(), nullable=False, comment="1 where it can be written."),
        sa.ForeignKeyConstraint(
            ["root_id", "container_id"],
            ["containers.root_id", "containers.container_id"],
            name=op.f("fk_container_mounts_root_id_container_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "root_id", "container_id", "destination", name=op.f("pk_container_mounts")
        ),
        comment="What containers have mounted: volumes, folders of the host, tmpfs, images.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_container_mounts_root_id_name"),
        "container_mounts",
        ["root_id", "name"],
        unique=False,
    )
    op.create_index(
        op.f("ix_container_mounts_source"), "container_mounts", ["source"], unique=False
    )
    op.create_table(
        "container_networks",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("container_id", TEXT, nullable=False, comment="The container."),
        sa.Column("network", TEXT, nullable=False, comment="Name of the network."),
        sa.Column("network_id", TEXT, nullable=True, comment="ID of the network."),
        sa.Column("endpoint_id", TEXT, nullable=True, comment="ID of the endpoint."),
        sa.Column("ip_address", TEXT, nullable=True, comment="IPv4 address."),
        sa.Column("ipv6_address", TEXT, nullable=True, comment="IPv6 address."),
        sa.Column("mac_address", TEXT, nullable=True, comment="MAC address."),
        sa.ForeignKeyConstraint(
            ["root_id", "container_id"],
            ["containers.root_id", "containers.container_id"],
            name=op.f("fk_container_networks_root_id_container_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "root_id", "container_id", "network", name=op.f("pk_container_networks")
        ),
        comment="Networks that containers are joined to.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "container_ports",
        sa.Column("root_id", TEXT, nullable=False, comment="The Docker root."),
        sa.Column("container_id", TEXT, nullable=False, comment="The container."),
        sa.Column(
            "position",
            NUMBER,
            autoincrement=False,
            nullable=False,
            comment="Counts the rows of a container.",
        ),
        sa.Column(
            "port", TEXT, nullable=False, comment="Port and protocol in the container, e.g. 80/tcp."
        ),
        sa.Column("host_ip", TEXT, nullable=True, comment="Address on the host."),
        sa.Column("host_port", TEXT, nullable=True, comment="Port on the host."),
        sa.Column(
            "source",
            TEXT,
            nullable=False,
            comment="exposed, requested (hostconfig) or published (running).",
        ),
        sa.ForeignKeyConstraint(
            ["root_id", "container_id"],
            ["containers.root_id", "containers.container_id"],
            name=op.f("fk_container_ports_root_id_container_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "root_id", "container_id", "position", name=op.f("pk_container_ports")
        ),
        comment="Ports of containers.",
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def create_functions():
    """Give PostgreSQL what the views and queries use of SQLite's functions."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(JOIN_STEP)
        op.execute(JOIN)


def downgrade():
    op.drop_table("container_ports")
    op.drop_table("container_networks")
    op.drop_index(op.f("ix_container_mounts_source"), table_name="container_mounts")
    op.drop_index(op.f("ix_container_mounts_root_id_name"), table_name="container_mounts")
    op.drop_table("container_mounts")
    op.drop_index(op.f("ix_container_labels_label"), table_name="container_labels")
    op.drop_table("container_labels")
    op.drop_index(op.f("ix_container_env_name"), table_name="container_env")
    op.drop_table("container_env")
    op.drop_table("volume_options")
    op.drop_table("volume_labels")
    op.drop_index(op.f("ix_tags_repository_tag"), table_name="tags")
    op.drop_index(op.f("ix_tags_image_id"), table_name="tags")
    op.drop_table("tags")
    op.drop_index(op.f("ix_store_layers_store_id_cache_id"), table_name="store_layers")
    op.drop_index(op.f("ix_store_layers_chain_id"), table_name="store_layers")
    op.drop_table("store_layers")
    op.drop_index(op.f("ix_store_images_store_id_parent_id"), table_name="store_images")
    op.drop_index(op.f("ix_store_images_parent_id"), table_name="store_images")
    op.drop_index(op.f("ix_store_images_image_id"), table_name="store_images")
    op.drop_table("store_images")
    op.drop_index(op.f("ix_repo_digests_repository_digest"), table_name="repo_digests")
    op.drop_index(op.f("ix_repo_digests_image_id"), table_name="repo_digests")
    op.drop_index(op.f("ix_repo_digests_digest"), table_name="repo_digests")
    op.drop_table("repo_digests")
    op.drop_index(op.f("ix_mounts_store_id_mount_id"), table_name="mounts")
    op.drop_index(op.f("ix_mounts_parent_chain_id"), table_name="mounts")
    op.drop_table("mounts")
    op.drop_index(op.f("ix_digest_repositories_diff_id"), table_name="digest_repositories")
    op.drop_table("digest_repositories")
    op.drop_index(op.f("ix_digest_map_diff_id"), table_name="digest_map")
    op.drop_index(op.f("ix_digest_map_blob_digest"), table_name="digest_map")
    op.drop_table("digest_map")
    op.drop_index(op.f("ix_containers_store_id"), table_name="containers")
    op.drop_index(op.f("ix_containers_image_id"), table_name="containers")
    op.drop_index(op.f("ix_containers_container_id"), table_name="containers")
    op.drop_table("containers")
    op.drop_table("volumes")
    op.drop_table("syncs")
    op.drop_index(op.f("ix_stores_root_id"), table_name="stores")
    op.drop_table("stores")
    op.drop_table("stamps")
    op.drop_index(op.f("ix_problems_root_id"), table_name="problems")
    op.drop_table("problems")
    op.drop_table("image_volumes")
    op.drop_table("image_ports")
    op.drop_index(op.f("ix_image_layers_chain_id"), table_name="image_layers")
    op.drop_table("image_layers")
    op.drop_index(op.f("ix_image_labels_label"), table_name="image_labels")
    op.drop_table("image_labels")
    op.drop_table("image_history")
    op.drop_index(op.f("ix_image_env_name"), table_name="image_env")
    op.drop_table("image_env")
    op.drop_index(op.f("ix_changes_at"), table_name="changes")
    op.drop_table("changes")
    op.drop_index(op.f("ix_roots_host"), table_name="roots")
    op.drop_table("roots")
    op.drop_index(op.f("ix_images_top_chain_id"), table_name="images")
    op.drop_table("images")
    op.drop_table("repositories")
    op.drop_index(op.f("ix_layers_parent_chain_id"), table_name="layers")
    op.drop_index(op.f("ix_layers_diff_id"), table_name="layers")
    op.drop_table("layers")
    op.drop_table("hosts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP AGGREGATE group_concat(TEXT, TEXT)")
        op.execute("DROP FUNCTION group_concat_step(TEXT, TEXT, TEXT)")
