"""The image store of containerd, from the disk to the queries."""
