"""The index: where its file is, how it is opened, and how its schema is upgraded."""
