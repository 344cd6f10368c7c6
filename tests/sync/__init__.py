"""Tests of syncs: Docker roots in, rows of an index out."""
