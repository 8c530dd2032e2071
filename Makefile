# The only commands to know. Each says what is missing on this machine, and how to get it.

.PHONY: help run test lint api bench web package
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## Build, fill a database with demo data and serve it on http://127.0.0.1:8080
	@scripts/run.sh

test: ## Everything: formatting, lints, the page, documentation examples, all tests
	@scripts/test.sh

lint: ## Formatting and lints alone
	@scripts/lint.sh

api: ## The API document against the program on both engines: lint, generated client, schemathesis
	@scripts/api.sh

bench: ## Measure against the limit and the peers; writes docs/performance.md
	@scripts/need.sh python3 cargo
	@python3 bench/run.py

web: ## Build the admin page, which the next build of the program embeds
	@scripts/web.sh

package: ## An optimised program, and from it a Debian package in target/package
	@scripts/package.sh
