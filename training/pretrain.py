"""Pre-trains nano as an instruction editor; stops on the clock, resumes from its checkpoint.

    python training/pretrain.py --cache training/runs/cache/pretrain --out training/runs/pretrain --minutes 60
    python training/pretrain.py ... --resume --minutes 30
    python training/pretrain.py --stream --size 256 --batch 192 --hidden 384 --depth 1 --single 10 --compile blocks ...

Pairs come encoded from a folder (--cache, made by cache_pairs.py) or are composed while training runs (--stream). With a CUDA
device the same code runs in bf16 with f32 weights; a checkpoint written on either loads on the other.

The network predicts d = target - source in latent space (prediction "source_residual"); the final layer starts at zero,
so training starts at "leave the photo alone". 10 % of the instructions are dropped, which makes classifier-free guidance
possible. Source dropout is left out: with zeroed source tokens d would be relative to a source that the network
cannot see. --processes N splits each batch over N processes of one thread: on a shared machine that is nearly N times
faster than N threads, which wait for the slowest at every operator. A --resume warms up again, then holds, then decays, so several short
runs add up (--decay 0 where another follows). --prediction, --condition, --positions and --noisy-input are the ablations of nano/config.py.
"""

import argparse
import copy
import json
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from compose import Composers, Job, compose_views
from nano.cache import Cache, Encoded
from nano.checkpoint import load_trained
from nano.config import CHOICES, FluxConfig, Recipe
from nano.device import choose_device, has_bf16, on_cpu, precision, upload
from nano.model import Flux, compile_blocks, initialise
from nano.muon import Muon, all_reduce
from nano.objective import PURE_NOISE_SHARE, Batch, BatchSampler, Chains, Ropes, Seen, Views, collate, draw_batch, draw_noise, draw_sigmas, residual_losses, shown_close, without_instructions
from nano.sampler import NANO_SCHEDULER, edit_latents
from nano.sheet import sheet
from nano.sizes import SIZES
from nano.stream import PairEncoder, PairStream
from nano.taef1 import Taef1
from nano.text import TextEncoder

INSTRUCTION_DROPOUT = 0.1
CLIP_NORM = 1.0
WARM_UP = 0.02  # of the run; Muon needs little
DECAY = 0.3  # the last part of the run, linear to zero: where the loss falls most
EMA = 0.997  # about 300 steps, a tenth of a CPU run
SUBJECT_WEIGHT = 0.1
"""Most places of a doodle follow from where the subject is. The network is asked for it directly as well, by a linear layer that is
thrown away afterwards: every photo then teaches it to see, not only the doodle's edge."""

CHAINS = 0.5
CHECKPOINT_SECONDS = 180
WARM_UP_STEPS = 10  # at least: the clock also runs while kernels are compiled
LOG_STEPS = 20  # reading the losses waits for the device, so not at every step
HELD_OUT_PAIRS = 48
HELD_OUT_SEED = 99


def schedule(progress: float, decay: float = DECAY) -> float:
    """Learning-rate factor at `progress` in [0, 1] of the run: warm-up, stable, decay over the last part (0: none)."""
    return max(0.0, min(1.0, (progress + 0.001) / WARM_UP, (1 - progress) / max(decay, 1e-6)))


def optimisers(
    model: Flux, muon_lr: float, adam_lr: float, accelerated: bool = False, bf16: bool = False
) -> list[torch.optim.Optimizer]:
    """Muon (on a CPU in bf16 where asked to) for the blocks' matrices, AdamW for embedders, modulations, norms, biases and the final layer."""
    hidden, pieces, rest = model.config.hidden_size, {}, []
    for name, parameter in model.named_parameters():
        matrix = parameter.ndim == 2 and "_blocks." in name and ".lin." not in name
        if not matrix:
            rest.append(parameter)
            continue
        # q, k and v (and the MLP's rows of linear1) are separate square maps
        stacked = parameter.shape[0] // hidden if "qkv" in name or "linear1" in name else 1
        pieces.setdefault(stacked, []).append(parameter)
    groups = [{"params": params, "pieces": count} for count, params in pieces.items()]
    adam = torch.optim.AdamW(rest, adam_lr, (0.9, 0.98), weight_decay=0.0, fused=accelerated)
    return [Muon(groups, muon_lr, weight_decay=0.01, batched=accelerated, dtype=torch.bfloat16 if bf16 else None), adam]


def restore(optimiser: torch.optim.Optimizer, state: dict) -> None:
    """Loads an optimiser's state from a run on whichever device; how AdamW computes stays this device's choice."""
    for saved, ours in zip(state["param_groups"], optimiser.param_groups):
        saved |= {name: ours[name] for name in ("fused", "foreach") if name in ours}
    optimiser.load_state_dict(state)


def validate(model: Flux, samples: list[Encoded], recipe: Recipe = Recipe()) -> dict[str, float]:
    """Share of |d|^2 on doodle tokens still unexplained, and background MSE: at three noise levels of the truth, where 1 means nothing
    was drawn, and at the end of the sampler's path (`sampled`), where the network has seen only its own answers."""
    rng, result, device = torch.Generator().manual_seed(0), {}, model.img_in.weight.device
    groups: dict[tuple, list] = {}
    for sample in samples:
        groups.setdefault(sample.grid, []).append(sample)
    for sigma in (1.0, 0.8, 0.4, "sampled"):
        doodle = background = nothing = total = 0.0
        for group in groups.values():
            batch = collate(group).to(device)
            rope = model.rope(batch.grid, batch.txt.shape[1], recipe.positions)
            noise = draw_noise(batch, rng, recipe).to(device)
            with torch.no_grad(), precision(device):
                if sigma == "sampled":
                    believed = sample_target(model, batch, rope, noise, rng, recipe)
                else:
                    level = torch.full((len(group),), sigma, device=device)
                    believed = residual_losses(model, batch, level, noise, rope, recipe).believed
            missed, still = token_errors(believed, batch)
            doodle += missed * len(group)
            background += still * len(group)
            nothing, total = nothing + token_errors(batch.source, batch)[0] * len(group), total + len(group)
        result |= {f"unexplained@{sigma}": round(doodle / nothing, 4), f"background@{sigma}": round(background / total, 5)}
    return result


def token_errors(believed: torch.Tensor, batch: Batch) -> tuple[float, float]:
    """Mean squared error of a target [B, N, 64] over the batch's doodle tokens and over its background tokens."""
    error, drawn = (believed - batch.target).square().mean(-1), (batch.mask > 0).float()
    mean = lambda chosen: ((error * chosen).sum() / chosen.sum().clamp(min=1)).item()  # 0 where a picture has none of a kind
    return mean(drawn), mean(1 - drawn)


def sample_target(
    model: Flux, batch: Batch, rope: tuple, noise: torch.Tensor, rng: torch.Generator, recipe: Recipe
) -> torch.Tensor:  # fmt: skip
    """What the shipped sampler makes of the batch, without guidance: [B, N, 64]; noise as from `draw_noise`, rng draws the steps' own."""
    tokens = batch.source.shape[1]
    own = noise[:, tokens:] if recipe.condition == "noisy" else None
    fresh = lambda x: torch.randn(x.shape, generator=rng).to(x.device)
    path = edit_latents(
        model, batch.source, batch.txt, batch.pooled, rope, noise[:, :tokens], scheduler=NANO_SCHEDULER, recipe=recipe,
        txt_mask=batch.txt_mask, condition_noise=own, fresh=fresh,
    )  # fmt: skip
    return deque(path, maxlen=1).pop()


class CacheFeed:
    """Batches from a folder of encoded pairs; new shards are picked up as they appear."""

    def __init__(self, folder: str, size: int, rng: np.random.Generator, device: torch.device, views: Views = Views(), seed: int = 0):
        self.cache, self.device, self.rng = Cache(Path(folder)), device, rng
        # of its own: all ranks must choose alike, or the ones with windows would wait for the others
        self.views, self.choice = views, np.random.default_rng(seed)
        self.sampler = BatchSampler(self.cache, size, rng, np.random.default_rng((seed, 1)))
        if not len(self.cache):
            raise SystemExit(f"{folder} has no pairs yet: run training/cache_pairs.py --out {folder} first")
        self.batches = 0

    def prepare(self) -> None:
        pass

    def batch(self) -> Batch:
        self.batches += 1
        if self.batches % LOG_STEPS == 0:
            self.sampler.refresh()
        return draw_batch(self.sampler, self.views, self.choice.random(), self.rng).to(self.device)

    def statistics(self) -> dict:
        return {"pairs": len(self.cache)}

    def close(self) -> None:
        pass


class StreamFeed:
    """Batches from pairs that other processes compose meanwhile."""

    def __init__(self, args: argparse.Namespace, step: int, rng: np.random.Generator, encoder: PairEncoder):
        self.rng, self.size = rng, args.batch
        # from another place of the random sequence after a resume
        self.composers = Composers(Job("pretrain"), args.size, args.workers, args.seed * 1_000_003 + step)
        self.stream = PairStream(self.composers, encoder, args.ring, args.ring_least, args.reuse)

    def prepare(self) -> None:
        self.stream.fill(self.stream.minimum)

    def batch(self) -> Batch:
        return self.stream.draw(self.size, self.rng)

    def statistics(self) -> dict:
        return self.stream.statistics()

    def close(self) -> None:
        self.composers.close()


class Run:
    def __init__(self, args: argparse.Namespace, rank: int = 0):
        self.args, self.out, self.rank = args, Path(args.out), rank
        self.device = choose_device(args.device)
        self.out.mkdir(parents=True, exist_ok=True)
        self.checkpoint = self.out / "checkpoint.pt"
        saved = torch.load(self.checkpoint, weights_only=True, map_location="cpu") if args.resume else None
        heads = args.hidden // 64
        master = load_trained(args.init) if args.init else None
        config = FluxConfig(hidden_size=args.hidden, num_heads=heads, depth=args.depth, depth_single_blocks=args.single, position_embed=args.position_embed)
        if master:
            config = replace(master.config, position_embed=master.config.position_embed or args.position_embed)
        self.config = FluxConfig.from_json(saved["config"]) if saved else config
        known = Recipe.from_json(saved.get("recipe")) if saved else master.recipe if master else Recipe()
        chosen = {name: getattr(args, name) for name in CHOICES if getattr(args, name)}
        self.recipe = Recipe.from_json({**known.to_json(), **chosen})
        self.model = Flux(self.config)
        initialise(self.model, torch.Generator().manual_seed(args.seed))
        self.step = self.samples = 0
        if master and not saved:
            new = {name: torch.zeros_like(value) for name, value in self.model.state_dict().items() if name.startswith("pos_in")}
            self.model.load_state_dict({**new, **master.state})
            self.samples = master.samples
        if saved:
            self.model.load_state_dict(saved["model"])
            self.step, self.samples = saved["step"], saved["samples"]
        self.listener = torch.nn.Linear(self.config.hidden_size, 4)
        if saved and "listener" in saved:
            self.listener.load_state_dict(saved["listener"])
        self.model.to(self.device)
        self.listener.to(self.device)
        heard = list(self.listener.parameters()) if args.subject > 0 else []
        self.optimisers = optimisers(self.model, args.muon_lr, args.adam_lr, self.device.type == "cuda", args.bf16)
        if heard:
            self.optimisers.append(torch.optim.AdamW(heard, args.adam_lr, (0.9, 0.98), weight_decay=0.0))
        self.ema = copy.deepcopy(self.model).requires_grad_(False)
        if saved:
            for optimiser, state in zip(self.optimisers, saved["optimisers"]):
                restore(optimiser, state)
            self.ema.load_state_dict(saved["ema"])
        self.first_step = self.step
        self.averages, self.parameters = list(self.ema.parameters()), list(self.model.parameters())
        self.trained = [*self.parameters, *heard]
        self.rates = [args.muon_lr, args.adam_lr, args.adam_lr]
        self.network = torch.compile(self.model, dynamic=True) if args.compile == "whole" else self.model
        if args.compile == "blocks":
            compile_blocks(self.model)
        self.rng = np.random.default_rng((args.seed, self.step, rank))
        self.noise = torch.Generator(self.device).manual_seed(args.seed * 1_000_003 + self.step * args.processes + rank)
        self.ropes = Ropes(self.model, self.recipe)
        self.chains = Chains(args.chains, np.random.default_rng((args.seed, self.step)), self.rng)
        self.vae = self.encoder = None
        if args.stream or args.sheets:
            self.vae = Taef1.load()
        if args.stream:
            self.encoder = PairEncoder(self.vae, TextEncoder(), self.device)
        empty = self.encoder.empty if self.encoder else TextEncoder().encode("")
        self.empty = tuple(tensor.to(self.device) for tensor in empty)

    def train_step(self, draw: Callable[[], Batch], progress: float) -> torch.Tensor:
        """One update on a batch of before or a new one; `progress` is rank 0's.

        -> objective, doodle, background and subject loss, gradient norm [5] on the device.
        """
        factor = min(schedule(progress, self.args.decay), (self.step - self.first_step + 1) / WARM_UP_STEPS)
        for optimiser, rate in zip(self.optimisers, self.rates):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor
        seen = self.chains.next() or self.new(draw())
        batch, sigma = seen.batch, seen.sigma
        rope = self.ropes(batch)
        noise = draw_noise(batch, self.noise, self.recipe)
        with precision(self.device, self.args.bf16):
            listener = self.listener if self.args.subject > 0 else None
            losses = residual_losses(self.network, batch, sigma, noise, rope, self.recipe, listener, seen.believed)
        if batch.soft is None:  # the second pass goes on by itself: its next calls are among the levels of `shown_close`
            self.chains.keep(seen, losses.believed)
        (losses.objective + self.args.subject * losses.subject).backward()
        if self.args.processes > 1:
            gradients = [parameter.grad.div_(self.args.processes) for parameter in self.trained]
            all_reduce(gradients)
        norm = torch.nn.utils.clip_grad_norm_(self.trained, CLIP_NORM)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        self.step, self.samples = self.step + 1, self.samples + len(batch.source) * self.args.processes
        decay = min(self.args.ema, self.step / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, 1 - decay)
        return torch.stack((losses.objective, losses.doodle, losses.background, losses.subject, norm)).detach()

    def new(self, batch: Batch) -> Seen:
        """A batch seen for the first time: some of its instructions dropped, its truth under noise, or a soft one in crops."""
        dropped = upload(torch.from_numpy(self.rng.random(len(batch.source)) < INSTRUCTION_DROPOUT), self.device)
        if batch.soft is not None:
            sigma, believed = shown_close(batch, self.rng)
            return Seen(without_instructions(batch, dropped, self.empty), sigma, believed)
        pure = Chains.PURE_NOISE_SHARE if self.args.chains else PURE_NOISE_SHARE
        sigma = upload(draw_sigmas(len(batch.source), self.rng, pure), self.device)
        return Seen(without_instructions(batch, dropped, self.empty), sigma)

    def save(self) -> None:
        state = {
            "config": self.config.to_json(), "recipe": self.recipe.to_json(), "args": self.settings(),
            "step": self.step, "samples": self.samples,
            "model": self.model.state_dict(), "ema": self.ema.state_dict(), "listener": self.listener.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }  # fmt: skip
        temporary = self.checkpoint.with_suffix(".part")
        torch.save(on_cpu(state), temporary)
        os.replace(temporary, self.checkpoint)

    def settings(self) -> dict:
        """The arguments as plain values, which torch.load reads back without trusting the file."""
        return {name: str(value) if isinstance(value, Path) else value for name, value in vars(self.args).items()}

    def log(self, record: dict) -> None:
        line = json.dumps({"time": time.strftime("%H:%M:%S"), "step": self.step, "samples": self.samples, **record})
        print(line, flush=True)
        with (self.out / "curve.jsonl").open("a") as file:
            file.write(line + "\n")

    def progress(self, begun: float, deadline: float) -> float:
        """Share of the run that is over, by the clock or by steps; 1 or more means stop. The ranks must agree, so rank 0 tells."""
        by_clock = (time.monotonic() - begun) / max(1e-3, deadline - begun)
        by_steps = (self.step - self.first_step) / max(1, self.args.max_steps - self.first_step)
        share = torch.tensor([max(by_clock, by_steps)])
        if self.args.processes > 1:
            dist.broadcast(share, 0)
        return share.item()

    def held_out(self) -> list[Encoded]:
        """Pairs for validation: the first of a folder, or, with --stream, composed on held-out photos at this size."""
        if self.rank:
            return []
        if self.args.validation:
            cache = Cache(Path(self.args.validation))
            cache.refresh()
            return [cache[i] for i in range(min(32, len(cache)))]
        if self.encoder:
            return self.encoder.samples(compose_views(Job("pretrain", held_out=True), self.args.size, HELD_OUT_PAIRS, HELD_OUT_SEED))
        return []

    def train(self) -> None:
        args, started = self.args, time.monotonic()
        deadline = started + 60 * args.minutes
        feed = self.feed()
        if self.rank == 0:
            about = {"config": self.config.to_json(), "recipe": self.recipe.to_json(), "args": self.settings()}
            print(json.dumps(about), flush=True)
        recent, saved_at, first = [], started, self.samples
        try:
            held_out = self.held_out()  # composed while the feed's processes start
            feed.prepare()
            begun = time.monotonic()
            while (progress := self.progress(begun, deadline)) < 1:
                recent.append(self.train_step(feed.batch, progress))
                if self.rank:
                    recent.clear()
                    continue
                if self.step % LOG_STEPS == 0:
                    means = torch.stack(recent).mean(0).tolist()
                    figures = dict(zip(("objective", "doodle", "background", "subject", "norm"), (round(mean, 4) for mean in means)))
                    rate = (self.samples - first) / (time.monotonic() - begun)
                    self.log({**figures, **feed.statistics(), "per_second": round(rate, 2), "progress": round(progress, 3)})
                    recent = []
                if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                    self.checkpoint_and_validate(held_out)
                    saved_at = time.monotonic()
        finally:
            feed.close()
        if self.rank == 0:
            self.checkpoint_and_validate(held_out)

    def feed(self) -> CacheFeed | StreamFeed:
        if self.args.stream:
            return StreamFeed(self.args, self.step, self.rng, self.encoder)
        size, seed = self.args.batch // self.args.processes, self.args.seed * 1_000_003 + self.step
        return CacheFeed(self.args.cache, size, self.rng, self.device, Views(self.args.windows, self.args.close_ups, self.args.whole), seed)

    def checkpoint_and_validate(self, held_out: list[Encoded]) -> None:
        self.save()
        if held_out:
            self.log(validate(self.ema, held_out, self.recipe))
        if held_out and self.args.sheets:
            chosen = held_out[:: max(1, len(held_out) // 12)][:12]
            sheet(self.ema, self.vae, chosen, self.out / f"sheet-{self.step:07d}.png", recipe=self.recipe)


def process(rank: int, args: argparse.Namespace) -> None:
    if args.processes > 1:
        torch.set_num_threads(1)
        dist.init_process_group("gloo", rank=rank, world_size=args.processes)
    Run(args, rank).train()
    if args.processes > 1:
        dist.barrier()
        dist.destroy_process_group()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", help="a folder of encoded pairs (cache_pairs.py)")
    parser.add_argument("--stream", action="store_true", help="compose pairs while training instead of reading a cache")
    parser.add_argument("--size", type=int, default=192, help=f"with --stream: pictures near size x size pixels, as {SIZES}")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1), help="with --stream: composing processes")
    parser.add_argument("--ring", type=int, default=30_000, help="with --stream: newest pairs kept; 0.1 MB each at size 256")
    parser.add_argument("--ring-least", type=int, default=2_000, help="with --stream: pairs composed before the first step")
    parser.add_argument("--reuse", type=float, default=2.0, help="with --stream: a pair is drawn about so often, or more")
    parser.add_argument("--validation", help="a cache folder of held-out photos; --stream composes its own without one")
    parser.add_argument("--sheets", action="store_true", help="draw a sample sheet at every checkpoint")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="default: cuda where there is one")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from <out>/checkpoint.pt")
    parser.add_argument("--init", type=Path, help="start from these trained weights (training/checkpoints/nano.safetensors)")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--hidden", type=int, default=192, help="a multiple of 64")
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--single", type=int, default=6)
    parser.add_argument("--position-embed", action="store_true", help="tokens are told where they lie; from --init without it, at first they ignore that")
    parser.add_argument("--muon-lr", type=float, default=2e-3)
    parser.add_argument("--adam-lr", type=float, default=1.5e-3)
    parser.add_argument("--max-steps", type=int, default=10**9)
    parser.add_argument("--ema", type=float, default=EMA, help="decay of the averaged weights, about a tenth of the run")
    parser.add_argument("--decay", type=float, default=DECAY, help="last part of the run in which the rates fall to zero")
    parser.add_argument("--compile", nargs="?", const="whole", choices=("whole", "blocks"),
                        help="whole: 20 %% faster on a CPU after two minutes; blocks: each kind of block once, for an accelerator")  # fmt: skip
    for name, choices in CHOICES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", choices=choices, help=f"default: the checkpoint's, else {choices[0]}")
    parser.add_argument("--subject", type=float, default=SUBJECT_WEIGHT,
                        help="weight of telling the subject from the source tokens half way through the network; 0: never asked")  # fmt: skip
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=has_bf16(),
                        help="on a CPU: bf16 autocast; default: where the processor has instructions for it")  # fmt: skip
    parser.add_argument("--windows", type=float, default=0.6,
                        help="with --cache: share of the batches that see their doodles through windows, and are twice as large")  # fmt: skip
    parser.add_argument("--close-ups", type=float, default=0.0,
                        help="with --cache: share of the large pictures' batches that see them in crops, softened, as the second pass does")  # fmt: skip
    parser.add_argument("--whole", type=float, default=0.0,
                        help="with --cache: share of the large pictures' batches that see them whole, a few at a time")  # fmt: skip
    parser.add_argument("--chains", type=float, default=CHAINS, help="share of the updates that go on from the network's own last answers; 0: none")
    parser.add_argument("--processes", type=int, default=1, help="of one thread each; 1 process uses all threads")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    if args.stream == bool(args.cache):
        parser.error("give either --cache FOLDER or --stream")
    if args.processes > 1 and (args.stream or choose_device(args.device).type == "cuda"):
        parser.error("--processes is for a cache on the CPU: a stream and an accelerator are one process's")
    if args.batch % args.processes:
        parser.error(f"--batch {args.batch} must be a multiple of --processes {args.processes}")
    if args.processes == 1:
        process(0, args)
        return
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29511")
    torch.multiprocessing.spawn(process, (args,), nprocs=args.processes)


if __name__ == "__main__":
    main()
