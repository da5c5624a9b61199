#!/usr/bin/env python3
"""Compares what a bundle answered here with what it answered on another processor.

Usage: arm64_decisions.py NAME TOLERANCE HERE ARM64, the latter two as `amsel run --json --explain` prints them.
Answers are the same when class and candidates are, and the probabilities lie within TOLERANCE. Another class is excused, and
counted, where both probabilities lie so near that the two classes tie; another path, where the confidence at which the two part
lies within TOLERANCE of what the policy compared it with. Exits with 1 when anything else differs.
"""
import json
import sys


def parting(here, arm):
    """How far from its threshold the confidence was at the first decision that came out otherwise; None where none was compared."""
    for a, b in zip(here["steps"], arm["steps"]):
        if (a["decision"], a["candidate"]) == (b["decision"], b["candidate"]):
            continue
        figures = [step["confidence"] for step in (a, b)]
        if None in figures:
            return None
        thresholds = [note["figure"] for note in a["notes"] if note["subject"].startswith("runs where the ")]
        return min((abs(figure - limit) for limit in thresholds for figure in figures), default=None)
    return None


def judge(here, arm, tolerance):
    """'same', 'tie' or 'other'."""
    if here["candidates"] != arm["candidates"]:
        apart = parting(here, arm)
        return "tie" if apart is not None and apart <= tolerance else "other"
    if abs(here["probability"] - arm["probability"]) > tolerance:
        return "other"
    return "same" if here["class"] == arm["class"] else "tie"


def main():
    name, tolerance = sys.argv[1], float(sys.argv[2])
    here, arm = ([json.loads(line) for line in open(file, encoding="utf-8")] for file in sys.argv[3:5])
    if len(here) != len(arm) or not here:
        sys.exit(f"{name}: {len(here)} answers here, {len(arm)} on Arm")
    verdicts = [judge(a, b, tolerance) for a, b in zip(here, arm)]
    apart = max((abs(a["probability"] - b["probability"]) for a, b, v in zip(here, arm, verdicts) if v == "same"), default=0)
    print(f"note: {name}: {len(here)} images, {verdicts.count('same')} the same within {apart:.1e}, {verdicts.count('tie')} ties")
    for a, b, verdict in zip(here, arm, verdicts):
        if verdict != "same":
            print(f"  {verdict}: {a['path']}: here {a['class']} at {a['probability']:.5f} by {a['candidates']}, "
                  f"on Arm {b['class']} at {b['probability']:.5f} by {b['candidates']}")
    sys.exit(1 if "other" in verdicts else 0)


if __name__ == "__main__":
    main()
