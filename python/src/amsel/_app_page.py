"""What the page of ``amsel app`` is made of: HTML of answers, and its style. Colours are those of Gradio's theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from .answer import Answer
from .points import OperatingPoint

CSS = """
.gradio-container { max-width: 1500px !important; margin: 0 auto !important; }
#amsel-picture .upload-container, #amsel-picture img { width: 100%; }
#amsel-picture img { height: 100%; object-fit: contain; }
#amsel-picture .or, #amsel-picture .source-selection .icon:not(.selected, :hover, :focus) { color: var(--quiet); }
.amsel, #amsel-picture { --quiet: color-mix(in srgb, var(--body-text-color) 75%, var(--background-fill-primary)); }
.amsel h1, .amsel h2, .amsel p { margin: 0; }
.amsel h1 { font-size: 1.4rem; }
.amsel h2 { font-size: 1.1rem; overflow-wrap: anywhere; }
.amsel .quiet { color: var(--quiet); font-size: 0.875rem; }
.amsel .names { font-size: 1.15rem; font-weight: 600; overflow-wrap: anywhere; }
.amsel .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0.6rem; margin: 0.7rem 0; }
.amsel .card { border: 1px solid var(--border-color-primary); border-radius: 8px; padding: 0.6rem 0.7rem; min-width: 0;
  background: var(--background-fill-secondary); overflow-wrap: anywhere; }
.amsel .card.here { border: 2px solid var(--color-accent); padding: calc(0.6rem - 1px) calc(0.7rem - 1px); }
.amsel .card .label { font-size: 1.25rem; font-weight: 600; line-height: 1.25; }
.amsel table { width: 100%; border-collapse: collapse; border: 0; margin: 0.7rem 0;
  font-variant-numeric: tabular-nums; }
.amsel caption { text-align: left; font-weight: 600; padding-bottom: 0.2rem; }
.amsel thead, .amsel tbody, .amsel tr { border: 0; }
.amsel th, .amsel td { padding: 0.3rem 0 0.3rem 0.6rem; border: 0; border-bottom: 1px solid var(--border-color-primary);
  text-align: right; vertical-align: top; color: var(--body-text-color); }
.amsel th { font-size: 0.8rem; font-weight: 600; color: var(--quiet); white-space: nowrap; }
.amsel th:first-child, .amsel td:first-child { text-align: left; overflow-wrap: anywhere; padding-left: 0; }
.amsel td.number { width: 5.6rem; white-space: nowrap; }
.amsel .bar { height: 5px; border-radius: 3px; background: var(--border-color-primary); margin-top: 0.2rem; }
.amsel .bar i { display: block; height: 100%; border-radius: 3px; background: var(--color-accent); }
.amsel tr.sum td { font-weight: 600; }
.amsel .fault { border: 1px solid var(--error-border-color); background: var(--error-background-fill);
  border-radius: 8px; padding: 0.7rem; margin-top: 0.7rem; overflow-wrap: anywhere; }
.amsel .hint { border: 1px dashed var(--border-color-primary); border-radius: 8px; padding: 1rem; margin-top: 0.7rem; }
.amsel details { margin: 0.4rem 0; }
.amsel summary { cursor: pointer; font-weight: 600; }
.amsel details p { margin-top: 0.3rem; }
.amsel details ul { margin: 0.1rem 0 0 1.1rem; padding: 0; list-style: disc; }
.amsel details li { margin: 0; font-size: 0.875rem; overflow-wrap: anywhere; }
.amsel-slider.amsel-slider input::-webkit-slider-thumb { background: var(--background-fill-primary);
  box-shadow: 0 0 0 2px var(--body-text-color); }
.amsel-slider.amsel-slider input::-moz-range-thumb { background: var(--background-fill-primary);
  box-shadow: 0 0 0 2px var(--body-text-color); }
.amsel-slider .tab-like-container, .amsel-slider .min_value, .amsel-slider .max_value { display: none; }
"""


_SPACE = "\N{NO-BREAK SPACE}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}{_SPACE}%"


def _ms(time: float) -> str:
    return f"{time:.{3 if time < 10 else 1}f}{_SPACE}ms"


def introduction() -> str:
    """The head of the page."""
    return (
        '<div class="amsel"><h1>Why this answer?</h1><p class="quiet">A picture, the path that the bundle takes for '
        "it, and what its most accurate DNN would answer alone.</p></div>"
    )


def heading(title: str, single_best: str, candidates: int, classes: int) -> str:
    """The head of a side."""
    return (
        f'<div class="amsel"><h2>{escape(title)}</h2><p class="quiet">{candidates} candidates, {classes} classes; '
        f"single best: {escape(single_best)}</p></div>"
    )


def plan(names: Sequence[str], point: OperatingPoint, at: int, count: int) -> str:
    """Which operating point is looked at, and what it is planned with."""
    over = ""
    if point.over_single_best is not None:
        over = f" ({100 * point.over_single_best:+.2f} points against the single best)"
    energy = "" if point.energy_mj is None else f", {point.energy_mj:.4g} mJ"
    of = f"{at + 1} of {count}, by planned time. " if count > 1 else "The bundle's only operating point. "
    certificates = "".join(f'<p class="quiet">Certified: {escape(text)}.</p>' for text in point.certificates)
    planned = f"{100 * point.top1:.2f}{_SPACE}% right{over}, {_ms(point.mean_latency_ms)} mean"
    planned += f", {_ms(point.p99_latency_ms)} 99{_SPACE}% quantile{energy}"
    return f'<p class="names">{escape(" = ".join(names))}</p><p class="quiet">{of}Planned: {planned}.</p>{certificates}'


def panel(plan_of_it: str, rest: str) -> str:
    """A side: the plan, and what there is to say of the picture."""
    return f'<div class="amsel amsel-panel">{plan_of_it}{rest}</div>'


def hint() -> str:
    """Where there is no picture yet."""
    return '<p class="hint">Drop a picture, choose one, paste one, or take one with the camera.</p>'


def fault(name: str, failure: Exception) -> str:
    """Where a picture has no answer."""
    why = getattr(failure, "strerror", None) or str(failure)
    return f'<p class="fault" role="alert"><b>{escape(name)}</b> has no answer: {escape(why)}</p>'


def answered(answer: Answer, best: Answer | None, single_best: str) -> str:
    """An answer beside the single best's, and how it came about."""
    cards = _card(f"at {answer.operating_point}", answer, "here") + _card_of_best(best, single_best)
    marks = [mark for mark in ("degraded", "certified") if getattr(answer, mark)]
    problems = "".join(f'<p class="fault">{escape(problem)}</p>' for problem in answer.problems)
    note = f'<p class="quiet">This answer is {", ".join(marks)}.</p>' if marks else ""
    clocked = '<p class="quiet">Clocked here and now on this picture: the least disturbed of up to ten runs each.</p>'
    head = f'<div class="pair">{cards}</div>{_verdict(answer, best)}{note}{problems}'
    return f"{head}{_path(answer)}{_weighed(answer)}{clocked}"


def _card(who: str, answer: Answer, kind: str) -> str:
    label = "no answer: it abstained" if answer.label is None else escape(answer.label)
    sure = "" if answer.abstained else f"{_percent(answer.probability)} sure, "
    return (
        f'<div class="card {kind}"><p class="quiet">{escape(who)}</p><p class="label">{label}</p>'
        f"<p>{sure}<b>{_ms(answer.timings.total_ms)}</b></p></div>"
    )


def _card_of_best(best: Answer | None, single_best: str) -> str:
    if best is not None:
        return _card(f"single best alone, {single_best}", best, "best")
    return (
        f'<div class="card best"><p class="quiet">single best alone, {escape(single_best)}</p>'
        "<p>Not available: no operating point of the bundle runs it alone.</p></div>"
    )


def _verdict(answer: Answer, best: Answer | None) -> str:
    if best is None:
        return ""
    same = "The same answer as" if answer.class_id == best.class_id else "Another answer than"
    if answer.candidates == best.candidates:
        return "<p>Here the single best runs, and nothing else.</p>"
    ratio = best.timings.total_ms / max(answer.timings.total_ms, 1e-6)
    pace = f"{ratio:.1f} times as fast" if ratio >= 1 else f"in {1 / ratio:.1f} times its time"
    if 0.95 < ratio < 1.05:
        pace = "in about the same time"
    return f"<p>{same} the single best's, {pace} on this picture.</p>"


def _bar(share: float) -> str:
    return f'<div class="bar" aria-hidden="true"><i style="width:{100 * min(max(share, 0), 1):.1f}%"></i></div>'


def _row(what: str, confidence: float | None, time: float | None, total: float, kind: str = "") -> str:
    sure = "" if confidence is None else _percent(confidence) + _bar(confidence)
    took = "" if time is None else _ms(time) + _bar(time / total if total > 0 else 0)
    return f'<tr class="{kind}"><td>{what}</td><td class="number">{sure}</td><td class="number">{took}</td></tr>'


def _steps(answer: Answer) -> list[dict[str, Any]]:
    return [] if answer.explanation is None else answer.explanation.steps


def _path(answer: Answer) -> str:
    """A row a step. How sure the answer is after a candidate is told by the decision that follows it."""
    times = answer.timings
    runs = {run.name: run.load_ms + run.preprocess_ms + run.inference_ms for run in times.runs}
    steps = _steps(answer)
    rows = []
    for at, step in enumerate(steps):
        if step["decision"] == "extract":
            rows.append(_row("image features", None, times.features_ms, times.total_ms))
        elif step["decision"] == "run" and step["candidate"] in runs:
            after = steps[at + 1]["confidence"] if at + 1 < len(steps) else None
            number = len([row for row in rows if 'class="run"' in row]) + 1
            what = f"{number}. <b>{escape(step['candidate'])}</b>"
            rows.append(_row(what, after, runs[step["candidate"]], times.total_ms, "run"))
    rows.append(_row("deciding, and the rest", None, times.decision_ms, times.total_ms))
    last = "abstains" if answer.label is None else f"answers: {escape(answer.label)}"
    rows.append(
        f'<tr class="sum"><td>{last}</td><td class="number">{"" if answer.abstained else _percent(answer.probability)}'
        f'</td><td class="number">{_ms(times.total_ms)}</td></tr>'
    )
    count = len(times.runs)
    caption = f"The path: {count} candidate{'' if count == 1 else 's'} ran"
    head = "<tr><th>step</th><th>sure after it</th><th>time</th></tr>"
    return f"<table><caption>{caption}</caption><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _notes(step: dict[str, Any]) -> Iterator[str]:
    for note in step["notes"]:
        who = f"{note['candidate']}: " if note["candidate"] else ""
        yield f"{who}{note['subject']} {note['figure']:.3f}: {note['outcome']}"
    if step.get("left_out"):
        yield f"left out, as they did not fit: {', '.join(step['left_out'])}"


def _weighed(answer: Answer) -> str:
    """What each decision looked at, folded away."""
    parts = []
    for step in _steps(answer):
        notes = "".join(f"<li>{escape(note)}</li>" for note in _notes(step))
        after = f"After {' > '.join(step['ran'])}" if step["ran"] else "Before any candidate"
        if notes:
            parts.append(f"<p>{escape(after)}</p><ul>{notes}</ul>")
    features = "".join(f"<li>{escape(name)} = {value:.4g}</li>" for name, value in answer.features.items())
    if features:
        parts.append(f"<p>Image features</p><ul>{features}</ul>")
    return f"<details><summary>What was weighed</summary>{''.join(parts)}</details>" if parts else ""
