"""How Docker, BuildKit and containerd write values: bbolt, JSON, times, digests, references."""
