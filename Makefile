# Two commands for a newcomer: make demo, make test. Both set themselves up; python3 is the only thing needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Without compiled bytecode every process of the chain would import for half a minute.
unexport PYTHONDONTWRITEBYTECODE
export TF_CPP_MIN_LOG_LEVEL ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test a-l m-z test-all lint ui constraints clean

demo: $(READY)
	$(BIN)/mirliton demo

# Two halves by the names of the files, side by side: most tests keep one core busy.
test: lint
	$(MAKE) --no-print-directory --jobs=2 a-l m-z

a-l m-z:
	$(BIN)/python -m pytest tests/test_[$@]*.py

test-all: lint
	$(BIN)/python -m pytest -m "slow or not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

ui: $(READY)
	$(BIN)/mirliton ui

$(READY): setup.py constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] < (3, 14) and "mirliton needs Python 3.11 to 3.13, this is %d.%d; try: make PYTHON=python3.12 ..." % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[pipeline,dev]"
	touch $(READY)

# The pinned set, for all supported versions of Python at once.
constraints:
	$(PYTHON) -m pip install --quiet uv
	$(PYTHON) -m uv pip compile --universal --fork-strategy fewest --python-version 3.11 --no-annotate --no-header \
		--extra pipeline --extra dev --extra jax --extra onnx setup.py --output-file constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info
