"""The command line in this process."""

from click.testing import CliRunner, Result

from indexer.cli import main


def dockidx(*words: object) -> Result:
    """Run `dockidx` with `words` and give what it printed and its exit code."""
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="dockidx")


def dockidx_done(*words: object) -> Result:
    """Run `dockidx` with `words`, which has to succeed."""
    result = dockidx(*words)
    assert result.exit_code == 0, result.stderr
    return result
