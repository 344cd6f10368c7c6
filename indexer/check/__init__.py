"""`dockidx check --deep`: reads roots anew and to the bottom, and compares."""
