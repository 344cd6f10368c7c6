"""A Docker root as a whole: its layout, its engine, and who may change it."""
