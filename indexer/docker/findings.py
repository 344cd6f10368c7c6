"""What a reader reports beside its records: a rule that does not hold, and where."""

from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Severity = Literal["fatal", "error", "warning", "info"]

RULES: Final = MappingProxyType[str, Severity](
    {
        "U1": "warning",  # access denied: this part of the root is not indexed
        "U2": "error",  # the file system failed to read it, or it is far too large
        "U3": "info",  # what is kept outside the root cannot be indexed
        "S1": "error",  # a symlink or special file stands where a regular file belongs
        "T1": "info",  # a left-over temporary
        "R1": "fatal",  # repositories.json is one JSON object
        "R2": "warning",  # repositories.json exists where there are images
        "R3": "warning",  # every key parses as a reference
        "R4": "warning",  # the reference belongs under its repository
        "R5": "error",  # every value is an image ID
        "R6": "error",  # every value names a loadable image
        "I1": "warning",  # an image's file name is 64 lower-case hex
        "I2": "error",  # the SHA-256 of a config is its name
        "I3": "error",  # a config is a JSON object with a rootfs
        "I4": "error",  # every layer of an image exists
        "I5": "error",  # every diff ID is a digest
        "I6": "warning",  # history and layers have the same length
        "I8": "error",  # created is RFC 3339
        "I10": "warning",  # metadata belongs to an image
        "I11": "warning",  # parent is the digest of an image
        "I14": "error",  # lastUpdated is RFC 3339
        "L1": "warning",  # a layer's directory name is 64 lower-case hex
        "L2": "error",  # diff, size and cache-id are there and valid
        "L3": "error",  # the directory name is the chain ID
        "L4": "error",  # parent is the chain ID of a layer that is there
        "L7": "error",  # cache-id is one safe path component
        "L12": "warning",  # a removal that was not finished
        "L13": "warning",  # a crashed write in layerdb/tmp
        "M1": "error",  # a mount has a valid mount-id
        "M4": "error",  # a mount's parent is a chain ID
        "D1": "warning",  # distribution files hold digests
        "C1": "error",  # a container's files decode and carry its ID
        "C3": "warning",  # a container's image exists
        "C4": "error",  # a container's driver has a store here
        "C9": "warning",  # hostconfig.json is there
        "V1": "fatal",  # volumes/metadata.db opens
        "V2": "fatal",  # every opts.json decodes
        "G2": "warning",  # what a graph driver notes about a directory is there and valid
        "G3": "warning",  # a short link has 26 characters, and l/ holds symbolic links
        "G4": "warning",  # what a directory has below it is noted in a valid form
        "B1": "fatal",  # BuildKit's databases open and can be walked
        "B2": "warning",  # a snapshot of BuildKit's names a directory
        "B3": "warning",  # a committed snapshot and its directory know of each other
        "B4": "warning",  # the chain ID of a snapshot is a digest
        "B6": "warning",  # the parents of a cache record exist and are no circle
        "B7": "warning",  # the values of a cache record decode
        "K1": "fatal",  # containerd's databases open and can be walked
        "K2": "error",  # the target of an image name is there
        "K3": "error",  # the digest and size of a blob are those it is known by
        "K4": "warning",  # an image manifest has its config, and its layers or their snapshot
        "K6": "error",  # a snapshot is known to its snapshotter and has its directory
        "K8": "error",  # the parents of a snapshot exist, are committed and are no circle
        "K10": "info",  # a dangling image name names the image in it, which has no other
        "K12": "warning",  # an image name is a full reference
    }
)
"""Rule id to severity (docker-root integrity rules; U1 and U2 are about reading itself)."""


class Finding(NamedTuple):
    """One rule that does not hold.

    `rule` is a key of `RULES`; `path` is relative to the Docker root; `object_id` is None where the
    object cannot be named; `message` is a sentence that says what is wrong and what it breaks.
    """

    rule: str
    object_kind: str
    object_id: str | None
    path: str
    message: str
