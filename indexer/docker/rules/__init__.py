"""The integrity rules: what has to hold on a disk, and what breaks where it does not.

Readers report violations that one file or folder shows, statements over the index (in
`indexer/integrity/sql`) those that take several tables.
"""

from types import MappingProxyType
from typing import Final

from indexer.docker.rules.buildkit import BUILDKIT
from indexer.docker.rules.containerd import CONTAINERD
from indexer.docker.rules.containers import CONTAINERS
from indexer.docker.rules.distribution import DISTRIBUTION
from indexer.docker.rules.drivers import DRIVERS
from indexer.docker.rules.general import GENERAL
from indexer.docker.rules.images import IMAGES
from indexer.docker.rules.layers import LAYERS
from indexer.docker.rules.mounts import MOUNTS
from indexer.docker.rules.references import REFERENCES
from indexer.docker.rules.rule import How, Rule, Severity
from indexer.docker.rules.volumes import VOLUMES

__all__ = ["GROUPS", "RULES", "How", "Rule", "Severity"]

GROUPS: Final = MappingProxyType(
    {
        "References": REFERENCES,
        "Images": IMAGES,
        "Layers": LAYERS,
        "Mounts": MOUNTS,
        "Distribution": DISTRIBUTION,
        "Graph drivers": DRIVERS,
        "BuildKit": BUILDKIT,
        "Containers": CONTAINERS,
        "Volumes and networks": VOLUMES,
        "containerd store": CONTAINERD,
        "General": GENERAL,
    }
)
"""All rules by the heading that they stand under."""

RULES: Final = MappingProxyType({rule.id: rule for group in GROUPS.values() for rule in group})
"""All rules by their id."""
