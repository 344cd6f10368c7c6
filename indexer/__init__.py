"""dockidx: Docker's storage on disk as an SQL index."""
