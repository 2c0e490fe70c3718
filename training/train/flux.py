"""EditLoRAs for FLUX.1-dev from one's own pairs, with diffusers and peft (configs/flux.toml).

As in PhotoDoodle: the source's clean latents follow the noisy ones in the sequence under the very same position ids,
only the noisy half is judged, and the low-rank layers are the paper's. Two choices differ from its script: latents are
the posterior's mean, which repeats, and pictures keep their shape."""

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, FluxTransformer2DModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoTokenizer, CLIPTextModel, T5EncoderModel

from configs import parser_of
from data import own as pairs
from model.blocks import grid_ids

PIXELS_PER_TOKEN = 16
MAX_ASPECT = 16 / 9
UNUSED_WEIGHT = 0.5

LAYERS = (
    *("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"),
    *("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out"),
    *("ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2"),
)
"""The paper's; a single block has only the first three of these."""

CLIP_TOKENS, T5_TOKENS = 77, 512
GUIDANCE = 1.0  # What the distilled guidance is told in training, as in the paper's script

SAVE_SECONDS = 300
LOG_STEPS = 10


@dataclass
class Sample:
    """source, target: packed latents f32 [N, C]; txt [512, D]; pooled [P]; grid: rows, columns of tokens."""

    source: Tensor
    target: Tensor
    txt: Tensor
    pooled: Tensor
    grid: tuple[int, int]


def fit_grid(width: int, height: int, tokens: int) -> tuple[int, int]:
    """(rows, columns) of at most `tokens` in which the app draws on it: src/engine/image/fit-size.ts."""
    aspect = min(MAX_ASPECT, max(1 / MAX_ASPECT, width / height))
    longest = math.ceil(math.sqrt(tokens * MAX_ASPECT))
    fits = lambda r, c: r * c <= tokens and 1 / MAX_ASPECT - 1e-9 <= c / r <= MAX_ASPECT + 1e-9
    sides = range(1, longest + 1)
    grids = [(rows, columns) for rows in sides for columns in sides if fits(rows, columns)]
    return min(grids, key=lambda g: abs(math.log(g[1] / g[0] / aspect)) + UNUSED_WEIGHT * (1 - g[0] * g[1] / tokens))


def pack(latents: Tensor) -> Tensor:
    """[B, C, 2r, 2c] -> tokens [B, r * c, 4C]; a token is channel-major: channel, row in patch, column in patch."""
    patches = latents.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))  # B, C, r, 2, c, 2
    return patches.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


def position_ids(rows: int, columns: int) -> Tensor:
    """f32 [2 rows columns, 3]: (0, row, column) of the noisy tokens, and the same again for the source's."""
    return grid_ids(rows, columns).repeat(2, 1)


@torch.no_grad()
def encode_texts(
    folder: Path, texts: Sequence[str], device: torch.device, dtype: torch.dtype
) -> dict[str, tuple[Tensor, Tensor]]:
    """-> T5's states [512, D] of the padded text and CLIP's pooled vector [P], on the CPU, one at a time."""

    def run(name: str, kind: type, tokens: int, read):
        tokenizer = AutoTokenizer.from_pretrained(folder / name.replace("text_encoder", "tokenizer"))
        model = kind.from_pretrained(folder / name, torch_dtype=dtype).to(device).eval()
        padded = {"padding": "max_length", "truncation": True, "return_tensors": "pt"}
        ids = lambda text: tokenizer(text, max_length=tokens, **padded).input_ids
        return {text: read(model(ids(text).to(device)))[0].cpu() for text in dict.fromkeys(texts)}

    pooled = run("text_encoder", CLIPTextModel, CLIP_TOKENS, lambda out: out.pooler_output)
    states = run("text_encoder_2", T5EncoderModel, T5_TOKENS, lambda out: out.last_hidden_state)
    return {text: (states[text], pooled[text]) for text in states}


@torch.no_grad()
def encode_picture(vae: AutoencoderKL, picture: np.ndarray) -> Tensor:
    """uint8 [H, W, 3] -> packed latents f32 [N, C] on the CPU: (mean - shift) * scale."""
    pixels = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].to(vae.device, vae.dtype) / 127.5 - 1
    latents = vae.encode(pixels).latent_dist.mode()
    return pack((latents.float() - vae.config.shift_factor) * vae.config.scaling_factor)[0].cpu()


def encode_examples(
    examples: list[pairs.Example], folder: Path, trigger: str, tokens: int, device: torch.device, dtype: torch.dtype
) -> list[Sample]:
    """Every pair, and its mirror image where no instruction names a side."""
    texts = {text: pairs.with_trigger(text, trigger) for example in examples for text in example.texts}
    words = encode_texts(folder, list(texts.values()), device, dtype)
    vae = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32).to(device).eval()
    samples = []
    for example in examples:
        pictures = pairs.read_pictures(example)
        rows, columns = fit_grid(*pictures[0].size, tokens)
        views = [pairs.resized(picture, (columns * PIXELS_PER_TOKEN, rows * PIXELS_PER_TOKEN)) for picture in pictures]
        for step in (1,) if any(map(pairs.names_a_side, example.texts)) else (1, -1):
            source, target = (encode_picture(vae, view[:, ::step]) for view in views)
            samples += [Sample(source, target, *words[texts[text]], (rows, columns)) for text in example.texts]
    return samples


def load_transformer(
    folder: Path, pretrain_lora: Path | None, rank: int, device: torch.device, dtype: torch.dtype
) -> FluxTransformer2DModel:
    """The frozen transformer with the pre-training LoRA fused, and a new f32 adapter on the paper's layers."""
    transformer = FluxTransformer2DModel.from_pretrained(folder / "transformer", torch_dtype=dtype)
    if pretrain_lora is not None:
        transformer.load_lora_adapter(load_file(pretrain_lora), prefix="transformer")
        transformer.fuse_lora()
        transformer.unload_lora()
    transformer.requires_grad_(False).to(device)
    config = LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=list(LAYERS))
    transformer.add_adapter(config)
    for parameter in transformer.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    if device.type == "cuda":
        transformer.enable_gradient_checkpointing()
    return transformer.train()


def loss_of(transformer: FluxTransformer2DModel, batch: list[Sample], sigma: Tensor, noise: Tensor) -> Tensor:
    """Mean squared error of the velocity of the noisy half. batch: of one grid; sigma f32 [B]; noise f32 [B, N, C]."""
    device, dtype = transformer.device, transformer.dtype
    stack = lambda name: torch.stack([getattr(sample, name) for sample in batch]).to(device)
    source, target, level = stack("source"), stack("target"), sigma[:, None, None]
    noisy = (1 - level) * target + level * noise
    txt = stack("txt").to(dtype)
    velocity = transformer(
        hidden_states=torch.cat((noisy, source), 1).to(dtype), timestep=sigma,
        guidance=torch.full_like(sigma, GUIDANCE) if transformer.config.guidance_embeds else None,
        pooled_projections=stack("pooled").to(dtype), encoder_hidden_states=txt,
        txt_ids=torch.zeros(txt.shape[1], 3, device=device), img_ids=position_ids(*batch[0].grid).to(device),
        return_dict=False,
    )[0][:, : noise.shape[1]]  # fmt: skip
    return F.mse_loss(velocity.float(), noise - target)


def save(path: Path, transformer: FluxTransformer2DModel, metadata: dict[str, str]) -> None:
    """diffusers names, f32 as learnt; scale 1, so no alpha entries."""
    learnt = get_peft_model_state_dict(transformer).items()
    tensors = {f"transformer.{name}": value.float().cpu().contiguous() for name, value in learnt}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata)


def choose_device(name: str) -> torch.device:
    """cpu, cuda, or the best there is. Raises SystemExit when CUDA is asked for and missing."""
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise SystemExit("--device cuda: torch finds no CUDA device here; leave --device out to train on the CPU")
    return torch.device(name or ("cuda" if found else "cpu"))


def train_flux(args: argparse.Namespace) -> Path:
    """Raises PairsError when the pairs cannot be read."""
    started = saved_at = time.monotonic()
    device = choose_device(args.device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    tokens = (args.size // PIXELS_PER_TOKEN) ** 2
    samples = encode_examples(pairs.read_jsonl(args.own), args.flux, args.trigger, tokens, device, dtype)
    print(f"{args.own}: {len(samples)} views; the style's word is {args.trigger!r}", flush=True)
    transformer = load_transformer(args.flux, args.pretrain_lora, args.rank, device, dtype)
    learnt = [parameter for parameter in transformer.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=args.lr, weight_decay=1e-4)
    rng, generator = np.random.default_rng(args.seed), torch.Generator(device).manual_seed(args.seed)
    path, metadata = args.out / f"{args.name}.safetensors", {"name": args.name, "trigger": args.trigger}
    recent: list[float] = []
    step = 0
    while time.monotonic() - started < 60 * args.minutes and step < args.max_steps:
        first = samples[rng.integers(len(samples))]
        alike = [sample for sample in samples if sample.grid == first.grid]
        batch = [first] + [alike[i] for i in rng.integers(len(alike), size=args.batch - 1)]
        sigma = torch.rand(len(batch), generator=generator, device=device)
        noise = torch.randn((len(batch), *first.target.shape), generator=generator, device=device)
        loss = loss_of(transformer, batch, sigma, noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        step += 1
        recent.append(loss.item())
        if step % LOG_STEPS == 0:
            mean = round(sum(recent) / len(recent), 4)
            print(json.dumps({"style": args.name, "step": step, "loss": mean}), flush=True)
            recent = []
        if time.monotonic() - saved_at > SAVE_SECONDS:
            save(path, transformer, metadata)
            saved_at = time.monotonic()
    save(path, transformer, metadata)
    print(f"{path}: {step} steps on {len(samples)} views", flush=True)
    return path


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Raises PairsError for a name that makes no file or no word."""
    parser = parser_of("flux")
    args = parser.parse_args(argv)
    if not (args.own and args.name and args.flux):
        parser.error("--own FILE, --name NAME and --flux FOLDER are needed")
    if args.size < 64 or args.size % PIXELS_PER_TOKEN:
        parser.error(f"--size {args.size}: use a multiple of {PIXELS_PER_TOKEN} from 64 on")
    pairs.check_name(args.name)
    args.trigger = args.trigger or pairs.trigger_for(args.name)
    args.own, args.flux, args.out = Path(args.own), Path(args.flux), Path(args.out)
    args.pretrain_lora = Path(args.pretrain_lora) if args.pretrain_lora else None
    return args


def flux(argv: Sequence[str] | None = None) -> None:
    train_flux(arguments(argv))
