"""Judges rows of pictures, and writes the figures as JSON and as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from evaluation import figures
from evaluation.crops import crops
from evaluation.draws import EvaluationError
from evaluation.figures import Figure, Resampling
from evaluation.held_out import Item, read_png
from evaluation.judges import PictureNet, predict

NAMES = {
    "truth": "true pairs", "second": "another true draw", "source": "copy the source", "mean": "paste the mean doodle of this view",
    "blind": "paste the mean doodle over all photos",
}  # fmt: skip

CEILINGS = {"thing": "truth", "colour": "truth", "place": "second", "background": "truth"}
"""The row that is the best possible, for each figure."""


@dataclass(frozen=True)
class Judgement:
    """What was measured on one picture. read: thing that the judge saw; colour: palette name of what was drawn."""

    id: str
    thing: str
    asked: str | None
    read: str
    place: float
    background: float | None
    colour: str | None

    def values(self) -> dict[str, float | None]:
        """The figures' values of this picture; None where the figure does not apply."""
        right = None if self.asked is None else float(self.colour == self.asked)
        return {"thing": float(self.read == self.thing), "colour": right, "place": self.place, "background": self.background}


@dataclass(frozen=True)
class Row:
    """A row of the table. name: folder of the pictures; title: in words; settings: of a cell, else empty."""

    name: str
    title: str
    settings: dict
    judgements: list[Judgement]


class Judge:
    """Reads pictures of an evaluation set. rows: the folder that holds the rows."""

    def __init__(self, rows: Path, items: Sequence[Item], net: PictureNet, things: Sequence[str]) -> None:
        unknown = {item.thing for item in items} - set(things)
        if unknown:
            raise EvaluationError(f"the classifier has not learnt {sorted(unknown)}: train it again with thing_classifier.py")
        self.rows, self.items, self.net, self.things = rows, items, net, list(things)
        self.sources = [read_png(rows / "source" / f"{item.id}.png") for item in items]
        truths = [read_png(rows / "truth" / f"{item.id}.png") for item in items]
        self.masks = [figures.drawn(source, truth) for source, truth in zip(self.sources, truths)]

    def judge(self, name: str) -> list[Judgement]:
        """One judgement a picture of the row."""
        pictures = [read_png(self.rows / name / f"{item.id}.png") for item in self.items]
        before, after = (torch.from_numpy(np.stack(part)) for part in zip(*map(crops, self.sources, pictures)))
        read = predict(self.net, before, after).argmax(1)
        return [self._one(*facts) for facts in zip(self.items, self.sources, pictures, self.masks, read)]

    def _one(self, item: Item, source: np.ndarray, picture: np.ndarray, true: np.ndarray, read: int) -> Judgement:
        mask = figures.drawn(source, picture)
        return Judgement(
            item.id, item.thing, item.sample.meta["colour"], self.things[int(read)], figures.place(mask, true),
            figures.background(source, picture, item.alpha), figures.colour(picture, mask),
        )  # fmt: skip


def measure(rows: Sequence[Row], photos: Sequence[str]) -> dict[str, dict[str, Figure | None]]:
    """Row name -> figure -> Figure, macro means over things, each beside its ceiling. photos: one a picture."""
    resampling = Resampling([judgement.thing for judgement in rows[0].judgements], photos)
    columns = {row.name: {name: [j.values()[name] for j in row.judgements] for name in CEILINGS} for row in rows}
    return {
        row: {name: resampling.figure(values, None if name == "background" else columns[CEILINGS[name]][name]) for name, values in named.items()}
        for row, named in columns.items()
    }


def _cell(figure: Figure | None, percent: bool) -> str:
    if figure is None:
        return "-"
    scale, digits = (100, 0) if percent else (1, 1)
    unit = " %" if percent else ""
    return f"{figure.value * scale:.{digits}f}{unit} ({figure.low * scale:.{digits}f} to {figure.high * scale:.{digits}f})"


def _share(figure: Figure | None) -> str:
    return "-" if figure is None or figure.share is None else f"{figure.share:.2f}"


def table(rows: Sequence[Row], measured: dict[str, dict[str, Figure | None]], facts: dict) -> str:
    """Markdown: what was measured on, then one line a row with 95 % intervals."""
    lines = [
        f"{facts['pictures']} pictures a row: {facts['things']} things, {facts['pictures_a_class']} pictures each, on {facts['photos']} "
        f"held-out photos, held-out phrasings, {facts['side']} px; set `{facts['set']}`. In brackets 95 % intervals (bootstrap over photos).",
        "",
        "| | thing | of the ceiling | place (IoU) | of the ceiling | colour | raw background, dB |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        f = measured[row.name]
        cells = [_cell(f["thing"], True), _share(f["thing"]), _cell(f["place"], True), _share(f["place"]), _cell(f["colour"], True)]
        lines.append(f"| {row.title} | " + " | ".join([*cells, _cell(f["background"], False)]) + " |")
    return "\n".join(lines) + "\n"


def write(out: Path, rows: Sequence[Row], photos: Sequence[str], facts: dict) -> str:
    """Writes out (JSON, every picture's judgement in it) and the table beside it (.md); gives the table."""
    measured = measure(rows, photos)
    report = {"facts": facts, "rows": []}
    for row in rows:
        told = {name: asdict(figure) if figure else None for name, figure in measured[row.name].items()}
        per_thing: dict[str, list[float]] = {}
        for judgement in row.judgements:
            per_thing.setdefault(judgement.thing, []).append(float(judgement.read == judgement.thing))
        report["rows"].append({
            "name": row.name, "title": row.title, "settings": row.settings, "figures": told,
            "per_thing": {name: round(float(np.mean(right)), 3) for name, right in per_thing.items()},
            "pictures": [asdict(judgement) for judgement in row.judgements],
        })  # fmt: skip
    text = table(rows, measured, facts)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=1) + "\n")
    out.with_suffix(".md").write_text(text)
    return text
