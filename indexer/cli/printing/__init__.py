"""How rows and traced objects are printed: formats, tables, cells, and files."""
