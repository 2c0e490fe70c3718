"""The same questions through an older checkout of the app, nano 0.6.1 say: its own engine, its defaults, no style."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from evaluate.answers import Answer, EvaluationError, Row, read_png, write_json
from evaluate.figures import edge_width
from evaluate.questions import Question, QuestionSet
from judges.network import change

BATCH = 20  # Edits of one process: an interruption costs no more
NEAR = 9  # Pixels of gaps that do not part a doodle
LEAST_SHARE = 0.05  # Share of the whole change below which a part is a stain and no element


def answer_all(checkout: Path, row: Row, questions: Sequence[Question], chosen: QuestionSet) -> None:
    """Draws what is missing of a row. Raises EvaluationError when the checkout cannot draw."""
    missing = [question for question in questions if question.id not in row]
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        with tempfile.TemporaryDirectory() as scratch:
            jobs = [_job(question, chosen, Path(scratch)) for question in part]
            listed, script = Path(scratch) / "jobs.json", Path(__file__).with_name("older_edits.mjs")
            write_json(listed, jobs)
            command = ["node", "--import", "tsx", str(script), str(checkout.resolve()), str(listed)]
            run = subprocess.run(command, capture_output=True, text=True, cwd=checkout)
            if run.returncode:
                remedy = f"is it a checkout with node_modules and models? {run.stderr[-600:]}"
                raise EvaluationError(f"{checkout} cannot draw: {remedy}")
            for question, job in zip(part, jobs):
                layer = cv2.imread(job["layer"], cv2.IMREAD_UNCHANGED)[..., 3].astype(np.float32) / 255
                row.write(question.id, as_answer(chosen.photo(question), read_png(Path(job["result"])), layer))
        print(f"older: {start + len(part)} of {len(missing)}", flush=True)


def _job(question: Question, chosen: QuestionSet, scratch: Path) -> dict:
    photo = chosen.folder.resolve() / "questions" / f"{question.id}.png"
    paths = {name: str(scratch / f"{question.id}-{name}.png") for name in ("result", "layer")}
    return {"photo": str(photo), "instruction": question.text, "seed": question.seed, **paths}


def as_answer(photo: np.ndarray, result: np.ndarray, layer: np.ndarray) -> Answer:
    """What differs from the photo is what is seen. layer: alpha f32 [H, W], for the edges alone."""
    return Answer(result, change(photo, result), parts(photo, result), None, edge_width(layer))


def parts(photo: np.ndarray, result: np.ndarray) -> list[np.ndarray]:
    """The photo with one connected part of the change alone each, the largest first."""
    alpha = change(photo, result)
    joined = cv2.dilate((alpha > 0.25).astype(np.uint8), np.ones((NEAR, NEAR), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    masses = {label: float(alpha[labels == label].sum()) for label in range(1, count)}
    order, least = sorted(masses, key=masses.get, reverse=True), LEAST_SHARE * alpha.sum()
    kept = [label for label in order if masses[label] >= least]
    return [np.where((labels == label)[..., None], result, photo) for label in kept]
