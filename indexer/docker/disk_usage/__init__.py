"""Measures what trees take on the disk, as the engine and `du` do."""
