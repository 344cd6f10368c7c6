"""Damage to names and configs of images, and to what is known of blobs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.integrity.cases import ABSENT, ZEROS, Named, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrity.site import Site

CASES = Table()

_NAMES = "image/overlay2/repositories.json"
_CONFIGS = "image/overlay2/imagedb/content/sha256"
_NOTES = "image/overlay2/imagedb/metadata/sha256"
_BLOBS = "image/overlay2/distribution/diffid-by-digest/sha256"
_LAYERS = "image/overlay2/distribution/v2metadata-by-diffid/sha256"
# An image with one tag, that no container, no child and no other name needs, and whose layers
# others have too: damage to it touches nothing else.
_LONE = """
SELECT t.image_id, r.familiar_name || ':' || t.tag, r.familiar_name
FROM tags AS t
JOIN repositories AS r ON r.repository = t.repository
JOIN images AS i ON i.image_id = t.image_id
WHERE t.image_id NOT IN (SELECT image_id FROM containers WHERE image_id IS NOT NULL)
    AND t.image_id NOT IN (SELECT parent_id FROM store_images WHERE parent_id IS NOT NULL)
    AND t.image_id NOT IN (SELECT image_id FROM repo_digests)
    AND (SELECT COUNT(*) FROM tags AS o WHERE o.image_id = t.image_id) = 1
    AND EXISTS (
        SELECT 1 FROM image_layers AS il
        WHERE il.chain_id = i.top_chain_id AND il.image_id <> i.image_id
    )
ORDER BY t.image_id
"""


def edit_names(site: Site, edit: Callable[[dict[str, dict[str, str]]], object]) -> None:
    """Have `edit` change the names of images, by repository."""
    site.edit_json(site.path / _NAMES, lambda document: edit(document["Repositories"]))


def add_config(site: Site, **fields: Any) -> Named:
    """Add an image without a name: a config of the root with other `fields`."""
    image_id = site.one("SELECT image_id FROM images WHERE layer_count > 0 ORDER BY image_id")
    config = json.loads((site.path / _CONFIGS / image_id[7:]).read_bytes())
    config.pop("history", None)
    return add_raw_config(site, json.dumps({**config, "history": [], **fields}).encode())


def add_raw_config(site: Site, data: bytes) -> Named:
    """Add a config under its digest."""
    digits = hashlib.sha256(data).hexdigest()
    site.write(site.path / _CONFIGS / digits, data)
    return Named(f"sha256:{digits}", f"{_CONFIGS}/{digits}")


def notes(site: Site, image_id: str) -> Path:
    """The folder of what is noted of an image."""
    return site.path / _NOTES / image_id[7:]


@CASES.case("R1", "fatal")
def no_json(site: Site) -> Named:
    site.write(site.path / _NAMES, "{")
    return Named(None, _NAMES)


@CASES.case("R1", "fatal")
def a_number_for_an_image(site: Site) -> Named:
    edit_names(site, lambda names: names.update(odd={"odd:1": 1}))
    return Named("odd:1", _NAMES)


@CASES.case("R2", "warning")
def names_gone(site: Site) -> Named:
    site.remove(site.path / _NAMES)
    return Named(None, _NAMES)


@CASES.case("R3", "warning")
def no_reference(site: Site) -> Named:
    image_id = site.one(_LONE)
    edit_names(site, lambda names: names.update(odd={"Odd Name": image_id}))
    return Named("Odd Name", _NAMES)


@CASES.case("R4", "warning")
def a_name_under_another(site: Site) -> Named:
    image_id = site.one(_LONE)
    edit_names(site, lambda names: names.update(odd={"even:1": image_id}))
    return Named("even:1", _NAMES)


@CASES.case("R5", "error")
def no_digest(site: Site) -> Named:
    edit_names(site, lambda names: names.update(odd={"odd:1": "sha256:zz"}))
    return Named("odd:1", _NAMES)


@CASES.case("R6", "error")
def a_name_of_no_image(site: Site) -> Named:
    edit_names(site, lambda names: names.update(odd={"odd:1": ABSENT}))
    return Named("odd:1", _NAMES)


@CASES.case("R6", "error")
def a_digest_reference_of_no_image(site: Site) -> Named:
    name = f"odd@sha256:{ZEROS}"
    edit_names(site, lambda names: names.update(odd={"odd:1": ABSENT, name: ABSENT}))
    return Named(name, _NAMES)


@CASES.case("R7", "info")
def a_repository_without_names(site: Site) -> Named:
    edit_names(site, lambda names: names.update(odd={}))
    return Named("odd", _NAMES)


@CASES.case("R8", "info")
def a_digest_reference_alone(site: Site) -> Named:
    named = add_config(site, rootfs={"type": "layers", "diff_ids": []})
    name = f"odd@sha256:{ZEROS}"
    edit_names(site, lambda names: names.update(odd={name: named.object_id or ""}))
    return Named(name, _NAMES)


@CASES.case("R9", "warning")
def bytes_after_the_names(site: Site) -> Named:
    site.write(site.path / _NAMES, (site.path / _NAMES).read_bytes() + b"}")
    return Named(None, _NAMES)


@CASES.case("I1", "warning")
def a_config_of_another_name(site: Site) -> Named:
    site.write(site.path / _CONFIGS / "notes", "{}")
    return Named(None, f"{_CONFIGS}/notes")


# The name of the image means nothing any more.
@CASES.case("I2", "error", "R6")
def one_other_byte(site: Site) -> Named:
    image_id = site.one(_LONE)
    path = site.path / _CONFIGS / image_id[7:]
    site.write(path, path.read_bytes() + b" ")
    return Named(image_id, f"{_CONFIGS}/{image_id[7:]}")


@CASES.case("I3", "error")
def a_config_without_rootfs(site: Site) -> Named:
    return add_raw_config(site, b"{}")


# The names are those of the layer store's fault: a layer of the image is lost.
@CASES.case("I4", "error", "R6 G1")
def a_layer_gone(site: Site) -> Named:
    image_id, chain = site.ask(OWN_LAYER)[0][:2]
    site.remove(site.layers / chain[7:])
    return Named(image_id, f"image/overlay2/layerdb/sha256/{chain[7:]}")


@CASES.case("I5", "error")
def a_diff_id_that_is_none(site: Site) -> Named:
    return add_config(site, rootfs={"type": "layers", "diff_ids": ["sha256:zz"]})


@CASES.case("I6", "warning")
def more_history_than_layers(site: Site) -> Named:
    return add_config(site, history=[{"created_by": "RUN x"}] * 120)


@CASES.case("I7", "error")
def an_old_windows_image(site: Site) -> Named:
    return add_config(site, rootfs={"type": "layers+base", "diff_ids": []})


@CASES.case("I8", "error")
def created_some_time(site: Site) -> Named:
    return add_config(site, created="yesterday")


@CASES.case("I9", "warning")
def of_no_system(site: Site) -> Named:
    return add_config(site, os="")


@CASES.case("I9", "error")
def of_another_system(site: Site) -> Named:
    return add_config(site, os="windows")


@CASES.case("I10", "warning")
def notes_of_no_image(site: Site) -> Named:
    site.write(notes(site, ABSENT) / "lastUpdated", "2026-11-24T08:11:45.133770837Z")
    return Named(ABSENT, f"{_NOTES}/{ABSENT[7:]}")


@CASES.case("I11", "warning")
def a_parent_that_is_gone(site: Site) -> Named:
    image_id = site.one(_LONE)
    site.write(notes(site, image_id) / "parent", ABSENT)
    return Named(image_id, f"{_NOTES}/{image_id[7:]}/parent")


@CASES.case("I11", "warning")
def a_parent_that_is_no_digest(site: Site) -> Named:
    image_id = site.one(_LONE)
    site.write(notes(site, image_id) / "parent", "mother")
    return Named(image_id, f"{_NOTES}/{image_id[7:]}/parent")


@CASES.case("I12", "warning")
def a_parent_with_other_layers(site: Site) -> Named:
    image_id = site.one(_LONE)
    other = site.one(
        "SELECT image_id FROM images WHERE layer_count > 0 AND top_chain_id NOT IN "
        f"(SELECT chain_id FROM image_layers WHERE image_id = '{image_id}') ORDER BY image_id"
    )
    site.write(notes(site, image_id) / "parent", other)
    return Named(image_id, f"{_NOTES}/{image_id[7:]}/parent")


@CASES.case("I13", "error")
def an_image_that_is_its_own_grandparent(site: Site) -> Named:
    child, parent = site.ask(
        "SELECT si.image_id, si.parent_id FROM store_images AS si "
        "JOIN images AS c ON c.image_id = si.image_id "
        "JOIN images AS p ON p.image_id = si.parent_id WHERE c.top_chain_id = p.top_chain_id "
        "ORDER BY si.image_id"
    )[0]
    site.write(notes(site, parent) / "parent", child)
    return Named(child, f"{_NOTES}/{child[7:]}/parent")


@CASES.case("I14", "error")
def tagged_some_time(site: Site) -> Named:
    image_id = site.one(_LONE)
    site.write(notes(site, image_id) / "lastUpdated", "yesterday")
    return Named(image_id, f"{_NOTES}/{image_id[7:]}/lastUpdated")


@CASES.case("I15", "info")
def built_somewhere(site: Site) -> Named:
    image_id = site.one(_LONE)
    site.write(notes(site, image_id) / "builtLocally", "2")
    return Named(image_id, f"{_NOTES}/{image_id[7:]}/builtLocally")


# None of the layers is there.
@CASES.case("I16", "error", "I4")
def too_many_layers(site: Site) -> Named:
    return add_config(site, rootfs={"type": "layers", "diff_ids": [ABSENT] * 126})


# What the one side of the map has, the other has not any more.
@CASES.case("D1", "warning", "D2")
def a_blob_of_no_layer(site: Site) -> Named:
    blob = site.one(BLOB)
    site.write(site.path / _BLOBS / blob[7:], "nothing")
    return Named(blob, f"{_BLOBS}/{blob[7:]}")


@CASES.case("D2", "info")
def a_blob_that_one_side_knows(site: Site) -> Named:
    blob, diff_id = site.ask(BLOB)[0]
    site.remove(site.path / _BLOBS / blob[7:])
    return Named(blob, f"{_LAYERS}/{diff_id[7:]}")


@CASES.case("D3", "info")
def too_many_blobs(site: Site) -> Named:
    diff_id = site.ask(BLOB)[0][1]
    path = site.path / _LAYERS / diff_id[7:]
    site.edit_json(path, lambda entries: entries.extend(entries[:1] * 50))
    return Named(diff_id, f"{_LAYERS}/{diff_id[7:]}")


@CASES.case("D4", "info")
def a_blob_of_a_layer_that_is_gone(site: Site) -> Named:
    site.write(site.path / _BLOBS / ZEROS, ABSENT)
    entry = {"Digest": f"sha256:{ZEROS}", "SourceRepository": "docker.io/library/odd", "HMAC": ""}
    site.write(site.path / _LAYERS / ABSENT[7:], json.dumps([entry]))
    return Named(ABSENT, f"{_LAYERS}/{ABSENT[7:]}")


@CASES.case("D5", "info")
def an_hmac_that_is_none(site: Site) -> Named:
    diff_id = site.ask(BLOB)[0][1]
    path = site.path / _LAYERS / diff_id[7:]
    site.edit_json(path, lambda entries: entries[0].update(HMAC="short"))
    return Named(diff_id, f"{_LAYERS}/{diff_id[7:]}")


BLOB = (
    "SELECT blob_digest, diff_id FROM digest_map WHERE source = 'diffid-by-digest' "
    "GROUP BY diff_id HAVING COUNT(*) = 1 ORDER BY blob_digest"
)
"""A blob and its layer, which has no other blob."""

OWN_LAYER = """
SELECT i.image_id, i.top_chain_id, k.cache_id, k.recorded_parent
FROM images AS i
JOIN store_layers AS k ON k.chain_id = i.top_chain_id
JOIN layers AS l ON l.chain_id = i.top_chain_id
WHERE (SELECT COUNT(*) FROM image_layers AS il WHERE il.chain_id = i.top_chain_id) = 1
    AND i.top_chain_id NOT IN (SELECT chain_id FROM held_layers)
    AND i.image_id IN (SELECT image_id FROM tags)
    AND l.diff_id NOT IN (SELECT diff_id FROM digest_map)
    AND k.cache_id NOT IN (SELECT directory FROM build_snapshots)
    AND k.recorded_parent IS NOT NULL
    AND k.cache_id NOT IN (
        SELECT lower_directory FROM directories WHERE lower_directory IS NOT NULL
    )
ORDER BY i.image_id
"""
"""An image with a tag, and its top layer with directory and parent, which nothing else needs."""
