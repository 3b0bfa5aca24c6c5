# `make` prints what there is. Everything runs on a fresh clone.

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help

PKG       ?= ./...
FUZZTIME  ?= 60s
BENCH     ?= .
COUNT     ?= 6
TESTFLAGS ?=
CACHE     := $${XDG_CACHE_HOME:-$$HOME/.cache}/hayon-tools
SERVICES  := bin/services

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the static binary bin/hayon
	CGO_ENABLED=0 go build -trimpath -ldflags=-s -o bin/hayon ./cmd/hayon

.PHONY: test
test: check lint vuln integration-deps ## everything that must pass: the only definition of green
	go test -race -shuffle=on -timeout 17m $(TESTFLAGS) ./...
	@.ci/smoke

.PHONY: ci
ci: ## what the build machine runs
	@.ci/run

.PHONY: check
check: ## format, vet, module files and fixes, without changing anything
	@.ci/tool --build
	@.ci/tool golangci-lint fmt --diff ./... || { echo "run: make fmt" >&2; exit 1; }
	go vet ./...
	go mod tidy -diff
	@go fix -diff ./... || { echo "run: make fix" >&2; exit 1; }

.PHONY: lint
lint: ## run the linters of .golangci.yml
	.ci/tool golangci-lint run --allow-parallel-runners $(PKG)

.PHONY: vuln
vuln: ## look for known vulnerabilities
	@.ci/vuln

.PHONY: race
race: ## test with the race detector, PKG=./store/... for a part
	go test -race -shuffle=on $(TESTFLAGS) $(PKG)

.PHONY: script
script: ## run the command line's scripts
	go test -count=1 -run Script $(TESTFLAGS) ./cmd/hayon

.PHONY: integration
integration: integration-deps ## run the tests that talk to real servers
	go test -race -count=1 -timeout 15m $(TESTFLAGS) $$(git grep -l --untracked 'hayontest/servers"' -- '*_test.go' | xargs -n 1 dirname | sort -u | sed 's|^|./|')

.PHONY: integration-deps
integration-deps:
	@go run ./hayontest/servers/run -install || [ "$${CI:-}" != true ]

.PHONY: services-up
services-up: ## start a Bluesky PDS in the background and print its address and account
	@mkdir -p bin
	@if [ -e $(SERVICES).pid ] && kill -0 "$$(cat $(SERVICES).pid)" 2>/dev/null; then cat $(SERVICES).json; exit 0; fi; \
		go build -o $(SERVICES) ./hayontest/servers/run; \
		$(SERVICES) -install; \
		: >$(SERVICES).json; \
		nohup $(SERVICES) >$(SERVICES).json 2>$(SERVICES).log </dev/null & echo $$! >$(SERVICES).pid; \
		for _ in $$(seq 600); do \
			if [ -s $(SERVICES).json ]; then cat $(SERVICES).json; exit 0; fi; \
			kill -0 "$$(cat $(SERVICES).pid)" 2>/dev/null || break; \
			sleep 0.1; \
		done; \
		cat $(SERVICES).log >&2; exit 1

.PHONY: services-down
services-down: ## stop what services-up started
	@if [ -e $(SERVICES).pid ]; then \
		pid=$$(cat $(SERVICES).pid); \
		if ps -o args= -p "$$pid" | grep -qF "$(SERVICES)"; then kill "$$pid"; fi; \
		for _ in $$(seq 150); do kill -0 "$$pid" 2>/dev/null || break; sleep 0.1; done; \
		rm -f $(SERVICES).pid $(SERVICES).json $(SERVICES).log; \
	fi

.PHONY: smoke
smoke: ## build the static binary and use it once as a new user
	@.ci/smoke

.PHONY: snapshot
snapshot: ## build a release of this checkout into dist/, install its deb into a clean folder, publish nothing
	@.ci/snapshot

.PHONY: soak
soak: ## publish 50,000 targets in ten minutes while the daemon is killed ten times
	HAYON_SOAK_TARGETS=$${HAYON_SOAK_TARGETS:-50000} HAYON_SOAK_TIME=$${HAYON_SOAK_TIME:-10m} HAYON_SOAK_KILLS=$${HAYON_SOAK_KILLS:-10} \
		go test -count=1 -timeout 40m -v -run '^TestSoak$$' $(TESTFLAGS) ./cmd/hayon

.PHONY: soak-broker
soak-broker: ## publish 20,000 targets over a RabbitMQ in five minutes while it and the daemon are killed three times each
	HAYON_SOAK_TARGETS=$${HAYON_SOAK_TARGETS:-20000} HAYON_SOAK_TIME=$${HAYON_SOAK_TIME:-5m} HAYON_SOAK_KILLS=$${HAYON_SOAK_KILLS:-3} \
		HAYON_SOAK_BROKER_KILLS=$${HAYON_SOAK_BROKER_KILLS:-3} \
		go test -count=1 -timeout 40m -v -run '^TestSoakBroker$$' $(TESTFLAGS) ./cmd/hayon

.PHONY: fuzz
fuzz: ## run each fuzz test for FUZZTIME
	@git grep --untracked -oE 'func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | { found=; while IFS=: read -r file fn; do \
		echo "$$file $${fn#func }"; \
		go test -run '^$$' -fuzz "^$${fn#func }$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" || found=yes; \
	done; test -z "$$found"; }

.PHONY: bench
bench: ## measure what is promised beside its targets, ONLY=list,idle for a part, SHORT=1 to try
	@go run ./bench $(if $(ONLY),-only $(ONLY)) $(if $(SHORT),-short)

.PHONY: docs
docs: ## write docs/cli from the commands themselves
	@mkdir -p docs/cli && rm -f docs/cli/*.md
	go run ./cmd/hayon man --format markdown --out docs/cli

.PHONY: mutants
mutants: ## break delivery on purpose and show that the tests notice, ONLY=lane-ignored,no-heartbeat for a part
	@go run ./hayontest/mutants $(if $(ONLY),-only $(ONLY))

.PHONY: microbench
microbench: ## run the Go benchmarks, PKG=./text BENCH=Split for a part
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

.PHONY: bench-compare
bench-compare: ## compare the benchmarks of PKG with those of BASE (a commit)
	@test -n "$(BASE)" || { echo "run: make bench-compare BASE=main PKG=./text" >&2; exit 2; }
	@tmp=$$(mktemp -d); trap 'git worktree remove --force "$$tmp/base" 2>/dev/null; rm -rf "$$tmp"' EXIT; \
		git worktree add -q --detach "$$tmp/base" $(BASE); \
		(cd "$$tmp/base" && go test -run '^$$' -bench '$(BENCH)' -count $(COUNT) $(PKG)) >"$$tmp/old.txt"; \
		go test -run '^$$' -bench '$(BENCH)' -count $(COUNT) $(PKG) >"$$tmp/new.txt"; \
		.ci/tool benchstat "$$tmp/old.txt" "$$tmp/new.txt"

.PHONY: cover
cover: ## test with coverage, the sum at the end; bin/cover.html for details
	@mkdir -p bin
	go test -coverpkg=./... -coverprofile=bin/cover.out $(PKG)
	@go tool cover -html=bin/cover.out -o bin/cover.html
	@go tool cover -func=bin/cover.out | tail -n 1

.PHONY: fmt
fmt: ## format the code
	.ci/tool golangci-lint fmt ./...

.PHONY: fix
fix: ## apply the fixes of go fix and of the linters
	go fix ./...
	.ci/tool golangci-lint run --allow-parallel-runners --fix ./...

.PHONY: tidy
tidy: ## tidy both module files
	go mod tidy
	cd tools && go mod tidy

.PHONY: clean
clean: services-down ## delete what make built, the tools' cache too
	rm -rf bin dist
	rm -rf "$(CACHE)"
