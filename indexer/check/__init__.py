"""`dockidx check`: shows problems, reads whole roots for `--deep`, and explains rules."""
