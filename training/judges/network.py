"""The judge's network: what counts as drawn, what reads it, and how it is trained.

It sees a photo before and after an edit; it is trained on rendered pairs of training photos, on no model's outputs."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from data.things import Thing

LOW, HIGH = 12 / 255, 32 / 255  # differences that begin to count and that surely count, as in the editor's doodle layer
SIZE = 64  # Pixels a side of a crop: what a small network needs to tell sixty things apart
TRIM = 0.02  # Share of the change that may lie outside the box on each side: faint stains far away do not move it
BATCH = 32
WIDTHS = (32, 64, 128, 192)
BLURS = (3, 3, 5)  # Pixels of a crop: widths of the blur that a small model draws with


class JudgeError(Exception):
    """There is no judge, or nothing to train it on; the message says what to do."""


@dataclass
class Samples:
    """source, result: uint8 [N, 3, SIZE, SIZE]; label: int64 [N], an index into the classes."""

    source: Tensor
    result: Tensor
    label: Tensor

    @classmethod
    def stack(cls, rows: list[tuple[np.ndarray, np.ndarray, int]]) -> Samples:
        sources, results, labels = zip(*rows)
        return cls(torch.from_numpy(np.stack(sources)), torch.from_numpy(np.stack(results)), torch.tensor(labels))


class Alone:
    """One thing of an artwork or a hand, also one that it withholds; always in `colour` where it is given."""

    def __init__(self, artwork, thing: Thing, *colour: str | None) -> None:
        self.things, self.pick, self._artwork, self._colour = (thing,), artwork.pick, artwork, colour

    def picture(
        self, sprite, width: float, height: float, colour: str | None = None, mirrored: bool = False
    ) -> np.ndarray:
        """As Artwork.picture."""
        return self._artwork.picture(sprite, width, height, self._colour[0] if self._colour else colour, mirrored)


class PictureNet(nn.Module):
    """Strided convolutions and an average: 7 channels of a square picture to one logit a class."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((7, *WIDTHS), WIDTHS):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.GroupNorm(8, after), nn.SiLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(WIDTHS[-1] * 2, classes)

    def forward(self, x: Tensor) -> Tensor:
        """[B, 7, S, S] -> logits [B, classes]."""
        y = self.features(x)
        return self.head(F.dropout(torch.cat([y.mean((2, 3)), y.amax((2, 3))], 1), 0.2, self.training))


def changed(source: Tensor, result: Tensor) -> Tensor:
    """Soft alpha [B, 1, H, W] of what differs between two pictures [B, 3, H, W] in 0..1: 0 under LOW, 1 over HIGH."""
    difference = F.avg_pool2d((result - source).abs().amax(1, keepdim=True), 3, 1, 1)
    t = ((difference - LOW) / (HIGH - LOW)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def as_input(source: Tensor, result: Tensor) -> Tensor:
    """Pictures [B, 3, H, W] in 0..1 -> [B, 7, H, W]: the result, the doodle's alpha, the doodle alone on black."""
    alpha = changed(source, result)
    return torch.cat([result - 0.5, alpha, result * alpha], 1)


def augment(source: Tensor, result: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """What a small model does to a doodle: blurs it, fades it, loses parts of it, smears faint stains elsewhere. Takes
    and gives [B, 3, S, S] in 0..1; each picture is treated on its own, by chance."""
    n, size = len(source), source.shape[-1]

    def chance(*shape: int) -> Tensor:
        return torch.rand(shape or (n, 1, 1, 1), generator=rng)

    drawn = result - source
    # One kernel a batch keeps this cheap: two box blurs in a row.
    kernel = BLURS[int(torch.randint(len(BLURS), (1,), generator=rng))]
    blurred = drawn
    for _ in range(2):
        blurred = F.avg_pool2d(blurred, kernel, 1, kernel // 2, count_include_pad=False)
    drawn = torch.where(chance() < 0.6, blurred, drawn)
    drawn = drawn * (0.65 + 0.45 * chance())
    # A hole of up to half the sides, where the model drew nothing.
    row, column = torch.arange(size)[None, None, :, None], torch.arange(size)[None, None, None, :]
    top, left, side = chance() * size, chance() * size, chance() * size / 2 * (chance() < 0.4)
    hole = (row >= top) & (row < top + side) & (column >= left) & (column < left + side)
    drawn = drawn.masked_fill(hole, 0)
    stains = F.interpolate(chance(n, 3, 7, 7) - 0.5, size, mode="bilinear") * 0.3 * chance() * (chance() < 0.5)
    grain = (chance(n, 1, size, size) - 0.5) * 0.12 * chance()
    tint = 1 + 0.3 * (chance(n, 3, 1, 1) - 0.5)
    source = (source * tint + 0.1 * (chance() - 0.5)).clamp(0, 1)
    result = (source + drawn * (0.9 + 0.2 * chance(n, 3, 1, 1)) + stains + grain).clamp(0, 1)
    flip = chance() < 0.5
    return torch.where(flip, source.flip(3), source), torch.where(flip, result.flip(3), result)


def fit(classes: int, samples: Samples, change: Callable, until: float, seed: int) -> PictureNet:
    """Trains a fresh network until the processor time (time.process_time) passes `until`; the learning rate falls along
    the time used. change: function (source, result, generator) -> pictures. What it gives is rounded as stored."""
    torch.manual_seed(seed)
    net, rng = PictureNet(classes), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    start, step, losses = time.process_time(), 0, []
    while (now := time.process_time()) < until:
        part = (now - start) / (until - start)
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1, (step + 1) / 20) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * part)))
        at = torch.randint(len(samples.label), (BATCH,), generator=rng)
        pictures = change(samples.source[at].float() / 255, samples.result[at].float() / 255, rng)
        loss = F.cross_entropy(net.train()(as_input(*pictures)), samples.label[at], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        step += 1
        if step % 50 == 0:
            print(f"step {step}: loss {np.mean(losses[-50:]):.3f}, {until - now:.0f} s left", flush=True)
    print(f"{step} steps")
    return net.eval().half().float()


@torch.no_grad()
def predict(net: PictureNet, source: Tensor, result: Tensor) -> np.ndarray:
    """Pictures uint8 [N, 3, S, S] -> probabilities float32 [N, classes]."""
    parts = zip(source.split(BATCH), result.split(BATCH))
    return torch.cat([net(as_input(a.float() / 255, b.float() / 255)).softmax(1) for a, b in parts]).numpy()


def train_judge(
    args: Namespace, out: Path, classes: Sequence[str], render: Callable[[int, float], Samples],
    check: Callable[[int], Samples], change: Callable = augment,
) -> None:  # fmt: skip
    """Half of args.minutes of processor time renders, half trains on what `change` makes of it; the score on `check`'s
    pairs is measured afterwards, and all is saved, in half floats. render: function (seed, processor time to end at);
    check: function seed -> pairs."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    start = time.process_time()
    samples = render(args.seed, start + 30 * args.minutes)
    print(f"{len(samples.label)} pairs of {len(classes)} classes rendered", flush=True)
    net, others = fit(len(classes), samples, change, start + 60 * args.minutes, args.seed), check(args.seed + 1)
    right = predict(net, others.source, others.result).argmax(1) == others.label.numpy()
    score = {"pictures": len(right), "top1": round(float(right.mean()), 4)}
    config = vars(args) | {"size": SIZE, "pairs": len(samples.label)}
    about = {"things": list(classes), "check": score, "config": config}
    state = {name: value.half().contiguous() for name, value in net.state_dict().items()}
    save_file(state, out, {name: json.dumps(fact) for name, fact in about.items()})
    print(f"{out}: top-1 {score['top1']:.1%} of {len(right)} pairs (chance {1 / len(classes):.1%})")


@dataclass
class Judge:
    """A trained network and the names of its classes."""

    net: PictureNet
    classes: list[str]

    def read(self, photo: np.ndarray, picture: np.ndarray) -> dict[str, float]:
        """Class -> probability, of what changed between two pictures uint8 [H, W, 3]."""
        before, after = (torch.from_numpy(part[None]) for part in crops(photo, picture))
        return dict(zip(self.classes, predict(self.net, before, after)[0].tolist(), strict=True))

    def name(self, photo: np.ndarray, picture: np.ndarray) -> str:
        """The likeliest class of what changed."""
        read = self.read(photo, picture)
        return max(read, key=read.get)


def load_judge(path: Path, stage: str) -> Judge:
    """Raises JudgeError when the file, which the stage writes, is missing."""
    if not path.is_file():
        raise JudgeError(f"{path} is missing: run `python training/run.py {stage} --minutes 40`")
    with safe_open(path, "pt") as file:
        classes, state = json.loads(file.metadata()["things"]), {name: file.get_tensor(name) for name in file.keys()}
    net = PictureNet(len(classes))
    net.load_state_dict(state)
    return Judge(net.eval(), classes)


def change(source: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Soft alpha float32 [H, W], 0..1, of what differs between two pictures uint8 [H, W, 3]."""
    both = torch.from_numpy(np.stack([source, result])).permute(0, 3, 1, 2).float() / 255
    return changed(both[:1], both[1:])[0, 0].numpy()


def _reach(mass: np.ndarray) -> tuple[float, float]:
    share = np.cumsum(mass) / mass.sum()
    low, high = int(np.searchsorted(share, TRIM)), int(np.searchsorted(share, 1 - TRIM))
    room = 0.06 * (high - low) + 4
    return low - room, high + 1 + room


def square_about(alpha: np.ndarray) -> tuple[int, int, int]:
    """(x, y, side) of a square about the change alpha [H, W]; it may reach over the edge; all when nothing did."""
    height, width = alpha.shape
    if alpha.sum() < 16:
        x0, x1, y0, y1 = 0.0, float(width), 0.0, float(height)
    else:
        (x0, x1), (y0, y1) = _reach(alpha.sum(0)), _reach(alpha.sum(1))
    side = max(x1 - x0, y1 - y0)
    return round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), max(8, round(side))


def cut(picture: np.ndarray, x: int, y: int, side: int) -> np.ndarray:
    """A square of uint8 [H, W, 3], grey where it reaches over the edge -> uint8 [3, SIZE, SIZE]."""
    height, width = picture.shape[:2]
    square = np.full((side, side, 3), 128, np.uint8)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    square[y0 - y : y1 - y, x0 - x : x1 - x] = picture[y0:y1, x0:x1]
    resized = cv2.resize(square, (SIZE, SIZE), interpolation=cv2.INTER_AREA if side >= SIZE else cv2.INTER_LINEAR)
    return np.ascontiguousarray(resized.transpose(2, 0, 1))


def crops(source: np.ndarray, result: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two pictures uint8 [H, W, 3] cut to where they differ: uint8 [3, SIZE, SIZE] each."""
    square = square_about(change(source, result))
    return cut(source, *square), cut(result, *square)
