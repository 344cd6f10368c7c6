"""Tests of the readers of `buildkit/`."""
