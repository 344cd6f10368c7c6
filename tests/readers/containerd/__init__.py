"""Tests of the readers of containerd's image store."""
