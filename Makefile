# Laurel: `make help` lists what there is.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
LAUREL := $(PYTHON) -m deploy.cli
# What tests/ and the linters look at.
SOURCES := contracts services deploy tests

# `make test STACK=containers`: the system tests that any stack passes, on the containers, and theirs.
ON_CONTAINERS := tests/containers tests/system/test_main_job.py tests/system/test_families.py \
	tests/system/test_print_pack.py tests/system/test_help_article.py

export SEED ONCE STACK

.PHONY: help setup demo up containers test bench drills lint audit sbom licences lock clean

help: ## this list
	@echo "Laurel: certificates for class-based schools"
	@echo
	@sed -n 's/^\([a-z]*\): .*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo "State lies in LAUREL_HOME (default .laurel/)."

setup: ## the Python environment in .venv/, the browser, the fonts
	@sh deploy/setup.sh

demo: setup ## start a demo school, do the main job on it, show where to look (ONCE=1: and stop)
	@echo "laurel: the demo, in $${LAUREL_HOME:-.laurel}"
	@$(LAUREL) demo

up: setup ## the same stack without the walk (SEED=none: an empty school)
	@echo "laurel: the stack, in $${LAUREL_HOME:-.laurel}"
	@$(LAUREL) up

containers: setup ## the same in Docker: builds an image for each service, starts deploy/compose.yaml (ACTION=down: stops it)
	@$(PYTHON) -m deploy.containers $(or $(ACTION),up)

ifeq ($(STACK),containers)
test: setup lint
	@$(PYTHON) -m pytest -m "heavy or not heavy" $(ON_CONTAINERS)
else
test: setup lint ## all is set up, linted, audited and tested (STACK=containers: the system tests, on the containers)
	@echo "test: known vulnerabilities"
	@sh deploy/tools.sh
	@$(PYTHON) -m deploy.audit --where-reachable
	@$(PYTHON) -m pytest
	@echo "test: the heavy ones"
	@$(PYTHON) -m pytest -m heavy
endif

bench: setup ## how fast marks become certificates, against plain loops in the same run (OUT=file.json)
	@$(PYTHON) -m tests.bench $(if $(OUT),--out $(OUT))

drills: setup ## break everything that can break while certificates are issued, and count (OUT=file.json SEED=n)
	@$(PYTHON) -m tests.drills $(if $(OUT),--out $(OUT)) $(if $(filter-out demo none,$(SEED)),--seed $(SEED))

lint: setup ## ruff, mypy, and which part may import which
	@echo "lint: ruff"
	@$(PYTHON) -m ruff check --quiet $(SOURCES)
	@$(PYTHON) -m ruff format --check --quiet $(SOURCES)
	@echo "lint: mypy"
	@$(PYTHON) -m mypy --no-error-summary $(SOURCES)
	@echo "lint: imports"
	@.venv/bin/lint-imports --no-logo

audit: setup ## every locked package held against the known vulnerabilities
	@sh deploy/tools.sh
	@$(PYTHON) -m deploy.audit

sbom: setup ## build/sbom.json: a CycloneDX bill of all that is locked
	@sh deploy/tools.sh
	@$(PYTHON) -m deploy.sbom

licences: setup ## docs/licences.md anew, from what the locked packages say
	@$(PYTHON) -m deploy.licences

lock: ## requirements.lock and deploy/tools.lock anew from pyproject.toml
	@sh deploy/lock.sh

clean: ## forget .venv/ and the caches (the state in .laurel/ stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
