"""`make release` refuses a tag that does not fit what it builds."""

from tests.packaging.release import refusal

CHANGELOG = "# Changelog\n\n## 1.2.0 (2026-12-01)\n\n### Added\n"


def test_a_tag_of_the_version_is_a_release() -> None:
    """Tag, VERSION and changelog agree; other tags on the commit do not matter."""
    assert refusal("1.2.0", ["v1.2.0", "reviewed"], CHANGELOG) is None


def test_a_commit_without_a_tag_can_be_built() -> None:
    """So that a clone without tags can be."""
    assert refusal("1.3.0", [], CHANGELOG) is None


def test_another_tag_than_the_version_is_refused() -> None:
    """The sentence names both."""
    reason = refusal("1.2.0", ["v1.3.0"], CHANGELOG)

    assert reason is not None
    assert "v1.3.0" in reason
    assert "1.2.0" in reason


def test_a_release_without_a_section_in_the_changelog_is_refused() -> None:
    """The sentence says what to do."""
    reason = refusal("1.3.0", ["v1.3.0"], CHANGELOG)

    assert reason is not None
    assert "CHANGELOG.md" in reason
