"""Readers of `image/<driver>`, the image store that an engine keeps with one graph driver."""
