# Every verb sets up what it needs, on a bare Debian too: a virtual environment in .venv, and
# Chromium for the tests.
.PHONY: app test check format clean

app: ## start the page on the shipped weights; no network needed once installed
	@scripts/setup runtime
	.venv/bin/python app.py

test: check ## format, lint, types and all tests
	.venv/bin/python -m pytest -n 2 --dist loadfile --durations=15

check: ## format, lint and types alone
	@scripts/setup dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy textvae app.py

format: ## put the code in form
	@scripts/setup dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

clean: ## remove what setting up and testing made
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
