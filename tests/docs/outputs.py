"""`make docs`: run every command of the pages and write what they print into them."""

from tests.docs import PAGES
from tests.docs.blocks import examples, with_outputs
from tests.docs.sandbox import Sandbox


def page_with_outputs(text: str) -> str:
    """The page `text` with the output of today wherever it shows one. Raises `ExampleError`."""
    with Sandbox() as sandbox:
        printed = [(example, sandbox.run(example)) for example in examples(text)]
    return with_outputs(text, [(example, out) for example, out in printed if out is not None])


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(page_with_outputs(page.read_text()))
