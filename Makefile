# The project's commands. `make run` and `make test` set up all they need by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := out
# The versions that were tested, so that a fresh machine gets those.
CONSTRAINTS := tests/constraints.txt

.PHONY: run test check bench soak constraints clean chromium

run: $(VENV)/.installed ## One lab day under rule, planner and oracle, with a picture to look at.
	@mkdir -p $(OUT)
	$(BIN)/twin compare scenarios/lab_day.yaml --store $(OUT)/runs.sqlite --plot $(OUT)/lab_day.html
	@echo "Open $(OUT)/lab_day.html in a browser."

check: $(VENV)/.installed-test ## Format, lint, types, arrows and the quick tests.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m "not slow"

test: $(VENV)/.installed-test chromium ## All of it.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto

bench: $(VENV)/.installed-bench ## The long measurements, as ratios in one run.
	$(BIN)/python -m tests.bench

soak: $(VENV)/.installed-test ## 10,000 ticks on virtual boards to which random things happen.
	PYTHONPATH=tests/hardware/host $(BIN)/python -m soaking 10000 $${SEED:-1}

constraints: ## Write down the newest versions that setup.cfg allows; `make test` then tells whether they do.
	rm -rf $(OUT)/newest
	$(PYTHON) -m venv $(OUT)/newest
	$(OUT)/newest/bin/pip install --quiet --editable '.[test]'
	$(OUT)/newest/bin/pip freeze --exclude-editable > $(CONSTRAINTS)

clean:
	rm -rf $(VENV) $(OUT) build *.egg-info

# pip's own isolation needs ensurepip; on a bare Debian that is the package python3-venv.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "installing python3-venv"; apt-get update -qq && apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint $(CONSTRAINTS) --editable .
	@touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint $(CONSTRAINTS) --editable '.[test]'
	@touch $@ $(VENV)/.installed

# The pages are tested in Debian's browser; without one (and without the right to install it) those tests are skipped.
chromium:
	@command -v chromium chromedriver >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing chromium" \
	  && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-driver; } \
	  || echo "no chromium: the tests of the pages are skipped"

$(VENV)/.installed-bench: setup.cfg pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint $(CONSTRAINTS) --editable '.[bench]'
	@touch $@
