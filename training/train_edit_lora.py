"""Trains one artist's EditLoRA on a fixed set of pairs: the base is frozen, only low-rank factors learn.

Pairs of your own, one `{"source": path, "target": path, "text": instruction}` a line (paths count from the file's folder):

    python training/train_edit_lora.py --pairs my.jsonl --name mystyle
    python training/train_edit_lora.py --pairs my.jsonl --name mystyle --flux FLUX.1-dev   # for FLUX.1-dev, see flux_edit_lora.py

Pairs of this project's renderers, from a cache or rendered at the start (--stream: fixed from then on):

    python training/train_edit_lora.py --style magic --cache training/runs/cache/magic --minutes 6
    python training/train_edit_lora.py --style magic --stream --pairs 256 --size 256 --batch 64 --base ... --minutes 1

Ablations: --full trains all weights instead of an adapter, --from-nothing does so without pre-training; both write a master file.

Writes <out>/<name or style>.safetensors with diffusers/PEFT names, alpha = rank; dropped on the app's page, or given to
`photodoodle edit --style`, it is a style. With a CUDA device it trains in bf16. Training starts at the base model (B = 0). Each
step merges W + B A and differentiates through the merge, so what is trained is exactly what a dense merge gives; at these
sizes forming B A costs far less than the tokens' products. Two styles may train at once: each uses --threads threads. --windows 0.6
sees half as many samples again in the same time.
"""

import argparse
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from compose import Composers, Job
from nano.cache import Cache, MemoryCache
from nano.checkpoint import Trained, load_trained, save_master
from nano.config import Recipe
from nano.device import choose_device, has_bf16, precision, upload
from nano.lora import Adapter, load_adapter, merged, new_adapter, save_adapter
from nano.model import Flux, initialise
from nano.objective import Batch, BatchSampler, Losses, Ropes, Views, draw_batch, draw_noise, draw_sigmas, residual_losses, shown_close
from nano.own_pairs import encode_pairs
from nano.settings import REPO_ROOT, work_dir
from nano.sizes import SIZES
from nano.stream import PairEncoder, PairStream
from nano.taef1 import PIXELS_PER_TOKEN, Taef1
from nano.text import TextEncoder
from pairs.jsonl import PairsError, trigger_for
from pairs.styles import STYLES, TRIGGERS
from pretrain import optimisers

MASTER = REPO_ROOT / "training" / "checkpoints" / "nano.safetensors"


@dataclass(frozen=True)
class Defaults:
    """What suits ten to fifty pairs."""

    size: int
    minutes: float
    rank: int
    lr: float
    batch: int


NANO = Defaults(size=192, minutes=5, rank=32, lr=1e-3, batch=8)
FLUX = Defaults(size=624, minutes=120, rank=128, lr=1e-4, batch=1)  # 624^2 is about the paper's 768 x 512

WARM_UP = 0.03
DECAY = 0.4  # a long decay instead of an average of weights
CLIP_NORM = 1.0
SAVE_SECONDS = 60
LOG_STEPS = 20


def schedule(progress: float) -> float:
    return max(0.0, min(1.0, (progress + 0.002) / WARM_UP, (1 - progress) / DECAY))


class EditLora:
    """The frozen base and one trainable adapter."""

    def __init__(self, model: Flux, adapter: Adapter, lr: float, recipe: Recipe = Recipe(), bf16: bool = False):
        self.model, self.recipe, self.bf16 = model.requires_grad_(False), recipe, bf16
        self.device = model.img_in.weight.device
        self.base = dict(model.named_parameters())
        learnt = lambda factor: factor.to(self.device).requires_grad_()
        self.adapter = {name: (learnt(a), learnt(b)) for name, (a, b) in adapter.items()}
        # B grows from zero and sets the size of the change; A only turns: a higher rate for B learns faster (LoRA+)
        self.rates = (lr, 4 * lr)
        pairs = list(self.adapter.values())
        groups = [{"params": [pair[i] for pair in pairs], "lr": rate} for i, rate in enumerate(self.rates)]
        self.optimisers = [torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0)]
        self.learning = [t for pair in self.adapter.values() for t in pair]
        self.ropes = Ropes(model, recipe)

    def network(self, *args, **kwargs) -> Tensor:
        weights = merged(self.base, self.adapter, self.model.config)
        return functional_call(self.model, weights, args, kwargs)

    def save(self, path: Path, metadata: dict[str, str]) -> None:
        save_adapter(path, self.adapter, metadata)

    def losses(self, batch: Batch, sigma: Tensor, noise: Tensor, believed: Tensor | None = None) -> Losses:
        with precision(self.device, self.bf16):
            return residual_losses(self.network, batch, sigma, noise, self.ropes(batch), self.recipe, believed=believed)

    def step(self, batch: Batch, sigma: Tensor, noise: Tensor, factor: float, believed: Tensor | None = None) -> Tensor:
        """One update -> doodle and background loss [2], on the device; believed as in `residual_losses`."""
        groups = [group for optimiser in self.optimisers for group in optimiser.param_groups]
        for group, rate in zip(groups, self.rates):
            group["lr"] = rate * factor
        losses = self.losses(batch, sigma, noise, believed)
        losses.objective.backward()
        torch.nn.utils.clip_grad_norm_(self.learning, CLIP_NORM)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        return torch.stack((losses.doodle, losses.background)).detach()


class FullTraining(EditLora):
    """An ablation: all weights learn. seen: samples that the weights have behind them, for the file."""

    def __init__(self, model: Flux, lr: float, recipe: Recipe = Recipe(), bf16: bool = False, seen: int = 0):
        self.model, self.recipe, self.bf16, self.seen = model, recipe, bf16, seen
        self.device, self.learning, self.network = model.img_in.weight.device, list(model.parameters()), model
        self.optimisers = optimisers(model, lr, lr, self.device.type == "cuda", bf16)
        self.rates = [lr] * sum(len(optimiser.param_groups) for optimiser in self.optimisers)
        self.ropes = Ropes(model, recipe)

    def save(self, path: Path, metadata: dict[str, str]) -> None:
        state = {name: value.detach().cpu() for name, value in self.model.state_dict().items()}
        save_master(path, Trained(self.model.config, state, self.seen, self.recipe))


def rendered(args: argparse.Namespace, device: torch.device) -> PairStream:
    """A stream that holds `--pairs` rendered pairs and gets no more."""
    composers = Composers(Job(args.style), args.size, args.workers, args.seed)
    count = int(args.pairs)
    stream = PairStream(composers, PairEncoder(Taef1.load(), TextEncoder(), device), count, count, float("inf"))
    try:
        stream.fill(count)
    finally:
        composers.close()
    return stream


def own_pairs(args: argparse.Namespace, device: torch.device) -> MemoryCache:
    encoder = PairEncoder(Taef1.load(), TextEncoder(), device)
    cache = encode_pairs(Path(args.pairs), (args.size // PIXELS_PER_TOKEN) ** 2, args.trigger, encoder, args.seed)
    print(f"{args.pairs}: {len(cache)} views; the style's word is {args.trigger!r}", flush=True)
    return cache


def first_pairs(folder: Path, count: int | None) -> Cache | MemoryCache:
    """A folder's pairs, or its first `count`, which a longer cache has as well."""
    cache = Cache(folder)
    if count is None:
        return cache
    cache.refresh()
    return MemoryCache([cache[index] for index in range(min(count, len(cache)))])


def train(args: argparse.Namespace) -> Path:
    torch.set_num_threads(args.threads)
    started = saved_at = time.monotonic()
    device, base = choose_device(args.device), load_trained(args.base)
    model = Flux(base.config)
    if args.from_nothing:
        initialise(model, torch.Generator().manual_seed(args.seed))
    else:
        model.load_state_dict(base.state)
    path = args.out / f"{args.name}.safetensors"
    noise, rng = torch.Generator(device).manual_seed(args.seed + 1), np.random.default_rng(args.seed)
    if args.full:
        lora = FullTraining(model.to(device), args.lr, base.recipe, args.bf16, 0 if args.from_nothing else base.samples)
    else:
        new = lambda: new_adapter(model.config, args.rank, args.single_mlp, torch.Generator().manual_seed(args.seed))
        lora = EditLora(model.to(device), load_adapter(path) if args.resume else new(), args.lr, base.recipe, args.bf16)
    if args.stream:
        stream = rendered(args, device)
        draw, refresh, pairs = lambda: stream.draw(args.batch, rng), lambda: None, lambda: stream.rings.filled
    else:
        cache = own_pairs(args, device) if args.style is None else first_pairs(args.cache, args.first)
        sampler = BatchSampler(cache, args.batch, rng)
        if not len(cache):
            raise SystemExit(f"{args.cache} is empty: run training/cache_pairs.py --kind {args.style} --out {args.cache} first")
        draw = lambda: draw_batch(sampler, Views(args.windows, args.close_ups, args.whole), rng.random(), rng).to(device)
        refresh, pairs = sampler.refresh, lambda: len(cache)
    metadata = {"name": args.name, "trigger": args.trigger, "base_samples": str(base.samples)}
    recent, step, samples = [], 0, 0
    begun = time.monotonic()  # the schedule starts when the pairs are there, and ends by the clock all the same
    left = max(1e-3, started + 60 * args.minutes - begun)
    while (progress := (time.monotonic() - begun) / left) < 1 and step < args.max_steps:
        batch = draw()
        sigma, believed = (upload(draw_sigmas(len(batch.source), rng), device), None) if batch.soft is None else shown_close(batch, rng)
        recent.append(lora.step(batch, sigma, draw_noise(batch, noise, base.recipe), schedule(progress), believed))
        step, samples = step + 1, samples + len(batch.source)
        if step % LOG_STEPS == 0:
            doodle, background = (round(mean, 4) for mean in torch.stack(recent).mean(0).tolist())
            record = {"time": time.strftime("%H:%M:%S"), "style": args.name, "step": step, "samples": samples,
                      "doodle": doodle, "background": background, "pairs": pairs(), "progress": round(progress, 3)}  # fmt: skip
            print(json.dumps(record), flush=True)
            recent = []
            refresh()
        if time.monotonic() - saved_at > SAVE_SECONDS:
            lora.save(path, metadata)
            saved_at = time.monotonic()
    lora.save(path, metadata)
    print(f"{path}: {step} steps, {samples} samples on {pairs()} pairs", flush=True)
    return path


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own = parser.add_argument_group("pairs of your own")
    own.add_argument("--pairs", default="256", help="a JSONL file; with --stream, how many pairs to render")
    own.add_argument("--name", help="what the style is called; the file is NAME.safetensors")
    own.add_argument("--trigger", help="the word in every instruction that calls the style; default: made of the name")
    own.add_argument("--flux", type=Path, help="train for FLUX.1-dev: the folder it was downloaded to (diffusers layout)")
    own.add_argument("--pretrain-lora", type=Path, help="with --flux: PhotoDoodle's pre-training LoRA, fused before training")
    rendered = parser.add_argument_group("pairs of this project's renderers")
    rendered.add_argument("--style", choices=STYLES)
    rendered.add_argument("--cache", type=Path, help="a folder of encoded pairs (cache_pairs.py)")
    rendered.add_argument("--first", type=int, help="with --cache: only its first so many pairs")
    rendered.add_argument("--stream", action="store_true", help="render the pairs at the start instead of reading a cache")
    rendered.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1), help="with --stream: rendering processes")
    parser.add_argument("--size", type=int, help=f"pictures near size x size pixels, as {SIZES}; default {NANO.size}, with --flux {FLUX.size}")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="default: cuda where there is one")
    parser.add_argument("--base", type=Path, default=MASTER, help="checkpoint.pt of pretrain.py, or a master .safetensors")
    parser.add_argument("--out", type=Path, help="folder; default: this one, with --style the work folder's styles")
    parser.add_argument("--minutes", type=float, help=f"by the clock; default {NANO.minutes:g}, with --flux {FLUX.minutes:g}")
    parser.add_argument("--max-steps", type=int, default=10**9)
    parser.add_argument("--rank", type=int, help=f"default {NANO.rank}, with --flux {FLUX.rank}")
    parser.add_argument("--single-mlp", action="store_true", help="also the single blocks' MLP and output projection")
    parser.add_argument("--lr", type=float, help=f"default {NANO.lr:g} (of A; B takes four times as much), with --flux {FLUX.lr:g}")
    parser.add_argument("--batch", type=int, help=f"default {NANO.batch}, with --flux {FLUX.batch}")
    parser.add_argument("--full", action="store_true", help="an ablation: train all weights, not an adapter")
    parser.add_argument("--from-nothing", action="store_true", help="an ablation: --full without pre-training")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=has_bf16(),
                        help="on a CPU: bf16 autocast; default: where the processor has instructions for it")  # fmt: skip
    parser.add_argument("--windows", type=float, default=0.0,
                        help="without --stream: share of the batches that see their doodles through windows, and are twice as large")  # fmt: skip
    parser.add_argument("--close-ups", type=float, default=0.0,
                        help="without --stream: share of the large pictures' batches that see them in crops, softened, as the second pass does")  # fmt: skip
    parser.add_argument("--whole", type=float, default=0.0,
                        help="without --stream: share of the large pictures' batches that see them whole, a few at a time")  # fmt: skip
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from <out>/<style>.safetensors")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    if args.style is None:
        _check_own(parser, args)
    elif args.name or args.flux or args.stream == bool(args.cache):
        parser.error("--style takes either --cache FOLDER or --stream, and neither --name nor --flux")
    elif args.stream and not args.pairs.isdigit():
        parser.error("with --stream, --pairs is a number")
    for name, value in vars(FLUX if args.flux else NANO).items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    args.full = args.full or args.from_nothing
    if args.full and (args.style is None or args.resume):
        parser.error("--full and --from-nothing go with --style, and start anew")
    args.out = args.out or (Path() if args.style is None else work_dir() / "styles")
    args.name, args.trigger = args.name or args.style, args.trigger or TRIGGERS[args.style]
    return args


def _check_own(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Fills in the trigger word. Ends the program when something is missing or makes no sense."""
    if args.pairs.isdigit() or not args.name or args.cache or args.stream:
        parser.error("give --pairs FILE.jsonl and --name NAME for pairs of your own, or --style with --cache or --stream")
    if args.name != Path(args.name).name or args.name.startswith("."):
        parser.error(f"--name {args.name!r} cannot name a file: it is not a path")
    if args.size is not None and (args.size < 64 or args.size % PIXELS_PER_TOKEN):
        parser.error(f"--size {args.size}: use a multiple of {PIXELS_PER_TOKEN} from 64 on, such as {SIZES}")
    if args.pretrain_lora and not args.flux:
        parser.error("--pretrain-lora goes with --flux")
    try:
        args.trigger = args.trigger or trigger_for(args.name)
    except PairsError as error:
        parser.error(str(error))


def main(argv: list[str] | None = None) -> None:
    args = arguments(argv)
    try:
        if args.flux:
            from flux_edit_lora import train_flux  # diffusers and peft are asked for only here

            train_flux(args)
        else:
            train(args)
    except PairsError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
