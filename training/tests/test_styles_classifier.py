"""The judge of styles: what it takes for changed, its figures, and its errors."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import style_classifier as sc
from evaluation.judges import augment, changed
from pairs.styles import STYLES


def test_changed_is_zero_where_nothing_was_drawn() -> None:
    source = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    result = source.clone()
    result[:, :, 8:20, 8:20] = 1 - result[:, :, 8:20, 8:20].round()
    alpha = changed(source, result)
    assert alpha[..., 10:18, 10:18].min() > 0.99
    assert alpha[..., :6, :].max() == 0 and alpha[..., 22:, :].max() == 0
    faint = changed(source * 0.9, source * 0.9 + 5 / 255)
    assert faint.max() == 0


def test_augmented_pictures_stay_pictures_and_repeat() -> None:
    source, result = torch.rand(2, 4, 3, sc.SIZE, sc.SIZE, generator=torch.Generator().manual_seed(1))
    one = augment(source, result, torch.Generator().manual_seed(2))
    two = augment(source, result, torch.Generator().manual_seed(2))
    assert all(torch.equal(a, b) for a, b in zip(one, two))
    assert all(0 <= x.min() and x.max() <= 1 for x in one)
    assert not torch.equal(one[1], result)


def test_score_counts_by_hand() -> None:
    read = np.eye(len(STYLES), dtype=np.float32)[[0, 0, 1, 2, 2]]
    figures = sc.score(read, np.array([0, 1, 1, 2, 2]))
    assert figures["top1"] == 0.8
    assert figures["per_style"]["monster"] == 1.0 and figures["per_style"]["magic"] == 0.5
    assert figures["per_style"]["cloud"] is None
    assert figures["confusion"][1][:2] == [1, 1]


def write_results(folder: Path, count: int, draw=None) -> Path:
    """draw: function (number, style) -> photo and picture; without it a red square."""
    rows = []
    for number in range(count):
        style = STYLES[number % len(STYLES)]
        photo = np.full((64, 64, 3), 90, np.uint8)
        pictures = draw(number, style) if draw else (photo, np.where(np.mgrid[:64, :64].max(0)[..., None] < 30, np.uint8([250, 0, 0]), photo))
        for name, image in zip(("source", "result"), pictures):
            Image.fromarray(image).save(folder / f"{number}-{name}.png")
        rows.append({"style": style, "source": f"{number}-source.png", "result": f"{number}-result.png"})
    manifest = folder / "results.json"
    manifest.write_text(json.dumps(rows))
    return manifest


def test_a_missing_judge_says_how_to_train_one(tmp_path: Path) -> None:
    with pytest.raises(sc.ClassifierError, match="style_classifier.py train"):
        sc.load(tmp_path / "none.safetensors")


def test_bad_manifests_say_what_to_do(tmp_path: Path) -> None:
    manifest = write_results(tmp_path, 1)
    row = json.loads(manifest.read_text())[0]
    manifest.write_text(json.dumps([row | {"style": "cubism"}]))
    with pytest.raises(sc.ClassifierError, match="use one of monster"):
        sc.read_results(manifest)
    manifest.write_text("[]")
    with pytest.raises(sc.ClassifierError, match="at least one row"):
        sc.read_results(manifest)
    Image.new("RGB", (60, 64)).save(tmp_path / "0-result.png")
    manifest.write_text(json.dumps([row]))
    with pytest.raises(sc.ClassifierError, match="at one size"):
        sc.read_results(manifest)
