"""The one way into a Docker root: folders, files and what a look at them shows."""
