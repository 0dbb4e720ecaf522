# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Each makes the environment it needs, in .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip --quiet --disable-pip-version-check install
# Tests run in so many processes: more would be a little faster on two cores, and make limits of wall time
# matter. Each has one thread: threads of BLAS that wait for busy cores burn them. What is started many times
# over is compiled once, whatever the environment says of bytecode.
WORKERS ?= 2
TESTED  := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/pytest
ASSIGNMENTS := $(patsubst assignments/%/assignment.py,%,$(wildcard assignments/*/assignment.py))
LECTURES := $(patsubst benchmarks/lectures/%.py,%,$(filter-out %/common.py,$(wildcard benchmarks/lectures/*.py)))
BENCHMARKS := $(patsubst benchmarks/%.py,%,$(wildcard benchmarks/[a-z]*.py))

.PHONY: demo test attacks lint validate bench lectures clean $(addprefix bench-,$(BENCHMARKS)) $(addprefix lecture-,$(LECTURES))

demo: $(VENV)/.core  ## grade the example class and say where the report is
	$(BIN)/assay demo

test: lint  ## lint, types, layers, then every test: whole files side by side, then those that must be alone
	$(TESTED) --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not alone"
	$(TESTED) -m alone $$(grep -rl --include='test_*.py' pytest.mark.alone tests)

LEVEL ?= full
attacks: $(VENV)/.dev  ## every probe of docs/security.md, by every kind of user, at every level or at LEVEL
	ASSAY_ATTACKS=$(LEVEL) $(BIN)/pytest tests/attacks/test_attacks.py

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

validate: $(VENV)/.dev  ## prove every bundled assignment, then the tests of suites/ against mutants of it
	@for assignment in $(ASSIGNMENTS); do $(BIN)/assay validate $$assignment || exit; done
	$(BIN)/python -m assay.proving.suites --mutants 400

bench: $(addprefix bench-,$(BENCHMARKS))  ## every benchmark, side by side with its peer

bench-%: $(VENV)/.dev
	$(BIN)/python -m benchmarks.$*

lectures: $(addprefix lecture-,$(LECTURES))  ## the lectures' results again, at a size that runs here

lecture-%: $(VENV)/.dev
	$(BIN)/python -m benchmarks.lectures.$*

$(VENV)/.core: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Assay needs Python 3.11 or newer: run make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(PIP) --editable '.[dev,torch,docker,parquet]'
	touch $@

clean:
	rm -rf $(VENV) demo-run dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
