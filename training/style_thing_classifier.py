"""Reads which of a style's things a doodle shows: the judge behind the `thing` figure of the styles.

    python training/style_thing_classifier.py --out training/style-thing-classifier.safetensors --minutes 10

The judge of thing_classifier.py knows plain artwork. An artist draws other things (waves, tulips, a chalk whale) in a hand of their
own, so this one is trained on rendered pairs of the six styles on training photos, never on a model's outputs. It is told the style
and chooses among what that style draws now and then: what is in every picture of a style (the monster itself) names nothing.
Its score on true pairs of held-out photos, the ceiling of the figure, is measured by evaluate.py styles.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from evaluation import judges
from evaluation.draws import EvaluationError
from evaluation.judges import BATCH, PictureNet, as_input, augment
from nano.settings import REPO_ROOT, data_dir
from nano.taef1 import Taef1
from pairs.photos import is_held_out, load_index, load_photo, random_view
from pairs.styles import STYLES, make_style_pair
from style_classifier import CODED_SHARE, SIZES, SMALL_SIZES, as_edited, to_square

WEIGHTS = REPO_ROOT / "training" / "style-thing-classifier.safetensors"
WIDTHS = (32, 64, 128, 192)
RARE, CONSTANT = 0.01, 0.95
"""Shares of a style's pairs below and above which a thing is not a choice."""

Choice = tuple[str, str]
"""(style, thing)."""


@dataclass(frozen=True)
class Rendered:
    """source, result: uint8 [3, S, S] as from `to_square`; things: what the style says it drew."""

    source: np.ndarray
    result: np.ndarray
    style: str
    things: tuple[str, ...]


def render(rng: np.random.Generator, codec: Taef1, until: float, most: int) -> list[Rendered]:
    """Up to `most` pairs on training photos, the styles in turn, until the processor time passes `until`; at least one a style."""
    infos = [info for info in load_index(data_dir()) if not is_held_out(info.id)]
    weight, rows = np.array([info.weight for info in infos]), []
    while len(rows) < most and (len(rows) < len(STYLES) or time.process_time() < until):
        style, coded = STYLES[len(rows) % len(STYLES)], rng.random() < CODED_SHARE
        shapes = SMALL_SIZES if coded else SIZES
        photo = load_photo(infos[rng.choice(len(infos), p=weight / weight.sum())], data_dir())
        pair = make_style_pair(style, rng, random_view(photo, shapes[rng.integers(len(shapes))], rng))
        result = as_edited(codec, pair.source, pair.target) if coded else pair.target
        rows.append(Rendered(to_square(pair.source), to_square(result), style, tuple(pair.meta["things"])))
    return rows


def choices(rows: Sequence[Rendered]) -> list[Choice]:
    """What each style draws now and then, in the styles' order."""
    found: list[Choice] = []
    for style in STYLES:
        drawn = [set(row.things) for row in rows if row.style == style]
        counts = Counter(thing for things in drawn for thing in things)
        found += [(style, thing) for thing, count in sorted(counts.items()) if RARE < count / len(drawn) < CONSTANT]
    return found


def fit(rows: Sequence[Rendered], known: Sequence[Choice], until: float, seed: int) -> PictureNet:
    """Trains a fresh network until the processor time passes `until`; a picture of several things is a bit of each."""
    torch.manual_seed(seed)
    labels = torch.tensor([[float(style == row.style and thing in row.things) for style, thing in known] for row in rows])
    rows = [row for row, some in zip(rows, labels.any(1)) if some]
    labels = labels[labels.any(1)]
    labels = labels / labels.sum(1, keepdim=True)
    source, result = (torch.from_numpy(np.stack([getattr(row, name) for row in rows])) for name in ("source", "result"))

    def draw(rng: torch.Generator) -> tuple[Tensor, Tensor]:
        at = torch.randint(len(labels), (BATCH,), generator=rng)
        return as_input(*augment(source[at].float() / 255, result[at].float() / 255, rng)), labels[at]

    return judges.fit(PictureNet(len(known), WIDTHS), draw, until, seed)


class StyleThings:
    """The judge. `known`: its choices, one an output of the network."""

    def __init__(self, net: PictureNet, known: Sequence[Choice]):
        self.net, self.known = net, list(known)

    @classmethod
    def load(cls, path: Path) -> "StyleThings":
        """Raises EvaluationError when the file is missing."""
        if not path.is_file():
            raise EvaluationError(f"{path} is missing: run `python training/style_thing_classifier.py --out {path} --minutes 10`")
        with safe_open(path, "pt") as file:
            known = [tuple(choice) for choice in json.loads(file.metadata()["choices"])]
            state = {name: file.get_tensor(name).float() for name in file.keys()}
        net = PictureNet(len(known), WIDTHS)
        net.load_state_dict(state)
        return cls(net.eval(), known)

    def named(self, source: np.ndarray, result: np.ndarray, style: str, things: Sequence[str]) -> float | None:
        """Share of the asked choices among the likeliest as many of the style's, 0..1; None where no choice was asked.

        source, result: uint8 [3, S, S] as from `to_square`.
        """
        own = [at for at, (name, _) in enumerate(self.known) if name == style]
        asked = {at for at in own if self.known[at][1] in things}
        if not asked:
            return None
        probability = judges.predict(self.net, torch.from_numpy(source[None]), torch.from_numpy(result[None]))[0]
        read = sorted(own, key=lambda at: -probability[at])[: len(asked)]
        return len(asked & set(read)) / len(asked)

    def chance(self, style: str, things: Sequence[str]) -> float | None:
        """What a guess is right with."""
        own = [thing for name, thing in self.known if name == style]
        asked = len(set(things) & set(own))
        return asked / len(own) if asked else None


def train(out: Path, minutes: float, seed: int) -> None:
    """Half the processor time renders, half trains. Writes float16 weights."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    start = time.process_time()
    rows = render(np.random.default_rng(seed), Taef1.load(), start + 30 * minutes, 8000)
    known = choices(rows)
    print(f"{len(rows)} pairs rendered, {len(known)} choices: {known}", flush=True)
    net = fit(rows, known, start + 60 * minutes, seed)
    state = {name: value.half().contiguous() for name, value in net.state_dict().items()}
    config = {"minutes": minutes, "seed": seed, "pairs": len(rows), "batch": BATCH, "coded_share": CODED_SHARE}
    save_file(state, out, {"choices": json.dumps(known), "config": json.dumps(config)})
    print(f"{out}: {out.stat().st_size / 1024:.0f} KiB, {time.process_time() - start:.0f} s of processor time in all")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--minutes", type=float, default=10, help="processor time of one thread for rendering and training")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    train(args.out, args.minutes, args.seed)


if __name__ == "__main__":
    main()
