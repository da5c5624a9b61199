#!/usr/bin/env python3
"""demo_summary.py RESULTS: what a clocked bundle is worth, in one sentence from the headline of its results.json."""
import json
import sys

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def accuracy(gain, interval):
    """A difference is claimed only where its interval leaves zero out."""
    low, high = interval or (float("-inf"), float("inf"))
    if low > 0:
        return f"{gain:.1f} points more accurate than"
    return f"{-gain:.1f} points less accurate than" if high < 0 else "as accurate as"


def speed(ratio, interval):
    low, high = interval or (0, float("inf"))
    return "as fast" if low <= 1 <= high else f"{ratio:.1f} times as fast"


def sentence(results):
    headline, rows = results["headline"], {row["name"]: row for row in results["rows"]}
    singles = sum(row["kind"] == "single" for row in results["rows"])
    best = results["single_best"]
    if singles < 2:
        return f"The bundle is the single best, {best}, alone: nothing that was learned is surely as accurate in less time."
    count = NUMBERS[singles] if singles < len(NUMBERS) else str(singles)
    return (f"On {results['images']:,} images that it never saw, {headline['policy']} is "
            f"{accuracy(headline['accuracy_gain_pp'], headline['accuracy_gain_ci95_pp'])} the best of {count} DNNs "
            f"({100 * rows[headline['policy']]['top1']:.1f} % right, {best} {100 * rows[best]['top1']:.1f} %), "
            f"{speed(headline['speedup'], headline['speedup_ci95'])}.")


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(sentence(json.load(file)))
