"""Readers of `buildkit/`: the build cache."""
