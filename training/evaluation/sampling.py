"""Cells: one way of running one set of weights over the evaluation set, its pictures kept on disk."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from evaluation.held_out import EvaluationSet, Item, decode, own_order, write_png
from nano.checkpoint import load_trained
from nano.config import FluxConfig, Recipe
from nano.device import precision
from nano.lora import Adapter, merged
from nano.manifest import BITS, stored
from nano.model import Flux
from nano.objective import Batch, collate, draw_noise, without_instructions
from nano.quant import dequantise, quantise
from nano.sampler import Scheduler, edit_latents
from nano.settings import REPO_ROOT
from nano.taef1 import Taef1

STORAGE = ("f32", "f16", "q8", "q4")
SAMPLING = ("euler", "stochastic")
BATCH = 12


@dataclass(frozen=True)
class Cell:
    """weights: a file of nano.checkpoint; cfg: guidance scale (1 = off), above this sigma only; storage: of STORAGE; sampling: of
    SAMPLING, fresh noise at every step or none; shift: of the sigmas, None for the schedule of the app's model.json."""

    weights: Path
    steps: int = 8
    cfg: float = 1.0
    cfg_above: float = 0.4
    storage: str = "f32"
    sampling: str = "euler"
    shift: float | None = None

    @property
    def name(self) -> str:
        """Names the cell's row on disk: other weights in the same file give another name."""
        digest = hashlib.sha256(self.weights.read_bytes()).hexdigest()[:8]
        guidance = "" if self.cfg == 1 else f"-cfg{self.cfg:g}-above{self.cfg_above:g}"
        schedule = hashlib.sha256(json.dumps(self.scheduler().to_json(), sort_keys=True).encode()).hexdigest()[:4]
        return f"{self.weights.stem}-{digest}-{self.storage}-{self.sampling}-{self.steps}steps-{schedule}{guidance}"

    def scheduler(self) -> Scheduler:
        """The app's schedule with this cell's sampling and shift."""
        shift = {} if self.shift is None else dict.fromkeys(("base_shift", "max_shift"), math.log(self.shift))
        return replace(shipped_scheduler(), stochastic_sampling=self.sampling == "stochastic", **shift)


def shipped_model() -> dict:
    """The model.json of the model in the app."""
    return json.loads((REPO_ROOT / "public" / "models" / "nano" / "model.json").read_text())


def shipped_scheduler() -> Scheduler:
    """The schedule that the app's model.json names."""
    return Scheduler(**shipped_model()["scheduler"])


def variations(options: dict[str, Sequence], cfg_above: float) -> list[Cell]:
    """options: values for fields of Cell. The base cell has the first of each; then every other value with all else as in the base."""
    base = Cell(**{key: values[0] for key, values in options.items()}, cfg_above=cfg_above)
    return [base] + [replace(base, **{key: value}) for key, values in options.items() for value in values[1:]]


def as_stored(state: dict[str, Tensor], storage: str) -> dict[str, Tensor]:
    """The weights after a round trip through the way the app stores them: f32, f16, 8-bit or 4-bit blocks of 32.

    Matrices that do not fit into blocks are f16 then and vectors f32, as export_nano.py writes them.
    """
    if storage == "f32":
        return state
    result = {}
    for name, value in state.items():
        tensor = stored(value.numpy(), storage.upper())
        values = tensor.values
        if tensor.dtype in BITS:
            values = dequantise(quantise(values, BITS[tensor.dtype]))
        elif tensor.dtype == "F16":
            values = values.astype(np.float16).astype(np.float32)
        result[name] = torch.from_numpy(values)
    return result


def adapted(state: dict[str, Tensor], adapter: Adapter, config: FluxConfig, storage: str) -> dict[str, Tensor]:
    """The weights with an adapter merged in that went through the same storage as they did."""
    sides = [as_stored({name: pair[side] for name, pair in adapter.items()}, storage) for side in (0, 1)]
    return merged(state, {name: (sides[0][name], sides[1][name]) for name in adapter}, config)


class Guided:
    """A network with classifier-free guidance: other + scale (answer - other) where sigma > above.

    `other` is the answer to `without`, the batch without instructions. Guiding the answer d guides the velocity just as
    much, which is linear in it.
    """

    def __init__(self, network: Callable, without: Batch, scale: float, above: float) -> None:
        self.network, self.without, self.scale, self.above = network, without, scale, above

    def __call__(
        self, img: Tensor, txt: Tensor, pooled: Tensor, timestep: Tensor, rope: tuple[Tensor, Tensor],
        guidance: Tensor | None = None, txt_mask: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """As nano.model.Flux.forward."""
        answer = self.network(img, txt, pooled, timestep, rope, guidance=guidance, txt_mask=txt_mask)
        if self.scale == 1 or float(timestep[0]) <= self.above:
            return answer
        nothing = self.without
        other = self.network(img, nothing.txt, nothing.pooled, timestep, rope, guidance=guidance, txt_mask=nothing.txt_mask)
        return other + self.scale * (answer - other)


def load_network(cell: Cell, device: torch.device) -> tuple[Flux, Recipe]:
    """The cell's weights, ready to run, and what they were trained to do."""
    trained = load_trained(cell.weights)
    model = Flux(trained.config)
    model.load_state_dict(as_stored(trained.state, cell.storage))
    return model.eval().requires_grad_(False).to(device), trained.recipe


def draw_tokens(model: Flux, recipe: Recipe, cell: Cell, items: Sequence[Item], empty: tuple[Tensor, Tensor]) -> Tensor:
    """Result tokens [B, N, 64] of items of one grid. Each starts from its own noise, whatever it is batched with."""
    device, batch = model.img_in.weight.device, collate([item.sample for item in items])
    without = without_instructions(batch, torch.ones(len(items), dtype=torch.bool), empty).to(device)
    generators = [torch.Generator().manual_seed(item.seed) for item in items]
    noise = torch.cat([draw_noise(collate([item.sample]), rng, recipe) for item, rng in zip(items, generators)]).to(device)
    fresh = lambda x: torch.stack([torch.randn(x.shape[1:], generator=rng) for rng in generators]).to(device)
    noise, condition_noise = noise[:, : batch.source.shape[1]], noise[:, batch.source.shape[1] :]
    batch, rope = batch.to(device), model.rope(batch.grid, batch.txt.shape[1], recipe.positions)
    with precision(device):
        *_, last = edit_latents(
            Guided(model, without, cell.cfg, cell.cfg_above), batch.source, batch.txt, batch.pooled, rope, noise, cell.steps,
            cell.scheduler(), recipe, txt_mask=batch.txt_mask,
            condition_noise=condition_noise if recipe.condition == "noisy" else None, fresh=fresh,
        )  # fmt: skip
    return last.cpu()


def run_cell(
    cell: Cell, chosen: EvaluationSet, items: Sequence[Item], codec: Taef1, empty: tuple[Tensor, Tensor], device: torch.device
) -> int:
    """Draws the pictures of a cell that are not there yet; gives their number."""
    folder = chosen.row(cell.name)
    waiting: dict[tuple[int, int], list[Item]] = defaultdict(list)
    for item in items:
        if not (folder / f"{item.id}.png").is_file():
            waiting[item.sample.grid].append(item)
    batches: list[list[Item]] = []
    for group in waiting.values():
        group.sort(key=lambda item: len(item.sample.states))  # texts of one length need no padding
        batches += [group[start : start + BATCH] for start in range(0, len(group), BATCH)]
    if not batches:
        return 0
    (model, recipe), total, done = load_network(cell, device), sum(map(len, batches)), 0
    for batch in own_order(batches):
        part = [item for item in batch if not (folder / f"{item.id}.png").is_file()]
        if not part:
            continue
        tokens = draw_tokens(model, recipe, cell, part, empty)
        for item, picture in zip(part, decode(codec, tokens, part[0].sample.grid)):
            write_png(folder / f"{item.id}.png", picture)
        done += len(part)
        print(f"{cell.name}: {done} of {total} pictures", flush=True)
    return done
