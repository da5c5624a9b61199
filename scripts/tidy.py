#!/usr/bin/env python3
"""clang-tidy over src/ and include/ but the tests: tidy.py [-j N] BUILD_DIR [FILE...]

A file is skipped when the same text, preprocessed, was clean before under the same .clang-tidy and clang-tidy: the names of
clean texts are kept in .cache/tidy, from the second run in a checkout on, since naming them costs a tenth of the time.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "tidy"
TIDY, CLANG = "clang-tidy-19", "clang++-19"
# A source, or several that are compiled as one.
OWN = re.compile(re.escape(str(ROOT)) + r"/(src/(?!.*_test\.cc$).*\.cc|.*/amsel_(?!test_)\w+\.dir/Unity/\w+\.cxx)$")


def compiler_arguments(entry):
    """The flags of one entry of compile_commands.json, without compiler, output and input."""
    words = shlex.split(entry["command"])[1:]
    output = words.index("-o")
    return [word for i, word in enumerate(words) if i not in (output, output + 1) and word not in ("-c", entry["file"])]


def fingerprint(entry, salt):
    """A name for all that clang-tidy would see of this file, comments (NOLINT) included; None if it does not preprocess."""
    command = [CLANG, *compiler_arguments(entry), "-E", "-CC", "-w", entry["file"]]
    done = subprocess.run(command, cwd=entry["directory"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return hashlib.sha256(salt + done.stdout).hexdigest() if done.returncode == 0 else None


def lint(entry, build, salt):
    """Returns (file, state, output); state is "cached", "clean" or "faulty"."""
    name = os.path.relpath(entry["file"], ROOT)
    key = fingerprint(entry, salt) if salt else None
    stamp = CACHE / (key or "none")
    if key and stamp.exists():
        stamp.touch()
        return name, "cached", ""
    done = subprocess.run([TIDY, "--quiet", "-p", build, entry["file"]], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return name, "faulty", done.stdout + done.stderr
    if key:
        stamp.touch()
    return name, "clean", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("build")
    parser.add_argument("files", nargs="*", help="only these, relative to the project")
    options = parser.parse_args()
    entries = json.loads(pathlib.Path(options.build, "compile_commands.json").read_text())
    wanted = {str(ROOT / name) for name in options.files}
    entries = [e for e in entries if OWN.match(e["file"]) and (not wanted or e["file"] in wanted)]
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    salt = version + (ROOT / ".clang-tidy").read_bytes() if CACHE.is_dir() else None
    CACHE.mkdir(parents=True, exist_ok=True)
    counts = {"cached": 0, "clean": 0, "faulty": 0}
    faults = set()  # one in a header shows in every file that includes it
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for name, state, output in pool.map(lambda entry: lint(entry, options.build, salt), entries):
            counts[state] += 1
            if state == "faulty":
                print(f"== {name}\n{output}", flush=True)
                faults.update(line for line in output.splitlines() if ": error: " in line)
    print("\n".join(line.replace(f"{ROOT}/", "") for line in sorted(faults)))
    print(f"note: {len(entries)} files, {counts['cached']} unchanged since they were clean, {counts['faulty']} faulty")
    return 1 if counts["faulty"] or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
