"""The integrity rules: what has to hold on a disk, what breaks otherwise, and what to do then.

Readers report violations that one file or folder shows. Statements over the index, in
`indexer/integrity/sql`, report those that only several tables together show.
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
"""All rules, by the heading of their part of the page."""

RULES: Final = MappingProxyType({rule.id: rule for group in GROUPS.values() for rule in group})
"""All rules by their id."""
