"""The six artists on held-out photos: whose hand it is, and whether what was asked for can be named."""

from collections.abc import Sequence

from data.styles import STYLES
from evaluate.answers import Row
from evaluate.figures import Resampling
from evaluate.questions import WITHHELD_FROM, Question, QuestionSet
from evaluate.report import Values
from judges.network import Judge


def names(count: int, withheld: int) -> list[str]:
    """Ids: `count` pairs and `withheld` withheld things of every hand."""
    numbers = (*range(count), *range(WITHHELD_FROM, WITHHELD_FROM + withheld))
    return [f"{style}-{number:03d}" for style in STYLES for number in numbers]


def judge_row(
    chosen: QuestionSet, row: Row, questions: Sequence[Question], hands: Judge, things: Judge
) -> list[Values]:
    """`style`: is it this hand; `named`: of withheld things that the judge of things knows, is it read."""
    found = []
    for question in questions:
        photo, picture, named = chosen.photo(question), row.read(question.id).picture, None
        if question.withheld and question.things[0] in things.classes:
            named = float(things.name(photo, picture) == question.things[0])
        found.append({"style": float(hands.name(photo, picture) == question.style), "named": named})
    return found


def table(questions: Sequence[Question], drawn: Sequence[Values], true: Sequence[Values]) -> str:
    """Markdown: a line a style and one for all; what pairs show and withheld things apart. A cell: the share of the
    pictures, that of the true ones, and the one as a share of the other."""
    figures = {"style": ("style", False), "withheld: style": ("style", True), "withheld: thing": ("named", True)}
    lines = ["| | " + " | ".join(figures) + " |", "|---" * (len(figures) + 1) + "|"]
    for style in (*STYLES, None):
        cells = []
        for figure, withheld in figures.values():
            own = [at for at, q in enumerate(questions) if style in (q.style, None) and q.withheld == withheld]
            values, best = ([row[at][figure] for at in own] for row in (drawn, true))
            resampling = Resampling([questions[at].style for at in own], [questions[at].photo for at in own])
            found, ceiling = resampling.figure(values, best), resampling.figure(best)
            if found is None or found.share is None:
                cells.append("-")
                continue
            interval = f"{found.share_low:.2f} to {found.share_high:.2f}"
            cells.append(f"{found.value:.0%} of {ceiling.value:.0%}: **{found.share:.2f}** ({interval})")
        lines.append(f"| {style or '**all six**'} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
