"""Finds the Docker roots and the containerd root of a host from its configuration."""
