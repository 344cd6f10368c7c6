"""Readers of `image/<driver>`: names, configs, layers and read-write layers of a graph driver."""
