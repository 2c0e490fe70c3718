"""Reads which artist's hand a doodle is in: the judge behind the `style` figure of the model card.

    python training/style_classifier.py train --out training/style-classifier.safetensors --minutes 5
    python training/style_classifier.py judge --classifier training/style-classifier.safetensors --manifest results.json --out report.json

It is trained on rendered pairs of training photos only, never on a model's outputs, and sees the square about what changed, before
and after. Its score on rendered pairs of held-out photos, the ceiling of the figure, is measured after training and travels in the
weights file.

results.json: [{"style": "magic", "source": "a.png", "result": "b.png"}, ...], paths relative to its own folder, the two
pictures of one size. Entries with a "control" (a label such as "random weights") are scored apart: they must fail.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from evaluation import judges
from evaluation.crops import crops
from evaluation.judges import BATCH, PictureNet, as_input, augment
from evaluation.questions import random_shape
from nano.settings import REPO_ROOT, data_dir
from pairs.pair import composite
from pairs.photos import PhotoInfo, is_held_out, load_index, load_photo, random_view
from pairs.pretrain import PairError
from pairs.styles import STYLES, make_style_pair

WEIGHTS = REPO_ROOT / "training" / "style-classifier.safetensors"
SIZE = 96  # pixels a side of what the network sees: chalk lines and fur are still apart
SIDE = 256  # pixels of a square picture


class ClassifierError(Exception):
    """Inputs that cannot be judged; the message says what to do."""


@dataclass
class Samples:
    """source, result: uint8 [N, 3, SIZE, SIZE]; label: int64 [N], an index into STYLES."""

    source: Tensor
    result: Tensor
    label: Tensor

    @classmethod
    def stack(cls, rows: list[tuple[np.ndarray, np.ndarray, int]]) -> "Samples":
        sources, results, labels = zip(*rows)
        return cls(torch.from_numpy(np.stack(sources)), torch.from_numpy(np.stack(results)), torch.tensor(labels))


def render(infos: list[PhotoInfo], rng: np.random.Generator, count: int, until: float) -> Samples:
    """Up to `count` pairs, the styles in turn, until the processor time passes `until`; at least one of each style."""
    weight = np.array([info.weight for info in infos])
    rows: list[tuple[np.ndarray, np.ndarray, int]] = []
    while len(rows) < count and (len(rows) < len(STYLES) or time.process_time() < until):
        label = len(rows) % len(STYLES)
        photo = load_photo(infos[rng.choice(len(infos), p=weight / weight.sum())], data_dir())
        try:
            pair = make_style_pair(STYLES[label], rng, random_view(photo, random_shape(rng, SIDE), rng))
        except PairError:
            continue
        rows.append((*crops(pair.image, composite(pair), SIZE), label))
    return Samples.stack(rows)


def fit(samples: Samples, until: float, seed: int) -> PictureNet:
    """Trains a fresh network until the processor time passes `until`."""
    torch.manual_seed(seed)

    def draw(rng: torch.Generator) -> tuple[Tensor, Tensor]:
        at = torch.randint(len(samples.label), (BATCH,), generator=rng)
        pictures = augment(samples.source[at].float() / 255, samples.result[at].float() / 255, rng)
        return as_input(*pictures), samples.label[at]

    return judges.fit(PictureNet(len(STYLES)), draw, until, seed)


def predict(net: PictureNet, samples: Samples) -> np.ndarray:
    """Probabilities float32 [N, styles]."""
    return judges.predict(net, samples.source, samples.result)


def score(probability: np.ndarray, label: np.ndarray) -> dict:
    """top1 overall, per style (null where there are no pictures) and the confusion matrix, rows true, columns read."""
    confusion = np.zeros((len(STYLES), len(STYLES)), int)
    np.add.at(confusion, (label, probability.argmax(1)), 1)
    totals = confusion.sum(1)
    per_style = {s: round(float(confusion[i, i] / totals[i]), 4) if totals[i] else None for i, s in enumerate(STYLES)}
    return {"pictures": len(label), "top1": round(float(np.trace(confusion) / len(label)), 4), "per_style": per_style,
            "confusion": confusion.tolist(), "styles": list(STYLES)}  # fmt: skip


def show(title: str, figures: dict) -> None:
    """Prints a score as a small table."""
    print(f"{title}: top-1 {figures['top1']:.1%} of {figures['pictures']} pictures")
    print(" " * 18 + "".join(f"{s:>9}" for s in figures["styles"]))
    for style, row in zip(figures["styles"], figures["confusion"]):
        share = figures["per_style"][style]
        print(f"{style:>9} {'-' if share is None else f'{share:.0%}':>7} " + "".join(f"{n:>9}" for n in row))


def train(out: Path, minutes: float, holdout: int, seed: int) -> None:
    """Half the processor time renders, half trains; the ceiling is measured afterwards and stored with the weights (float16)."""
    torch.set_num_threads(1)
    start, rng = time.process_time(), np.random.default_rng(seed)
    infos = load_index(data_dir())
    known, held = [i for i in infos if not is_held_out(i.id)], [i for i in infos if is_held_out(i.id)]
    samples = render(known, rng, 8000, start + 30 * minutes)
    net = fit(samples, start + 60 * minutes, seed)
    net = net.half().float()  # the ceiling is that of the stored weights
    truth = render(held, np.random.default_rng(seed + 1), holdout * len(STYLES), float("inf"))
    ceiling = score(predict(net, truth), truth.label.numpy())
    show("ceiling, rendered pairs of held-out photos", ceiling)
    config = {"size": SIZE, "minutes": minutes, "seed": seed, "pairs": len(samples.label), "batch": BATCH}
    state = {name: value.half().contiguous() for name, value in net.state_dict().items()}
    save_file(state, out, {"styles": json.dumps(STYLES), "ceiling": json.dumps(ceiling), "config": json.dumps(config)})
    print(f"{out}: {out.stat().st_size / 1024:.0f} KiB, {time.process_time() - start:.0f} s of processor time in all")


def load(path: Path) -> tuple[PictureNet, dict]:
    """The network and its ceiling. Raises ClassifierError for a file of other styles, or none."""
    if not path.is_file():
        raise ClassifierError(f"{path} is missing: run `python training/style_classifier.py train --minutes 30`")
    with safe_open(path, "pt") as file:
        meta, state = file.metadata(), {name: file.get_tensor(name).float() for name in file.keys()}
    if tuple(json.loads(meta["styles"])) != STYLES:
        raise ClassifierError(f"{path} knows the styles {meta['styles']}, not {STYLES}: train it again")
    net = PictureNet(len(STYLES))
    net.load_state_dict(state)
    return net.eval(), json.loads(meta["ceiling"])


def read_results(manifest: Path) -> Samples:
    """The pictures a manifest lists. Raises ClassifierError for an empty list, an unknown style or two sizes in one row."""
    rows = []
    for row in json.loads(manifest.read_text()):
        if row["style"] not in STYLES:
            raise ClassifierError(f"{manifest} lists the style {row['style']!r}: use one of {', '.join(STYLES)}")
        source, result = (np.asarray(Image.open(manifest.parent / row[key]).convert("RGB")) for key in ("source", "result"))
        if source.shape != result.shape:
            raise ClassifierError(f"{row['source']} is {source.shape[:2]}, {row['result']} {result.shape[:2]}: export both at one size")
        rows.append((*crops(source, result, SIZE), STYLES.index(row["style"])))
    if not rows:
        raise ClassifierError(f"{manifest} lists no pictures: write at least one row")
    return Samples.stack(rows)


def judge(classifier: Path, manifest: Path, out: Path) -> dict:
    """Reads every result of the manifest, prints and writes the report; the ceiling stands beside."""
    torch.set_num_threads(1)
    net, ceiling = load(classifier)
    samples = read_results(manifest)
    probability, label = predict(net, samples), samples.label.numpy()
    controls = np.array([row.get("control") or "" for row in json.loads(manifest.read_text())])
    asked = controls == ""
    if not asked.any():
        raise ClassifierError(f"{manifest} lists controls only: add the pictures to judge")
    report = score(probability[asked], label[asked]) | {"ceiling": ceiling}
    report["read"] = [{"style": STYLES[int(p.argmax())], "probability": round(float(p.max()), 3)} for p in probability]
    report["controls"] = {name: score(probability[controls == name], label[controls == name]) for name in sorted(set(controls) - {""})}
    out.write_text(json.dumps(report, indent=1) + "\n")
    show("results", report)
    for name, figures in report["controls"].items():
        show(f"control, {name}", figures)
    show("ceiling, rendered pairs of held-out photos", ceiling)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("train", help="render pairs and train")
    one.add_argument("--out", type=Path, default=WEIGHTS)
    one.add_argument("--minutes", type=float, default=5, help="processor time of one thread for rendering and training; the ceiling comes on top")
    one.add_argument("--holdout", type=int, default=15, help="held-out pairs a style for the ceiling")
    one.add_argument("--seed", type=int, default=0)
    two = commands.add_parser("judge", help="read the styles of a model's results")
    two.add_argument("--classifier", type=Path, default=WEIGHTS)
    two.add_argument("--manifest", type=Path, required=True)
    two.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if args.command == "train":
        train(args.out, args.minutes, args.holdout, args.seed)
    else:
        judge(args.classifier, args.manifest, args.out)


if __name__ == "__main__":
    main()
