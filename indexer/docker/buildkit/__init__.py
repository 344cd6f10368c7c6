"""Readers of `buildkit/`, the build cache, one module for each database."""
