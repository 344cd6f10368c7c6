"""Reads contents to the bottom: files of layers and bytes of blobs against their digests."""
