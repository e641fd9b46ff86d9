# Two commands for a newcomer: make demo, make test. Both set themselves up; python3 is the only thing needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIPELINE := $(VENV)/.pipeline
READY := $(VENV)/.ready

# Without compiled bytecode every process of the chain would import for half a minute.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-all benchmarks mutation gpu-training lint ui constraints clean

demo: $(PIPELINE)
	$(BIN)/mirliton demo

# A process per core, each with whole files: what the tests of a file share is made once. Their order is tests/file_order.py's.
test: lint
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --durations=10

# One after the other: they kill processes at points that they wait for.
test-all: test
	$(BIN)/python -m pytest -m slow --durations=10

# Speed, memory and growth beside peers and goals, some 20 minutes; BENCHMARKS="growth start_up" runs only these.
benchmarks: $(READY)
	$(BIN)/python -m benchmarks $(BENCHMARKS)

# How many small faults the fast tests notice; what is finished is kept in build/, so that an interrupted run goes on.
mutation: $(READY)
	$(BIN)/python -m experiments.mutation --out build/mutation.md

# Data and training of RUN on whatever GPU there is, within MINUTES (0: no limit); the same command goes on. CORPORA is
# needed once. TensorFlow is not: JAX=jax where there is no GPU, GPU_PYTHON=python3 where the libraries are installed.
RUN := gpu
MINUTES := 0
HOMES := $(HOME)/long-runs
JAX := jax[cuda13]
GPU_VENV := .venv-gpu
GPU_PYTHON := $(GPU_VENV)/bin/python

gpu-training: $(if $(filter $(GPU_VENV)/%,$(GPU_PYTHON)),$(GPU_VENV)/.ready)
	$(GPU_PYTHON) -m experiments.long_runs --homes $(HOMES) train $(RUN) --minutes $(MINUTES) \
		$(if $(CORPORA),--corpora $(CORPORA)) $(LONG_RUN_OPTIONS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

ui: $(PIPELINE)
	$(BIN)/mirliton ui

# Bytecode is made where it is first imported: to compile all of every library takes as long as to install it.
define install
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] < (3, 14) and "mirliton needs Python 3.11 to 3.13, this is %d.%d; try: make PYTHON=python3.12 ..." % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --no-compile --constraint constraints.txt --editable ".[$(EXTRAS)]" $(MORE)
endef

# What a demo needs; linters, the test runner and mirdata with its clouds come with the tests.
$(PIPELINE): EXTRAS := pipeline
$(PIPELINE): setup.py constraints.txt
	$(install)
	touch $(PIPELINE)

$(READY): EXTRAS := pipeline,dev
$(READY): setup.py constraints.txt
	$(install)
	touch $(PIPELINE) $(READY)

$(GPU_VENV)/.ready: VENV := $(GPU_VENV)
$(GPU_VENV)/.ready: EXTRAS := training
$(GPU_VENV)/.ready: MORE := "$(JAX)"
$(GPU_VENV)/.ready: setup.py constraints.txt
	$(install)
	touch $@

# The pinned set, for all supported versions of Python at once.
constraints:
	$(PYTHON) -m pip install --quiet uv
	$(PYTHON) -m uv pip compile --universal --fork-strategy fewest --python-version 3.11 --no-annotate --no-header \
		--extra pipeline --extra dev --extra jax --extra onnx --extra s3 --extra torch setup.py --output-file constraints.txt

clean:
	rm -rf $(VENV) $(GPU_VENV) build *.egg-info
