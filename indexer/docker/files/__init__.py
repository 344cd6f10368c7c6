"""The only way into a Docker root: opens folders, reads files, compares fingerprints."""
