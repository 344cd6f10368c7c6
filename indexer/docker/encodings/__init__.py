"""Decoders of what Docker, BuildKit and containerd write: bbolt, JSON, times, references."""
