"""The six artists' EditLoRAs, trained together with their base.

A batch of a hand runs through the base with that hand's EditLoRA merged in, and both learn from it: the base what all
hands share (fur, ribbons, chalk), the EditLoRA what is the hand's own. The base alone is never told of hands, so
without an EditLoRA it draws as it was taught; and when it moves, its styles move with it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from data.hands import HANDS
from data.settings import work_dir
from model.conditioned import ConditionedFlux, crop_ids
from model.lora import Adapter, adapter_of, merged, new_adapter
from model.stored import read_manifest
from model.text import Texts
from train.caches import ElementCache
from train.masters import SHIPPED, VERSION
from train.samples import CropPool, DrawingBatch, HandFeed, plain_batch

RANK = {"drawing": 16, "layout": 8}
RATE = 3e-3  # Of AdamW: ten times less does not get there in minutes, more unlearns
OFTEN = {"edge": 2.5, "painting": 1.75, "cloud": 1.5, "flat": 1.25, "magic": 1.25}
"""How often a hand comes beside the others: those whose lines are least like the base's learn slowest."""
PAIRS_SHARE = 0.4  # Share of a hand's batches that are its set pieces, where it has some


def stored_factors(styles: Path, hand: str, part: str) -> dict[str, Tensor]:
    """A hand's factors of one part in a folder of styles, a trainer's or one that ships; empty where it has none."""
    file, folder = styles / f"{hand}.safetensors", styles / hand
    if file.is_file():
        factors = load_file(file)
    elif (folder / "manifest.json").is_file():
        factors = {name: torch.from_numpy(value) for name, value in read_manifest(folder)[1].items()}
    else:
        return {}
    return {name: value for name, value in factors.items() if name.startswith(f"{part}.")}


class Hands:
    """EditLoRAs of a part ("drawing", "layout") over one network. factors: f32 parameters by
    "HAND/PART.MODULE.lora_A.weight", as an optimiser and the averages know them. folder: of HAND.safetensors; without:
    what ships."""

    def __init__(self, part: str, model: ConditionedFlux, folder: Path, names: list[str], seed: int = 0):
        self.part, self.model, self.folder, self.names = part, model, folder, names
        self.factors: dict[str, Tensor] = {}
        for hand in names:
            known = stored_factors(folder, hand, part) or stored_factors(SHIPPED / "styles", hand, part)
            self.factors |= {f"{hand}/{key}": value for key, value in new_factors(part, model, known, seed).items()}

    def adapter(self, hand: str, values: dict[str, Tensor] | None = None) -> Adapter:
        """A hand's factors under diffusers names; values: of this dictionary instead, as averages."""
        head = f"{hand}/"
        own = {k.removeprefix(head): v for k, v in (values or self.factors).items() if k.startswith(head)}
        return adapter_of(self.part, own)

    def call(self, hand: str) -> Callable:
        """The network's forward in this hand."""
        state = merged(dict(self.model.named_parameters()), self.adapter(hand), self.model.config)
        return lambda *args: torch.func.functional_call(self.model, state, args)

    def drawn(self, network: ConditionedFlux, hand: str, values: dict[str, Tensor]) -> ConditionedFlux:
        """Another network of averages with the hand's averages merged in."""
        other = ConditionedFlux(network.config)
        other.load_state_dict(merged(network.state_dict(), self.adapter(hand, values), network.config))
        return other

    def save(self, average: dict[str, Tensor]) -> None:
        """FOLDER/HAND.safetensors of the averages."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for hand in self.names:
            own = {k.removeprefix(f"{hand}/"): v for k, v in average.items() if k.startswith(f"{hand}/")}
            save_file(own, self.folder / f"{hand}.safetensors", {"name": hand, "base": f"nano {VERSION}"})


def new_factors(part: str, model: ConditionedFlux, known: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    """Parameters by "PART.MODULE.lora_A.weight": the known ones where they fit, else those that change nothing yet."""
    fresh = new_adapter(model.config, RANK[part], torch.Generator().manual_seed(seed))
    factors = {f"{part}.{name}.lora_{side}.weight": v for name, pair in fresh.items() for side, v in zip("AB", pair)}
    kept = lambda key, value: known[key] if key in known and known[key].shape == value.shape else value
    return {key: kept(key, value).detach().float().clone().requires_grad_() for key, value in factors.items()}


def draw_hand(names: list[str], rng: np.random.Generator) -> str:
    """One of the hands, by OFTEN."""
    weights = np.array([OFTEN.get(name, 1.0) for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def hands_with(folder: str) -> list[str]:
    """The hands that have a folder of shards in this one of the work folder."""
    return [hand for hand in HANDS if any((work_dir() / folder / hand).glob("*.npz"))]


class HandBatches:
    """Things in an artist's hand, and elements of the artist's own pairs. photo: as plain_batch has it."""

    def __init__(self, hand: str, model: ConditionedFlux, codec, crops: CropPool, texts: Texts, photo: float = 1.0):
        folder = work_dir() / "elements" / hand
        self.things, self.pairs = HandFeed(hand), ElementCache(folder) if any(folder.glob("*.npz")) else None
        self.model, self.codec, self.crops, self.texts, self.photo = model, codec, crops, texts, photo
        self.rope = model.rope(crop_ids())

    def batch(self, count: int, rng: np.random.Generator) -> tuple[DrawingBatch, tuple[Tensor, Tensor]]:
        """About `count` elements of one grid, and the rotations of their tokens' ids."""
        if self.pairs and rng.random() < PAIRS_SHARE:
            return self.pairs.batch(count, rng, self.texts, self.model)
        return plain_batch(self.things, self.crops, count, rng, self.codec, self.texts, photo=self.photo), self.rope
