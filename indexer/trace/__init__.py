"""`dockidx trace`: tells what an ID, prefix, name or path is, and what is related to it."""
