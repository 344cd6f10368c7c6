"""Parses image names: full references, and the form that Docker uses for an unnamed image.

Source: moby `daemon/containerd/image_tag.go`, `image_delete.go` and `image_list.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.image_reference import (
    MalformedReferenceError,
    Reference,
    Repository,
    parse_reference,
)
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from indexer.docker.containerd.metadata import ImageBucket

_KIND: Final = "image name"
# Only a name protects an image from garbage collection, so the engine gives an untagged image this
# one.
_DANGLING: Final = "moby-dangling@"
_OF_SNAPSHOTTER: Final = re.compile(r"[a-z][a-z-]*@(sha[0-9]+:[0-9a-f]+)")


class ImageName(NamedTuple):
    """An image name in containerd. `engine_image_id` is its target, the ID of the image.

    `repository`, `tag` and `digest` are None if the name is not a full reference. `is_dangling`
    marks the name `moby-dangling@<digest>`; Docker lists such an image as `<none>`.
    """

    name: str
    engine_image_id: str
    repository: Repository | None
    tag: str | None
    digest: str | None
    is_dangling: bool


def image_name(named: ImageBucket) -> ImageName:
    """Parse the name in `named`; a name that is not a full reference has no parts."""
    if named.name.startswith(_DANGLING):
        return ImageName(named.name, named.target, None, None, None, is_dangling=True)
    reference = _full_reference(named.name)
    if reference is None:
        return ImageName(named.name, named.target, None, None, None, is_dangling=False)
    repository, tag, digest = reference
    return ImageName(named.name, named.target, repository, tag, digest, is_dangling=False)


def name_findings(names: Iterable[ImageName], path: str) -> Iterator[Finding]:
    """Findings (K10, K12) on `names`, which come from the database at `path`."""
    names = tuple(names)
    named = {name.engine_image_id for name in names if not name.is_dangling}
    for name in names:
        if name.is_dangling:
            yield from _of_dangling(name, named, path)
        elif name.repository is None and not _is_special(name.name):
            message = (
                f"{path} has the image name {name.name!r}, which is not a full reference; Docker "
                "shows the image without a name and cannot remove this one."
            )
            yield Finding("K12", _KIND, name.name, path, message)


def _full_reference(name: str) -> Reference | None:
    try:
        reference = parse_reference(name)
    except MalformedReferenceError:
        return None
    if reference.tag is None and reference.digest is None:
        return None
    full = reference.repository.canonical
    if reference.tag is not None:
        full += f":{reference.tag}"
    if reference.digest is not None:
        full += f"@{reference.digest}"
    return reference if full == name else None


def _is_special(name: str) -> bool:
    """Whether `name` has the form `<snapshotter>@<digest>` of unnamed images of Docker 23."""
    match = _OF_SNAPSHOTTER.fullmatch(name)
    return match is not None and is_digest(match[1])


def _of_dangling(name: ImageName, named: set[str], path: str) -> Iterator[Finding]:
    digest = name.name.removeprefix(_DANGLING)
    if digest != name.engine_image_id:
        reason = f"means {name.engine_image_id} and not the image in its name"
    elif digest in named:
        reason = "marks an image as unnamed, although the image has a name"
    else:
        return
    message = f"{path} has the image name {name.name!r}, which {reason}; Docker may list it twice."
    yield Finding("K10", _KIND, name.name, path, message)
