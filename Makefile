# Each target first installs what it needs, even on a bare Debian: a virtual environment in .venv
# and, for the tests, Chromium. With LOCKED=1, as in CI, packages are installed from the lock files,
# which have the sha256 of each.
.PHONY: app test check format lock audit clean

app: ## start the page on the shipped weights; needs no network once installed
	@scripts/setup runtime
	.venv/bin/python app.py

test: check ## check format, lint and types, and run all tests
	.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=15

check: ## check format, lint and types
	@scripts/setup dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy textvae app.py

format: ## format the code and fix what the linter can
	@scripts/setup dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock: ## regenerate the lock files and the bill of materials; needs the package index
	@scripts/lock

audit: ## look the locked packages up in a database of advisories, where one can be reached
	@scripts/audit

clean: ## remove what installing, building and testing created
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info
