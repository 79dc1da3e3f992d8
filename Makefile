# Two commands do everything: `make book` and `make test`. `make help` lists the rest.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
NOTEBOOKS := index.ipynb claims.ipynb chapters

# One BLAS thread and one kernel, so that two machines round alike: printed numbers are compared.
export OPENBLAS_NUM_THREADS := 1
export PYTHONHASHSEED := 0
ifeq ($(shell uname -m),x86_64)
export OPENBLAS_CORETYPE := Haswell
endif
# The date in a drawn picture, so that two builds of the same book are the same.
export SOURCE_DATE_EPOCH := 1577836800
# Jupyter's own default since its version 6; without it, a warning in each run.
export JUPYTER_PLATFORM_DIRS := 1
unexport MPLBACKEND
# Tests run on every core, up to four: each worker of the browser tests has a browser of its own.
WORKERS := -n auto --maxprocesses 4

.PHONY: help book environment site serve lab notebooks experiments claims bench frameworks test lint unit nbval browser lock clean distclean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

book: site  ## set up .venv, run the chapters, build the site
	@printf '\nThe book is ready. Open\n  file://%s/_build/html/index.html\nor run `make serve`.\n' '$(CURDIR)'

environment: .venv/complete  ## set up .venv from requirements.lock
.venv/complete: requirements.lock pyproject.toml tools/make_environment.py
	@$(PYTHON) tools/make_environment.py

site: environment
	$(BIN)/jupyter-book build . -W -n --keep-going -q

serve: site  ## build, then show the site on http://127.0.0.1:8000 (PORT=...)
	$(BIN)/python tools/serve.py _build/html $(PORT)

lab: environment  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/chapters

notebooks: environment  ## run the notebooks and write them in their committed form
	$(BIN)/python tools/normalize_notebooks.py

experiments: environment  ## run the stored experiments again; goes on where it was interrupted
	$(BIN)/python -m bnlib.experiments

claims: environment  ## measure every claim again on fresh seeds; says which verdicts moved
	$(BIN)/python -m bnlib.claims

bench: .venv-bench/complete  ## compare speed with PyTorch, which gets an environment of its own
	.venv-bench/bin/python benchmarks/compare.py
.venv-bench/complete: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet -c requirements.lock -e '.[bench]'
	@touch $@

frameworks: .venv-frameworks/complete  ## ask PyTorch, Keras, Flax and ONNX themselves whether chapter 12 is right
	.venv-frameworks/bin/python -m bnlib.experiments.export_frameworks
.venv-frameworks/complete: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv-frameworks
	.venv-frameworks/bin/pip install --quiet -c requirements.lock -e '.[frameworks]'
	@touch $@

test: lint unit nbval browser  ## everything below, in this order
	@printf '\nAll tests passed.\n'

lint: environment  ## style and mistakes: ruff
	@printf '\n== Lint: ruff check, ruff format\n'
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

unit: environment  ## unit and property tests of bnlib and the tools
	@printf '\n== Unit and property tests\n'
	$(BIN)/pytest $(WORKERS) --dist worksteal tests -m "not browser"

nbval: environment  ## run every notebook and compare what it prints
	@printf '\n== Notebooks: run again, every printed number compared\n'
	$(BIN)/pytest $(WORKERS) --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg $(NOTEBOOKS)

browser: site  ## open the built pages in a browser
	@printf '\n== Browser tests on the built site\n'
	$(BIN)/pytest $(WORKERS) --dist worksteal tests/browser -m browser

lock: environment  ## resolve requirements.txt anew (needs uv: pip install uv)
	uv pip compile --universal --python-version 3.11 --no-annotate --no-header requirements.txt -o requirements.lock

clean:  ## remove everything built and the runs kept by experiments and claims, keep .venv
	rm -rf _build .pytest_cache .ruff_cache .hypothesis
	find . -path "./.venv*" -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean  ## remove .venv too
	rm -rf .venv .venv-bench .venv-frameworks *.egg-info
