"""Find eyes and mouths in the photos, once: writes pairs/landmarks.json, which is committed, so nobody else needs this.

    python training/find_landmarks.py [--sheet out.png]

People: MTCNN from the PyPI package facenet-pytorch (MIT). Cats, and dogs that look into the camera: OpenCV 4's bundled Haar
cascade of frontal cat faces, whose box has the eyes at fixed places. It runs in an environment of its own, because OpenCV 5
has no cascades: pip install --no-deps facenet-pytorch, then torch, numpy, pillow and "opencv-python-headless<5".
Only confident finds on trusted mattes are kept. What was marked by hand ("by": "hand": dogs, and cats that the cascade misses)
stays as it is.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from nano.settings import data_dir
from pairs.marks import LANDMARKS
from pairs.photos import load_index

SIDE = 320
"""Longest side that people are searched at, pixels."""

PEOPLE_CONFIDENCE = 0.99

# Where the cascade's box has the eyes and the mouth, relative to its sides.
_CAT_EYES, _CAT_MOUTH = ((0.27, 0.46), (0.73, 0.46)), (0.5, 0.83)


def find_person(detector, image: np.ndarray) -> dict | None:
    """Landmarks of the largest face in uint8 [H, W, 3] RGB, relative to the sides; None when unsure or turned away."""
    height, width = image.shape[:2]
    fit = SIDE / max(height, width)
    small = cv2.resize(image, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
    _, confidences, points = detector.detect(small, landmarks=True)
    if points is None or confidences[0] < PEOPLE_CONFIDENCE:
        return None
    left, right, nose, mouth_left, mouth_right = points[0] / fit
    turned = abs((nose - (left + right) / 2)[0]) / max(1e-6, np.hypot(*(right - left)))
    if turned > 0.28:
        return None
    mouth = (mouth_left + mouth_right) / 2
    return {"eyes": [_share(left, width, height), _share(right, width, height)], "mouth": _share(mouth, width, height)}


def find_pet(cascade, image: np.ndarray, matte: np.ndarray) -> dict | None:
    """Landmarks of a cat-like face on the subject, relative to the sides; None when the cascade is unsure."""
    grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    height, width = grey.shape
    boxes, _, weights = cascade.detectMultiScale3(grey, 1.08, 4, minSize=(36, 36), outputRejectLevels=True)
    best = None
    for (x, y, w, h), weight in zip(boxes, np.ravel(weights), strict=True):
        if matte[y : y + h, x : x + w].mean() > 0.6 * 255 and (best is None or weight > best[0]):
            best = (float(weight), x, y, w, h)
    if best is None or best[0] < 0.5:
        return None
    _, x, y, w, h = best
    points = [(x + px * w, y + py * h) for px, py in (*_CAT_EYES, _CAT_MOUTH)]
    left, right, mouth = (_share(point, width, height) for point in points)
    return {"eyes": [left, right], "mouth": mouth}


def _share(point, width: int, height: int) -> list[float]:
    return [round(float(point[0]) / width, 4), round(float(point[1]) / height, 4)]


def write_sheet(path: Path, found: dict[str, dict]) -> None:
    """The found landmarks on their photos, with the photo's id."""
    cells = []
    for name, marks in found.items():
        image = cv2.imread(str(data_dir() / "photos" / f"{name}.jpg"))
        fit = 160 / max(image.shape[:2])
        image = cv2.resize(image, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
        cell = np.full((172, 160, 3), 255, np.uint8)
        cell[: image.shape[0], : image.shape[1]] = image
        for x, y in (*marks["eyes"], marks["mouth"]):
            cv2.circle(cell, (round(x * image.shape[1]), round(y * image.shape[0])), 3, (0, 0, 255), -1)
        cv2.putText(cell, name[-24:], (1, 170), cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 0, 0), 1, cv2.LINE_AA)
        cells.append(cell)
    while len(cells) % 10:
        cells.append(np.full_like(cells[0], 255))
    cv2.imwrite(str(path), np.vstack([np.hstack(cells[i : i + 10]) for i in range(0, len(cells), 10)]))


def main() -> None:
    """Command line entry."""
    from facenet_pytorch import MTCNN

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", type=Path, help="also write a picture of all finds")
    arguments = parser.parse_args()
    detector = MTCNN(select_largest=True, min_face_size=30, post_process=False)
    cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / "haarcascade_frontalcatface_extended.xml"))
    known = json.loads(LANDMARKS.read_text(encoding="utf-8")) if LANDMARKS.is_file() else {}
    found: dict[str, dict] = {name: marks for name, marks in known.items() if marks.get("by") == "hand"}
    for info in load_index(data_dir()):
        people = info.subject in ("woman", "man", "person")
        if not info.has_subject or info.id in found or not (people or info.subject in ("cat", "dog")):
            continue
        image = cv2.cvtColor(cv2.imread(str(data_dir() / "photos" / f"{info.id}.jpg")), cv2.COLOR_BGR2RGB)
        matte = cv2.imread(str(data_dir() / "masks" / f"{info.id}.png"), cv2.IMREAD_GRAYSCALE)
        marks = find_person(detector, image) if people else find_pet(cascade, image, matte)
        if marks is not None:
            found[info.id] = marks
    rows = (f"  {json.dumps(name)}: {json.dumps(marks)}" for name, marks in sorted(found.items()))
    LANDMARKS.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    print(f"{len(found)} faces in {LANDMARKS}")
    if arguments.sheet:
        write_sheet(arguments.sheet, found)


if __name__ == "__main__":
    main()
