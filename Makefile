# `make help` lists the targets. They use .venv/; the first target that needs it creates it.
PY := .venv/bin/python
READY := .venv/.ready
COMPILE := .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
	--extra postgres --group app

# Four test processes, each with its own database: many tests wait for processes that they have started.
PYTEST := $(PY) -m pytest -n 4 --dist worksteal

FUZZ := tests/jobs_api/api/test_schemathesis.py
ALERTS := tests/jobs_api/alerts/provoking

# Each target sets its own settings. A variable from another project must not change them.
unexport DJANGO_SETTINGS_MODULE
# Where it is set, each of the hundreds of processes that the tests start compiles all modules again.
unexport PYTHONDONTWRITEBYTECODE
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo serve dashboard screenshots test browser chromium test-matrix mutations exports translations explore chaos servers schedulers fuzz alerts bench lint requirements clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

$(READY): requirements-dev.txt
	@tools/make_venv.sh

demo: $(READY) ## Show jobs that are triggered over HTTP, repeated and recovered; cleans up at the end
	@$(PY) -m tools.demo $(ARGS)

serve: $(READY) ## Run the reference project with sample data, to try it
	@$(PY) -m tools.serve $(ARGS)

dashboard: $(READY) ## Show the dashboard with a year of seeded data: a night with everything that goes wrong
	@$(PY) -m tools.seed --port 8001 $(ARGS)

screenshots: $(READY) ## Take the pictures of the dashboard for the docs, from the same data; ARGS="--only overview"
	@$(PY) -m tools.screenshots $(ARGS)

test: $(READY) ## Run all tests, on SQLite and on a PostgreSQL of their own; ARGS="-k name" selects tests
	@status=0; \
	echo "SQLite"; env -u DATABASE_URL $(PYTEST) $(ARGS) || status=1; \
	$(PY) tools/with_postgres.py $(PYTEST) $(ARGS) || status=1; \
	exit $$status

chromium: $(READY) ## Install Chromium for the browser tests, if there is none
	@$(PY) -m tools.chromium

browser: chromium ## Look at every page of the dashboard: each size, theme, language and person, with axe-core
	@BROWSER_LONG=1 $(PY) -m pytest -n 2 --dist worksteal tests/browser $(ARGS)

test-matrix: $(READY) ## Run all tests on every supported Python that is installed, with every supported Django
	@$(PY) tools/test_matrix.py $(ARGS)

mutations: $(READY) ## Break the state machine line by line, and check that the tests find it
	@$(PY) -m tools.mutations $(ARGS)

exports: $(READY) ## Write the reference project's schedules for each platform into deploy/; ARGS=--check compares
	@$(PY) -m tools.exports $(ARGS)

architecture: $(READY) ## Count files and functions and draw the rooms, into docs/architecture.md
	@$(PY) -m tools.architecture --write

translations: $(READY) ## Gather the dashboard's texts into its catalogues, name what is not translated, compile
	@$(PY) -m tools.translations $(ARGS)

explore: $(READY) ## Try every order of the statements of triggers, workers, reapers and operators
	@$(PY) -m tools.explore $(ARGS)

chaos: $(READY) ## Kill hosts, workers, the broker and the database under load; check what happened
	@$(PY) -m tools.chaos $(ARGS)

servers: $(READY) ## Try jobs_api under each server for real, gunicorn to uWSGI; ARGS="--only gevent"
	@$(PY) tools/with_postgres.py $(PY) -m tools.servers $(ARGS)

schedulers: $(READY) ## Let each scheduler trigger jobs for real, cron to Celery beat; ARGS="--only cron"
	@$(PY) tools/with_postgres.py $(PY) -m tools.schedulers $(ARGS)

fuzz: $(READY) ## Send the API many generated requests, new ones each time; FUZZ_SEED=1 FUZZ_EXAMPLES=500
	@status=0; export FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-150} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)}; \
	echo "SQLite, FUZZ_SEED=$$FUZZ_SEED"; env -u DATABASE_URL $(PY) -m pytest -n 2 $(FUZZ) $(ARGS) || status=1; \
	echo "PostgreSQL"; $(PY) tools/with_postgres.py $(PY) -m pytest -n 2 $(FUZZ) $(ARGS) || status=1; \
	exit $$status

alerts: $(READY) ## Provoke each kind of alert for real, with channels that hang, and with processes killed
	@status=0; export ALERTS_LONG=1; \
	echo "SQLite"; env -u DATABASE_URL $(PY) -m pytest -n 2 $(ALERTS) $(ARGS) || status=1; \
	$(PY) tools/with_postgres.py $(PY) -m pytest -n 2 $(ALERTS) $(ARGS) || status=1; \
	exit $$status

bench: $(READY) ## Measure jobs_api beside hand-written views
	@$(PY) -m bench $(ARGS)

lint: $(READY) ## Check style, types, import layers and migrations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	DJANGO_SETTINGS_MODULE=settings.test $(PY) manage.py makemigrations --check --dry-run

requirements: $(READY) ## Compile the requirements files from pyproject.toml; ARGS=--upgrade for newer versions
	$(COMPILE) $(ARGS) --output-file requirements.txt
	$(COMPILE) $(ARGS) --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(COMPILE) $(ARGS) --group servers --constraint requirements.txt --output-file requirements-servers.txt
	$(COMPILE) $(ARGS) --group schedulers --constraint requirements.txt --prerelease allow --output-file requirements-schedulers.txt

clean: ## Remove everything that was created here, also the sample data in var/
	rm -rf .venv .venv-matrix .venv-servers .venv-schedulers var staticfiles dist build .hypothesis .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
