"""docs/cli.md has the help texts of the program as it is."""

from tests.docs.help_texts import PAGE, page_with_help


def test_the_help_texts_are_current() -> None:
    """`make docs` would change nothing."""
    text = PAGE.read_text()

    assert page_with_help(text) == text
