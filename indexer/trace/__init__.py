"""`dockidx trace`: what any id, prefix, name or path is, and everything tied to it."""
