"""Records into rows: one module for each family of tables."""
