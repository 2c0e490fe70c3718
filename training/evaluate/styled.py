"""The six artists on held-out photos: whose hand it is, and whether what was asked can be named, withheld things
too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from data.styles import STYLES
from evaluate.answers import Row
from evaluate.figures import Figure, Resampling
from evaluate.questions import WITHHELD_FROM, Question, QuestionSet
from evaluate.report import Judge, Values
from judges.network import PictureNet, crops, predict
from judges.styles import SIZE


def names(count: int, withheld: int) -> list[str]:
    """Ids: `count` pairs and `withheld` withheld things of every hand."""
    numbers = (*range(count), *range(WITHHELD_FROM, WITHHELD_FROM + withheld))
    return [f"{style}-{number:03d}" for style in STYLES for number in numbers]


def read_hand(net: PictureNet, photo: np.ndarray, picture: np.ndarray) -> str:
    """The style that the judge sees in what changed."""
    before, after = (torch.from_numpy(part[None]) for part in crops(photo, picture, SIZE))
    return STYLES[int(predict(net, before, after)[0].argmax())]


def is_withheld(question: Question) -> bool:
    """Does it ask for one thing that no training pair shows in this hand?"""
    return int(question.id.rsplit("-", 1)[1]) >= WITHHELD_FROM


def judge_row(
    chosen: QuestionSet, row: Row, questions: Sequence[Question], hands: PictureNet, things: Judge | None
) -> list[Values]:
    """`style`: is it this hand; `named`: of withheld things that the judge knows, is it read."""
    found = []
    for question in questions:
        photo, picture = chosen.photo(question), row.read(question.id).picture
        named = None
        if things and is_withheld(question) and question.things[0] in things.things:
            named = float(things.names(photo, picture) == question.things[0])
        found.append({"style": float(read_hand(hands, photo, picture) == question.style), "named": named})
    return found


def table(questions: Sequence[Question], drawn: Sequence[Values], true: Sequence[Values]) -> str:
    """Markdown: a line a style and one for all; set pieces and withheld things apart."""
    lines = [
        "| style | judge names it | true pairs | withheld: names it | withheld: thing | true ones | of the ceiling |",
        "|---|---|---|---|---|---|---|",
    ]
    for style in (*STYLES, None):

        def figure(
            values: Sequence[Values], name: str, late: bool, ceiling: Sequence[Values] | None = None
        ) -> Figure | None:
            own = [at for at, q in enumerate(questions) if style in (q.style, None) and is_withheld(q) == late]
            if not own:
                return None
            resampling = Resampling([questions[at].style for at in own], [questions[at].photo for at in own])
            return resampling.figure([values[at][name] for at in own], ceiling and [ceiling[at][name] for at in own])

        cells = [
            _percent(figure(values, "style", late)) for late, values in ((False, drawn), (False, true), (True, drawn))
        ]
        named = figure(drawn, "named", True, true)
        cells += [_percent(named), _percent(figure(true, "named", True))]
        cells.append(
            "-"
            if named is None or named.share is None
            else f"{named.share:.2f} ({named.share_low:.2f} to {named.share_high:.2f})"
        )
        lines.append(f"| {style or '**all six**'} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _percent(figure: Figure | None) -> str:
    return "-" if figure is None else f"{figure.value:.0%} ({figure.low:.0%} to {figure.high:.0%})"


def contact_cells(spec: dict, folder: Path) -> list[tuple[str, str, Path]]:
    """(style, instruction, photo) of a contact sheet's recipe (docs/contact-sheet.json), row by row, its controls left
    out."""
    photos = [folder / path for path in spec["photos"]]
    rows = [row for row in spec["rows"] if "control" not in row]
    return [
        (row["style"], text, photo) for row in rows for text, photo in zip(row["instructions"], photos, strict=True)
    ]
