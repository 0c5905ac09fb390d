# Everything a newcomer types. `make help` lists it.

# The one set of flags that every build here uses: another set would build everything anew.
SWIFT_FLAGS := --explicit-target-dependency-import-check error

# Of `make run` and `make demo`. Debug, because it shares its build with `make test`; `make bench` measures release builds.
CONFIGURATION ?= debug

# Of `make faults`. Without a seed it takes a random one, without a database or a kind of fault each of them.
MINUTES ?= 5
STORE ?= local

SWIFT_SOURCES := Package.swift Sources Tests Examples

.DEFAULT_GOAL := help
.PHONY: help deps deps-bench run demo test test-clients test-tsan faults bench format lint docs clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

deps: ## install what building and testing need: Debian packages, and Python's below .build
	@scripts/install-packages.sh scripts/packages.txt
	@scripts/install-python-packages.sh scripts/python-packages.txt .build/python

deps-bench: deps
	@scripts/install-packages.sh scripts/packages-bench.txt

run: deps ## build, serve ./pulp-data, mirror the example repository; Ctrl-C stops it
	@scripts/build-programs.sh $(CONFIGURATION) $(SWIFT_FLAGS)
	@scripts/run.sh .build/$(CONFIGURATION)

demo: deps ## the same once, in a temporary folder, every byte checked
	@scripts/build-programs.sh $(CONFIGURATION) $(SWIFT_FLAGS)
	@scripts/demo.sh .build/$(CONFIGURATION)

test: deps ## build and run every test but those of the clients, on SQLite and on PostgreSQL
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip 'ClientTests|PulpFaultTests|PulpServerTests|ImmediateTests|WorkerStopTests'
	swift test $(SWIFT_FLAGS) --skip ClientTests --filter PulpServerTests
	swift test $(SWIFT_FLAGS) --skip WorkerStopTests --filter PulpFaultTests
	swift test $(SWIFT_FLAGS) --filter 'ImmediateTests|WorkerStopTests'
	@scripts/demo.sh .build/debug

test-clients: deps ## let pulp-cli, the published bindings and Schemathesis drive pulpd; alone, as they keep every core busy
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --filter ClientTests

test-tsan: deps ## build anew with Thread Sanitizer, and run the tests of what threads share; fails on a data race
	@scripts/test-tsan.sh $(SWIFT_FLAGS)

faults: deps ## kill, stop and lie to pulpd for MINUTES (SEED=, DATABASE=sqlite|postgresql, STORE=local|s3, KIND=)
	swift build $(SWIFT_FLAGS) --product pulp-faults
	@.build/debug/pulp-faults --minutes $(MINUTES) --store $(STORE) $(if $(SEED),--seed $(SEED)) \
		$(if $(DATABASE),--database $(DATABASE)) $(if $(KIND),--kind $(KIND))

bench: deps-bench ## measure release builds against nginx, sha256sum and cp; print a table
	@scripts/build-programs.sh release $(SWIFT_FLAGS)
	@python3 Benchmarks/macro --programs .build/release $(BENCH)

format: ## rewrite the sources as .swift-format says
	swift format format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint: ## name what .swift-format would have otherwise
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)

docs: deps ## build the documentation of PulpCore into .build/docs
	@swift build $(SWIFT_FLAGS) --target PulpCore
	@scripts/build-docs.sh .build/debug .build/docs

clean: ## remove what was built; ./pulp-data stays
	swift package clean
	rm -rf .build/docs .build/tsan
