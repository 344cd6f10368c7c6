"""Readers of the containerd image store as Docker uses it, one module for each thing on disk."""
