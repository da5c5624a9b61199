# Two commands: `make demo` and `make test`. `make help` lists the rest.
JOBS ?= $(shell nproc)
CTEST_ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help build demo package wheel openvino-plugin test check soak bench results format clean

help:
	@echo 'amsel: adaptive model selection. On Debian 12, two commands from a fresh checkout:'
	@echo
	@echo '  make build    installs what is missing, compiles, leaves build/release/amsel'
	@echo '  make demo     profiles a small zoo, trains a bundle, clocks it: see out/demo/'
	@echo
	@echo 'For devices:'
	@echo
	@echo '  make package  packs what a device needs: out/amsel-VERSION-ARCH.tar.gz, to be unpacked anywhere'
	@echo '  make wheel    packs the Python package: out/amsel-VERSION-py3-none-manylinux_*.whl (compiles OpenCV first, ten minutes once;'
	@echo '                WHEEL=aarch64 cross-compiles it for 64-bit Arm)'
	@echo '  make openvino-plugin  fetches OpenVINO and builds the back end for it: build/openvino/libamsel_openvino.so'
	@echo
	@echo 'For those who change it:'
	@echo
	@echo '  make test     builds all with warnings as errors and runs every test (CTEST_ARGS="-LE e2e" leaves some out)'
	@echo '  make check    format, clang-tidy, sanitizers, 10 s of each fuzz target, the archive for 64-bit Arm under qemu'
	@echo '                (CHECKS="format tidy" runs some; their logs are in .cache/check/)'
	@echo '  make soak     the long version: fuzzing for minutes, repeated sanitizer runs, memory over many images, the whole Arm suite and its decisions'
	@echo '  make bench    runs the benchmarks'
	@echo '  make results  measures the demo zoo and the families under AMSEL_DATA, writes docs/results.md (hours)'
	@echo '  make format   rewrites the sources in the project'"'"'s format'
	@echo '  make clean    removes build/, out/ and .cache/ (not .deps/, which scripts/setup.sh filled)'
	@echo
	@echo 'JOBS=N sets how many run at once (here $(JOBS)).'

# A first configuration leaves tests and benchmarks out, which `build` needs no packages for; `test` puts them in.
build:
	scripts/setup.sh build
	@if [ -f build/release/CMakeCache.txt ]; then cmake --preset release >build/release/configure.log; \
	 else cmake --preset release -DAMSEL_TESTS=OFF -DAMSEL_BENCHMARKS=OFF; fi
	cmake --build --preset release -j $(JOBS)

demo:
	scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	scripts/demo.sh

package:
	scripts/setup.sh build
	JOBS=$(JOBS) scripts/package.sh

WHEEL ?= $(shell uname -m)
wheel:
	scripts/setup.sh build
	JOBS=$(JOBS) scripts/wheel.sh $(WHEEL)
	@echo 'scripts/try_wheel.sh WHEEL installs and tests it in every CPython that is here, one for another processor under qemu'

openvino-plugin:
	scripts/setup.sh build
	scripts/fetch_openvino.sh
	cmake -S plugins/openvino -B build/openvino -DOpenVINO_DIR=$(CURDIR)/.deps/openvino/openvino/cmake
	cmake --build build/openvino -j $(JOBS)

test:
	scripts/setup.sh test
	cmake --preset ci -DAMSEL_TESTS=ON
	cmake --build --preset ci -j $(JOBS)
	ctest --test-dir build/release --output-on-failure -j $(JOBS) $(CTEST_ARGS)

check:
	scripts/setup.sh check
	JOBS=$(JOBS) scripts/check.sh $(CHECKS)

soak:
	scripts/setup.sh check
	JOBS=$(JOBS) scripts/soak.sh

bench:
	scripts/setup.sh bench
	cmake --preset release -DAMSEL_BENCHMARKS=ON
	cmake --build --preset release -j $(JOBS)
	@set -e; for program in $$(find build/release/benchmarks -maxdepth 1 -type f -executable | sort); do \
	  echo "== $$program"; $$program; done
	@echo '== benchmarks/peers/run.sh'; benchmarks/peers/run.sh

results:
	@[ -n "$(AMSEL_DATA)" ] || { echo 'make results AMSEL_DATA=FOLDER: the families to measure (docs/data.md)' >&2; exit 2; }
	scripts/setup.sh results
	@$(MAKE) --no-print-directory build
	scripts/results.sh "$(AMSEL_DATA)"

format:
	scripts/setup.sh format
	scripts/format.sh -i

clean:
	rm -rf build out .cache
