"""One style, trained in several ways, on the same held-out pairs: how much of the hand each way taught, and at what price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from evaluation import figures
from evaluation.held_out import Item, decode
from evaluation.judges import PictureNet, predict
from evaluation.sampling import Cell, draw_tokens, load_network
from evaluation.styles import with_adapter
from nano.lora import PREFIX
from nano.model import Flux
from nano.taef1 import Taef1
from pairs.styles import STYLES
from style_classifier import laid_over, to_square


@dataclass(frozen=True)
class Variant:
    """name: in the table; file: an adapter, a master file of all weights, or None for the base alone."""

    name: str
    file: Path | None


@dataclass(frozen=True)
class Measured:
    """Means over the pairs. read: share that the judge names rightly; place: IoU with the true doodle; background: PSNR in dB outside
    it; error: squared error of the latents inside it, as a share of its energy (1: nothing drawn)."""

    read: float
    place: float
    background: float
    error: float


def network_of(variant: Variant, base: Flux, cell: Cell) -> Flux:
    """The base with the variant's adapter, or the variant's own weights, stored as the app stores them."""
    if variant.file is None:
        return base
    with safe_open(variant.file, "pt") as file:
        is_adapter = all(key.startswith(PREFIX) for key in file.keys())
    if is_adapter:
        return with_adapter(base, variant.file, cell.storage)
    return load_network(replace(cell, weights=variant.file), base.img_in.weight.device)[0]


def measure(items: Sequence[Item], pictures: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], errors: Sequence[float], net: PictureNet) -> Measured:
    """pictures: source, truth and what was drawn, uint8 [H, W, 3] decoded, of each item."""
    before = torch.from_numpy(np.stack([to_square(source) for source, _, _ in pictures]))
    after = torch.from_numpy(np.stack([to_square(laid_over(source, source, drawn)) for source, _, drawn in pictures]))
    read = [STYLES[int(i)] for i in predict(net, before, after).argmax(1)]
    places = [figures.place(figures.drawn(source, drawn), figures.drawn(source, truth)) for source, truth, drawn in pictures]
    dark = [figures.background(source, drawn, item.alpha) for item, (source, _, drawn) in zip(items, pictures)]
    return Measured(
        float(np.mean([name == item.thing for name, item in zip(read, items)])), float(np.mean(places)),
        float(np.mean([value for value in dark if value is not None])), float(np.mean(errors)),
    )  # fmt: skip


def run(
    cell: Cell, variants: Sequence[Variant], items: Sequence[Item], codec: Taef1, net: PictureNet, empty: tuple[Tensor, Tensor], device: torch.device
) -> list[tuple[str, Measured]]:  # fmt: skip
    """Every variant on every pair from the same noise; the first row is the true pairs, as the autoencoder gives them back."""
    base, recipe = load_network(cell, device)
    ends = [decode(codec, torch.stack([item.sample.source, item.sample.target]), item.sample.grid) for item in items]
    rows = [("true pairs", measure(items, [(source, truth, truth) for source, truth in ends], [0.0] * len(items), net))]
    for variant in variants:
        model, pictures, errors = network_of(variant, base, cell), [], []
        for item, (source, truth) in zip(items, ends):
            tokens, sample = draw_tokens(model, recipe, cell, [item], empty)[0], item.sample
            inside = sample.mask > 0
            energy = (sample.target - sample.source)[inside].square().sum()
            errors.append(float((tokens - sample.target)[inside].square().sum() / energy))
            pictures.append((source, truth, decode(codec, tokens[None], sample.grid)[0]))
        rows.append((variant.name, measure(items, pictures, errors, net)))
        print(f"{variant.name}: {len(items)} pictures", flush=True)
    return rows


def table(rows: Sequence[tuple[str, Measured]]) -> str:
    """Markdown."""
    lines = ["| trained | judge names the style | place (IoU) | raw background, dB | error inside the doodle |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {row.read:.0%} | {row.place:.2f} | {row.background:.1f} | {row.error:.2f} |" for name, row in rows]
    return "\n".join(lines) + "\n"
