"""`python -m indexer` is `dockidx`."""

from indexer.interruption import run

if __name__ == "__main__":
    run()
