"""Readers of `containers/`: the configs of containers and the sizes of their logs."""
