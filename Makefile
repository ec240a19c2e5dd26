# Two commands on a fresh machine: `make nightly` and `make test`. Each target sets up what it needs.
VENV ?= .venv
STATE := $(abspath $(or $(MICHISHIRUBE_HOME),var))
STAMP := $(VENV)/installed-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')
BIN := $(VENV)/bin
PYTHONS := python3.13 python3.12 python3.11 python3
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

export DAGSTER_DISABLE_TELEMETRY := 1
nightly ui lint: export MICHISHIRUBE_HOME := $(STATE)
ui lint: export DAGSTER_HOME := $(STATE)/dagster
ui lint: export VIRTUAL_ENV := $(abspath $(VENV))

.PHONY: nightly test ui lint lock

nightly: $(STAMP)
	@$(BIN)/michishirube nightly $(ARGS)

test: $(STAMP)
	$(BIN)/python -m pytest $(ARGS)

ui: $(STAMP) $(STATE)/dagster/dagster.yaml
	$(BIN)/dg dev --use-active-venv --host 127.0.0.1 --port 3000

lint: $(STAMP) $(STATE)/dagster/dagster.yaml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/dg check defs --use-active-venv

# Every version with its hashes, for Linux and macOS alike; ARGS=--upgrade takes the newest.
lock: $(STAMP)
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-strip-extras \
		--generate-hashes --no-header --quiet --output-file requirements.lock $(ARGS)

$(STATE)/dagster/dagster.yaml: pipelines/dagster.yaml
	@mkdir -p $(@D) && cp $< $@

$(STAMP):
	@python=; for candidate in $(PYTHONS); do \
		if $$candidate -c '$(SUPPORTED)' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "Python 3.11〜3.13 が要ります。 (Python 3.11 to 3.13 is needed.)" >&2; exit 1; fi; \
	echo "$(VENV) を作っています（最初の一回だけ、数分） (setting up, once) …" >&2; \
	$$python -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
