"""Shell completion for bash."""

from __future__ import annotations

import os
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    split_arg_string,
)


class _Bash(BashComplete):
    """Completion for bash that understands `:` and `=` within a word.

    bash splits the line at the characters of COMP_WORDBREAKS, among them `:` and `=`, and replaces
    only the part behind the last one. A tag such as `nginx:1.25` has such a character. So this
    class takes the words from the line itself, and gives back only that last part of a completion.
    """

    name = "bash"
    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response

    response=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")

    COMPREPLY=()
    for completion in $response; do
        IFS=',' read type value <<< "$completion"
        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=("$value")
            [[ $value == *= ]] && compopt -o nospace 2>/dev/null
        fi
    done

    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one to complete, and the beginning of that one."""
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)[1:]
        incomplete = "" if line[-1:].isspace() or not words else words.pop()
        return words, incomplete

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """One completion as the script reads it."""
        line = os.environ["COMP_LINE"]
        # Within quotes bash does not split the word and replaces all of it.
        is_quoted = line.count('"') % 2 == 1 or line.count("'") % 2 == 1
        breaks = "" if is_quoted else os.environ.get("COMP_WORDBREAKS", "")
        incomplete = self.get_completion_args()[1]
        end = max((incomplete.rfind(sign) for sign in ":=" if sign in breaks), default=-1)
        return f"{item.type},{item.value[end + 1 :]}"


add_completion_class(_Bash)
