"""Judges rows of answers, and writes the figures as JSON and as a table."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from evaluate import figures
from evaluate.answers import Answer, Row
from evaluate.figures import Figure, Resampling, is_worn
from evaluate.questions import Question, QuestionSet
from judges.network import Judge
from model.slots import boxes_iou

FIGURES = {
    "thing": ("thing", "truth"), "two": ("both named", "truth"), "worn": ("worn", None),
    "place": ("place (IoU)", "second"), "boxes": ("boxes (IoU)", "second"), "count": ("count right", None),
    "colour": ("colour", "truth"), "edge": ("edge, px", None),
}  # fmt: skip
"""Title and the row that is the best possible; worn and edge have the true row beside them."""
NAMES = (*FIGURES, "sure")


Values = dict[str, float | None]


def measured(question: Question, photo: np.ndarray, answer: Answer, truth: Answer | None, judge: Judge) -> Values:
    """The figures of one answer; None where a figure does not apply. `sure`: probability of the right thing."""
    found: Values = dict.fromkeys(NAMES)
    if question.group == "worn":
        return found | {"worn": float(is_worn(answer.alpha, question.head))}
    if question.group == "two":
        read = {judge.name(photo, one) for one in answer.ones}
        found["two"] = float(set(question.things) <= read)
    else:
        read, mask = judge.read(photo, answer.picture), answer.alpha > figures.DRAWN
        found["thing"] = float(max(read, key=read.get) == question.things[0])
        found |= {"sure": read.get(question.things[0]), "edge": answer.edge}
        if truth is not None:
            found["place"] = figures.place(mask, truth.alpha > figures.DRAWN)
        if question.colours[0] is not None:
            found["colour"] = float(figures.colour(answer.picture, mask) == question.colours[0])
    if answer.boxes is not None:
        found["boxes"] = boxes_iou(answer.boxes, question.boxes)
        found["count"] = float(len(answer.boxes) == len(question.boxes))
    return found


def judge_row(chosen: QuestionSet, row: Row, questions: Sequence[Question], judge: Judge) -> list[Values]:
    """One set of values a question; all None where the row has no answer."""
    found = []
    for q in questions:
        truth = chosen.truth.read(q.id) if q.id in chosen.truth else None
        known = q.id in row
        found.append(measured(q, chosen.photo(q), row.read(q.id), truth, judge) if known else dict.fromkeys(NAMES))
    return found


def figure_rows(questions: Sequence[Question], rows: dict[str, list[Values]]) -> dict[str, dict[str, Figure | None]]:
    """Row -> figure -> Figure, macro means over labels, beside its ceiling. rows: also "truth", "second"."""
    resampling = Resampling([question.label for question in questions], [question.photo for question in questions])
    column, found = lambda row, name: [values[name] for values in rows[row]], {}
    for row in rows:
        best = {name: column(ceiling, name) for name, (_, ceiling) in FIGURES.items() if ceiling in rows}
        best = {} if row in ("truth", "second") else best
        found[row] = {name: resampling.figure(column(row, name), best.get(name)) for name in FIGURES}
        edges = [value for value in column(row, "edge") if value is not None]
        if edges:
            low, high = np.quantile(edges, (0.25, 0.75))
            found[row]["edge"] = Figure(float(np.median(edges)), float(low), float(high), pictures=len(edges))
    return found


def _cell(name: str, figure: Figure | None) -> str:
    if figure is None:
        return "-"
    scale, digits = (1, 1) if name == "edge" else (1, 2) if name in ("place", "boxes") else (100, 0)
    value, low, high = (f"{each * scale:.{digits}f}" for each in (figure.value, figure.low, figure.high))
    text = f"{value}{' %' if scale == 100 else ''} ({low} to {high})"
    if figure.share is None:
        return text
    return f"{text}, **{figure.share:.2f}** of the ceiling ({figure.share_low:.2f} to {figure.share_high:.2f})"


def table(titles: dict[str, str], found: dict[str, dict[str, Figure | None]], facts: dict) -> str:
    """Markdown: what was measured on, then a line a figure and a column a row of pictures."""
    counts = ", ".join(f"{count} {name}" for name, count in facts["questions"].items())
    lines = [
        f"{counts} on {facts['photos']} held-out photos, held-out phrasings; set `{facts['set']}`. In brackets 95 % "
        "intervals (bootstrap over photos); of edges the quartiles.",
        "",
        "| | " + " | ".join(titles[row] for row in found) + " |",
        "|---" * (len(found) + 1) + "|",
    ]
    row = lambda name: " | ".join(_cell(name, found[row][name]) for row in found)
    lines += [f"| {title} | {row(name)} |" for name, (title, _) in FIGURES.items()]
    if "codec" in facts:
        lines += ["", f"Layers through the codec, pictures of the thousand: {facts['codec']:.1f} dB."]
    return "\n".join(lines) + "\n"


def write(
    out: Path, questions: Sequence[Question], rows: dict[str, list[Values]], titles: dict[str, str], facts: dict
) -> str:
    """Writes out (JSON, every picture's values in it) and the table beside it (.md); gives the table."""
    found = figure_rows(questions, rows)
    pictures = {row: [{"id": q.id, **values} for q, values in zip(questions, rows[row])] for row in rows}
    told = {row: {name: asdict(figure) if figure else None for name, figure in found[row].items()} for row in rows}
    text = table(titles, found, facts)
    out.parent.mkdir(parents=True, exist_ok=True)
    written = {"facts": facts, "titles": titles, "figures": told, "pictures": pictures}
    out.write_text(json.dumps(written, indent=1) + "\n")
    out.with_suffix(".md").write_text(text)
    return text
