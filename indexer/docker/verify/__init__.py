"""Verifies contents: reads all files of layers and all blobs, and compares their digests."""
