"""Readers of a Docker root as a whole: its layout, links, owners, and files of no other reader."""
