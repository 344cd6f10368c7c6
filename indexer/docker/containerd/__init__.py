"""Readers of containerd's image store, as Docker uses it: one module per thing on disk."""
