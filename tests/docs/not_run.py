"""The commands in README and docs that no test runs, each with the reason."""

from typing import Final

NOT_RUN: Final = {
    "make test": "runs this very test",
    "pipx install .": "changes the machine",
    'sudo env "PATH=$PATH" dockidx sync': "reads the machine's own Docker root",
    'sudo env "PATH=$PATH" dockidx sync --du': "reads the machine's own Docker root",
    'sudo env "PATH=$PATH" dockidx query images': "asks the index of the machine's own Docker root",
}
