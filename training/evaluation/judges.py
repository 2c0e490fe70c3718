"""What the judges of pictures share: what counts as drawn, the network that reads it, and how it is trained.

Judges see a photo before and after an edit. They are trained on rendered pairs of training photos only, never on a
model's outputs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

LOW, HIGH = 12 / 255, 32 / 255  # differences that begin to count and that surely count, as in the editor's doodle layer
BATCH = 32


class PictureNet(nn.Module):
    """Strided convolutions and an average: 7 channels of a square picture to one logit a class."""

    def __init__(self, classes: int, widths: tuple[int, ...] = (24, 48, 96, 144)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((7, *widths), widths):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.GroupNorm(8, after), nn.SiLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1] * 2, classes)

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


def augment(source: Tensor, result: Tensor, rng: torch.Generator, kernels: tuple[int, ...] = (3, 5, 7)) -> tuple[Tensor, Tensor]:
    """What a small model does to a doodle: blurs it, fades it, loses parts of it, smears faint stains elsewhere.

    Takes and gives [B, 3, S, S] in 0..1; each picture is treated on its own, by chance. kernels: odd widths of the blur.
    """
    n, size = len(source), source.shape[-1]

    def chance(*shape: int) -> Tensor:
        return torch.rand(shape or (n, 1, 1, 1), generator=rng)

    drawn = result - source
    # One kernel a batch keeps this cheap: two box blurs in a row.
    kernel = kernels[int(torch.randint(len(kernels), (1,), generator=rng))]
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


def fit(net: PictureNet, draw: Callable[[torch.Generator], tuple[Tensor, Tensor]], until: float, seed: int) -> PictureNet:
    """Trains until the processor time (time.process_time) passes `until`; the learning rate falls along the time used.

    draw: generator -> inputs [B, 7, S, S] and labels int64 [B]. Gives the network, ready to read.
    """
    rng = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    start, step, losses = time.process_time(), 0, []
    while (now := time.process_time()) < until:
        part = (now - start) / (until - start)
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1, (step + 1) / 20) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * part)))
        inputs, labels = draw(rng)
        loss = F.cross_entropy(net.train()(inputs), labels, label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        step += 1
        if step % 50 == 0:
            print(f"step {step}: loss {np.mean(losses[-50:]):.3f}, {until - now:.0f} s left", flush=True)
    print(f"{step} steps")
    return net.eval()


@torch.no_grad()
def predict(net: PictureNet, source: Tensor, result: Tensor) -> np.ndarray:
    """Pictures uint8 [N, 3, S, S] -> probabilities float32 [N, classes]."""
    parts = zip(source.split(BATCH), result.split(BATCH))
    return torch.cat([net(as_input(a.float() / 255, b.float() / 255)).softmax(1) for a, b in parts]).numpy()
