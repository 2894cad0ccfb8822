# `make` alone lists the commands. The work itself stands in tools/ and in the `cii` command.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
CII := .venv/bin/cii

.PHONY: help run migrate reset-demo test check format bench soak migration lock vendor venv venv-test clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: venv ## Start CII with its demo canton; PORT=8123 make run chooses the port
	@CII_DEMO=$${CII_DEMO-1} exec $(CII) run

migrate: venv ## Bring the database to the present state of the tables
	@CII_DEMO=$${CII_DEMO-1} exec $(CII) migrate

reset-demo: venv ## Throw the demo canton away and start again from the beginning
	@exec $(CII) demo reset

test: check ## Run every check and every test, as CI does
	@tools/test.sh

check: venv-test ## Quick: style, types, who may import whom
	@tools/check.sh

format: venv-test ## Format the Python files
	@.venv/bin/ruff check --quiet --fix-only . && .venv/bin/ruff format --quiet .

bench: venv ## Measure the list and the case page beside the raw limit
	@exec .venv/bin/python -m bench

soak: venv-test ## The long run: ten thousand mails, five hundred senders killed, on both databases
	@exec .venv/bin/python -m tests.delivery.soak

migration: venv-test ## Write the next migration from the models; NAME="a case has a colour"
	@PYTHONPATH=. .venv/bin/python tools/migration.py "$(NAME)"

lock: venv ## Take the latest versions of all packages into the locks
	@tools/lock.sh

vendor: ## Rebuild static/vendor (the only command that needs Node)
	@tools/vendor.sh

clean: ## Remove what can be made again; the data in var/ stays
	@rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@tools/venv.sh

venv-test:
	@tools/venv.sh test
