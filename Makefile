# Every step that CI runs is a target here; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

ROOTS ?= 20000
RESOLUTION ?= lowest-direct
# What shows that every dependency does what we ask of it: commands, schema and pages.
FAST_TESTS := tests/cli tests/schema tests/web
WORKERS ?= 2

# Tests start this program hundreds of times; compiling it each time is a fifth of their work.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install lint format test versions fuzz demo serve bench docs migration schema release clean

help: ## List the targets.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## Make the virtual environment in .venv.

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --editable . --group dev
	touch $@

lint: install ## Check style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install ## Put the code into its one format.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: install ## Run the tests; what lacks a system package is skipped and says so.
	$(BIN)/pytest -n $(WORKERS) $(TESTS)

versions: ## Run the fast tests with the RESOLUTION, lowest-direct or highest, of pyproject.toml.
	$(PYTHON) -m venv --clear .versions/$(RESOLUTION)
	.versions/$(RESOLUTION)/bin/python -m pip install --quiet "uv>=0.9"
	cd .versions/$(RESOLUTION) && bin/uv pip compile --quiet --no-annotate --resolution \
		$(RESOLUTION) --all-extras --group ../../pyproject.toml:dev -o pinned.txt ../../pyproject.toml
	cd .versions/$(RESOLUTION) && bin/uv pip install --quiet --python bin/python -r pinned.txt \
		--editable ../..
	.versions/$(RESOLUTION)/bin/pytest -n $(WORKERS) $(FAST_TESTS)

fuzz: install ## Run what takes long or draws lots; sync ROOTS mutated roots (20000) from seed START.
	$(BIN)/pytest -n $(WORKERS) -m "fuzz or hypothesis" --hypothesis-profile=random
	$(BIN)/python -m tests.trust.fuzzing --roots $(ROOTS) --start $(or $(START),0)

demo: install ## Index a real Docker root that ships with the project and ask it three things.
	$(BIN)/python -m tests.demo

serve: install ## Browse the index of the demo.
	$(BIN)/dockidx serve .demo/index.db

bench: install ## Measure the speed against tar and find, side by side.
	$(BIN)/python -m tests.bench

docs: install ## Write the generated pages, the man pages and the outputs that pages show again.
	$(BIN)/python -m indexer.schema.picture > docs/schema.md
	$(BIN)/python -m indexer.check.rules_page > docs/rules.md
	$(BIN)/python -m tests.docs.help_texts
	$(BIN)/python -m tests.docs.man_pages
	$(BIN)/python -m tests.docs.outputs

migration: install ## Write the next migration: make migration MESSAGE="What it does".
	$(BIN)/python migrations/revise.py "$(MESSAGE)"

schema: install ## Write the only migration anew, as long as nothing is released.
	$(BIN)/python migrations/revise.py ""

release: install ## Build the wheel and the source archive into dist/, and try both elsewhere.
	$(BIN)/pip install --quiet build
	$(BIN)/python -m tests.packaging.release

clean: ## Remove what the targets made.
	rm -rf $(VENV) .versions .demo .bench dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
