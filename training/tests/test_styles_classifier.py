"""The judge of styles: what it takes for changed, its figures, its errors, and that the committed weights can tell the hands apart."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import style_classifier as sc
from evaluation.judges import augment, changed
from pairs.pair import composite
from pairs.styles import STYLES, make_style_pair
from test_styles_pairs import a_view

WEIGHTS = Path(sc.__file__).parent / "style-classifier.safetensors"


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


def write_results(folder: Path, count: int) -> Path:
    rows = []
    for seed in range(count):
        style = STYLES[seed % len(STYLES)]
        pair = make_style_pair(style, np.random.default_rng(seed), a_view("portrait" if seed % 2 else "small", (192, 192), seed))
        for name, image in (("source", pair.image), ("result", composite(pair))):
            Image.fromarray(image).save(folder / f"{seed}-{name}.png")
        rows.append({"style": style, "source": f"{seed}-source.png", "result": f"{seed}-result.png"})
    manifest = folder / "results.json"
    manifest.write_text(json.dumps(rows))
    return manifest


def test_the_committed_judge_reads_rendered_pairs(tmp_path: Path) -> None:
    manifest = write_results(tmp_path, 4 * len(STYLES))
    report = sc.judge(WEIGHTS, manifest, tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert report["top1"] >= 0.9  # chance is one in six; the subjects here are ellipses, which it has never seen
    assert report["ceiling"]["top1"] >= 0.95
    assert WEIGHTS.stat().st_size < 1 << 20


def test_bad_manifests_say_what_to_do(tmp_path: Path) -> None:
    manifest = write_results(tmp_path, 1)
    row = json.loads(manifest.read_text())[0]
    manifest.write_text(json.dumps([row | {"style": "cubism"}]))
    with pytest.raises(sc.ClassifierError, match="use one of monster"):
        sc.read_results(manifest)
    manifest.write_text("[]")
    with pytest.raises(sc.ClassifierError, match="at least one row"):
        sc.read_results(manifest)
    Image.new("RGB", (64, 64)).save(tmp_path / "0-result.png")
    manifest.write_text(json.dumps([row]))
    with pytest.raises(sc.ClassifierError, match="at one size"):
        sc.read_results(manifest)
