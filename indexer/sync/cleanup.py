"""Content that no store holds and nothing refers to any more goes out of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, union, update

from indexer.schema.containerd import image_manifests
from indexer.schema.content import (
    image_env,
    image_history,
    image_labels,
    image_layers,
    image_ports,
    image_volumes,
    images,
    layers,
    repositories,
)
from indexer.schema.manifests import index_manifests, manifest_layers, manifests
from indexer.schema.placement import (
    mounts,
    repo_digests,
    roots,
    store_images,
    store_layers,
    stores,
    tags,
)
from indexer.schema.runtime import containers
from indexer.sync.store_key import CONTAINERD, GRAPH_DRIVER

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PARTS: Final = (
    image_layers,
    image_history,
    image_labels,
    image_env,
    image_ports,
    image_volumes,
)


def clean_up(connection: Connection) -> None:
    """Drop repositories without a name in use, and images and layers that are in no store.

    Of an image that a name, a container or a child still refers to, the ID alone stays. Values of
    variables go where no root has the image any more that was synced with them.
    """
    _drop_repositories(connection)
    _drop_images(connection)
    _mask_values(connection)
    _forget_layers(connection)
    _drop_layers(connection)
    _drop_manifests(connection)


def _drop_repositories(connection: Connection) -> None:
    used = union(select(tags.c.repository), select(repo_digests.c.repository))
    connection.execute(delete(repositories).where(repositories.c.repository.not_in(used)))


def _drop_images(connection: Connection) -> None:
    held = union(
        select(store_images.c.image_id).where(store_images.c.image_id.is_not(None)),
        select(image_manifests.c.image_id).where(image_manifests.c.image_id.is_not(None)),
    )
    for part in _PARTS:
        connection.execute(delete(part).where(part.c.image_id.not_in(held)))
    named = union(
        select(tags.c.image_id).where(tags.c.image_id.is_not(None)),
        select(repo_digests.c.image_id).where(repo_digests.c.image_id.is_not(None)),
        select(store_images.c.parent_id).where(store_images.c.parent_id.is_not(None)),
        select(containers.c.image_id).where(containers.c.image_id.is_not(None)),
    )
    unheld = images.c.image_id.not_in(held)
    connection.execute(delete(images).where(unheld, images.c.image_id.not_in(named)))
    blank = {column.name: None for column in images.c if not column.primary_key}
    connection.execute(
        update(images).where(unheld, images.c.layer_count.is_not(None)).values(blank)
    )


def _mask_values(connection: Connection) -> None:
    own = (
        select(stores.c.store_id)
        .join(roots, roots.c.root_id == stores.c.root_id)
        .where(roots.c.env_values == 1)
    )
    shown = union(
        *(
            select(table.c.image_id).where(table.c.image_id.is_not(None), table.c.store_id.in_(own))
            for table in (store_images, image_manifests)
        )
    )
    connection.execute(
        update(image_env)
        .where(image_env.c.value.is_not(None), image_env.c.image_id.not_in(shown))
        .values(value=None)
    )


def _forget_layers(connection: Connection) -> None:
    """Of a snapshot of containerd that no image is known for, the chain ID alone stays."""
    held = (
        select(store_layers.c.chain_id)
        .join(stores, stores.c.store_id == store_layers.c.store_id)
        .where(stores.c.kind == CONTAINERD)
    )
    told = union(
        select(image_layers.c.chain_id),
        select(store_layers.c.chain_id)
        .join(stores, stores.c.store_id == store_layers.c.store_id)
        .where(stores.c.kind == GRAPH_DRIVER),
    )
    connection.execute(
        update(layers)
        .where(
            layers.c.chain_id.in_(held),
            layers.c.diff_id.is_not(None),
            layers.c.chain_id.not_in(told),
        )
        .values(diff_id=None, parent_chain_id=None)
    )


def _drop_layers(connection: Connection) -> None:
    used = union(
        select(store_layers.c.chain_id),
        select(image_layers.c.chain_id),
        select(mounts.c.parent_chain_id).where(mounts.c.parent_chain_id.is_not(None)),
    ).subquery()
    needed = select(used.c.chain_id).cte("needed", recursive=True)
    below = (
        select(layers.c.parent_chain_id)
        .join(needed, needed.c.chain_id == layers.c.chain_id)
        .where(layers.c.parent_chain_id.is_not(None))
    )
    kept = needed.union(below)
    connection.execute(delete(layers).where(layers.c.chain_id.not_in(select(kept.c.chain_id))))


def _drop_manifests(connection: Connection) -> None:
    held = select(image_manifests.c.manifest_digest).where(image_manifests.c.present == 1)
    for column in (manifest_layers.c.manifest_digest, manifests.c.manifest_digest):
        connection.execute(delete(column.table).where(column.not_in(held)))
    inner = index_manifests.alias()
    shown = union(select(image_manifests.c.engine_image_id), select(inner.c.manifest_digest))
    known = union(select(image_manifests.c.manifest_digest), select(inner.c.index_digest))
    connection.execute(
        delete(index_manifests).where(
            index_manifests.c.index_digest.not_in(shown)
            | index_manifests.c.manifest_digest.not_in(known)
        )
    )
