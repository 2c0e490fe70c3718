"""Rows of pictures on disk: what a model, an older version or the generator itself answers to each question."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from model.slots import Box


class EvaluationError(Exception):
    """The evaluation cannot go on; the message says what to do."""


@dataclass
class Answer:
    """picture: uint8 [H, W, 3]; alpha: f32 [H, W], 0..1, what is seen of the doodle. ones: the photo with one element
    alone each, where they are told apart. boxes: where they were drawn; None where nobody knows. edge: median width."""

    picture: np.ndarray
    alpha: np.ndarray
    ones: list[np.ndarray] = field(default_factory=list)
    boxes: list[Box] | None = None
    edge: float | None = None


def write_png(path: Path, picture: np.ndarray) -> None:
    """uint8 [H, W, 3], RGB, or [H, W]; the file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.part.png")
    cv2.imwrite(str(temporary), picture[..., ::-1] if picture.ndim == 3 else picture)
    os.replace(temporary, path)


def read_png(path: Path, flag: int = cv2.IMREAD_COLOR) -> np.ndarray:
    """uint8 [H, W, 3], RGB, or with cv2.IMREAD_GRAYSCALE [H, W]. Raises EvaluationError when it cannot be read."""
    picture = cv2.imread(str(path), flag)
    if picture is None:
        raise EvaluationError(f"{path} cannot be read: delete its folder and run the evaluation again")
    return picture[..., ::-1] if picture.ndim == 3 else picture


def write_json(path: Path, value) -> None:
    """The file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.part")
    temporary.write_text(json.dumps(value))
    os.replace(temporary, path)


class Row:
    """A folder of answers by question id; its JSON is written last, so a half-written answer counts as none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __contains__(self, name: str) -> bool:
        return (self.folder / f"{name}.json").is_file()

    def write(self, name: str, answer: Answer) -> None:
        write_png(self.folder / f"{name}.png", answer.picture)
        write_png(self.folder / f"{name}-alpha.png", np.rint(answer.alpha.clip(0, 1) * 255).astype(np.uint8))
        for number, one in enumerate(answer.ones):
            write_png(self.folder / f"{name}-one-{number}.png", one)
        write_json(self.folder / f"{name}.json", {"ones": len(answer.ones), "boxes": answer.boxes, "edge": answer.edge})

    def read(self, name: str) -> Answer:
        """An answer that is there. Raises EvaluationError for a picture that cannot be read."""
        known = json.loads((self.folder / f"{name}.json").read_text())
        alpha = read_png(self.folder / f"{name}-alpha.png", cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        ones = [read_png(self.folder / f"{name}-one-{number}.png") for number in range(known["ones"])]
        return Answer(read_png(self.folder / f"{name}.png"), alpha, ones, read_boxes(known["boxes"]), known["edge"])


def read_boxes(values: Sequence | None) -> list[Box] | None:
    return None if values is None else [Box(*map(float, value[:4]), value[4], tuple(value[5])) for value in values]
