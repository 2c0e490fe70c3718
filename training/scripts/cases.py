"""Parity cases of nano's networks on small random weights (configs/cases.toml): conditioned-drawing (places, a LoRA,
linears in 8 bits), conditioned-layout (pointers), drawing (calls with fresh noise and guidance), layout (from features
to boxes and words), codec."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from configs import options
from model import conditioned as c
from model.codec import PHOTO_COMPONENTS, Codec, matte_tokens
from model.heads import told_head
from model.lora import merged, new_adapter, save_adapter
from model.settle import ground, settled
from model.slots import read_boxes, sample_slots, sigmas
from model.stored import read_manifest, stored, write_manifest
from scripts.fixtures.common import write_case

SEED = 0
TEXT = {"vec_in_dim": 24, "context_in_dim": 40}
SIZES = {"hidden_size": 64, "num_heads": 2, "axes_dim": (4, 14, 14), **TEXT}
DRAWING = c.ConditionedConfig(32, 32, 80, c.PLACE_CHANNELS, depth=2, depth_single_blocks=2, **SIZES)
LAYOUT = c.ConditionedConfig(
    c.SLOT_CHANNELS, c.SLOT_CHANNELS + len(c.KINDS) + c.POINTER_DIM + len(c.ANCHORS), c.LAYOUT_SRC, 0, c.POINTER_DIM,
    depth=1, depth_single_blocks=2, **SIZES,
)  # fmt: skip


class Case:
    """One folder being written: `draw` gives normal noise, the same at every run."""

    def __init__(self, root: Path, name: str):
        self.folder, self.generator = root / name, torch.Generator().manual_seed(SEED)
        self.folder.mkdir(parents=True, exist_ok=True)

    def draw(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    @torch.no_grad()
    def model(self, config: c.ConditionedConfig) -> c.ConditionedFlux:
        """Random weights of about the size that keeps activations near 1."""
        model = c.ConditionedFlux(config).eval()
        for name, p in model.named_parameters():
            noise = self.draw(*p.shape)
            p.copy_(1 + 0.1 * noise if name.endswith(".scale") else noise * p.shape[-1] ** -0.5)
        return model

    def quantised(self, model: c.ConditionedFlux, config: c.ConditionedConfig) -> None:
        """Writes the weights as the app reads them, linears in 8 bits, and gives the model what they decode to."""
        packed = {k: stored(v.numpy(), "Q8") for k, v in model.state_dict().items()}
        write_manifest(self.folder / "weights", config.to_json(), packed)
        _, weights = read_manifest(self.folder / "weights")
        model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in weights.items()})

    def texts(self, lengths: list[int]) -> tuple[Tensor, Tensor, Tensor]:
        """States padded to the longest [B, L, D], pooled [B, D'], and which tokens are real [B, L]."""
        real = torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]
        txt = self.draw(*real.shape, TEXT["context_in_dim"]) * real[..., None]
        return txt, self.draw(len(lengths), TEXT["vec_in_dim"]), real

    def write(
        self, kind: str, entries: dict, inputs: dict[str, Tensor], expected: dict[str, Tensor], rel_l2: float
    ) -> None:
        floats = ({k: v.float() for k, v in tensors.items()} for tensors in (inputs, expected))
        write_case(self.folder, kind, entries | {"seed": SEED}, *floats, "made by training/scripts/cases.py", rel_l2)


def boxes(case: Case, count: int) -> tuple[Tensor, Tensor]:
    """Boxes [count, 4] that begin inside their crop, some reaching out of it, and kinds in turn."""
    spread = lambda start, share: start + share * torch.rand(count, 2, generator=case.generator)
    low, size = spread(0, 0.4), spread(0.3, 0.6)
    sides = torch.stack((low, low + size), 2)  # [count, axis, start and end]
    return sides.flatten(1), torch.arange(count) % len(c.KINDS)


def conditioned_drawing(root: Path) -> None:
    case, rows, columns, lengths, rank = Case(root, "conditioned-drawing"), 3, 5, [7, 4, 2], 4
    model = case.model(DRAWING)
    case.quantised(model, DRAWING)
    txt, pooled, real = case.texts(lengths)
    box, kind = boxes(case, len(lengths))
    ids, place = c.crop_ids(rows, columns), c.place_features(box, kind, rows, columns)
    src, noisy, time = case.draw(3, rows * columns, 80), case.draw(3, rows * columns, 32), 0.7
    zero = new_adapter(DRAWING, rank, case.generator)
    adapter = {k: (a, 0.3 * case.draw(*b.shape) * rank**-0.5) for k, (a, b) in zero.items()}
    save_adapter(case.folder / "lora.safetensors", adapter)

    def run(state: dict[str, Tensor]) -> Tensor:
        model.load_state_dict(state)
        return model(noisy, torch.full((3,), time), src, txt, pooled, real, model.rope(ids), model.rope(ids), place)[0]

    plain, strength = {k: v.clone() for k, v in model.state_dict().items()}, 0.8
    inputs = {
        "txt": txt, "pooled": pooled, "src": src, "latents": noisy, "place": place, "src_ids": ids, "noisy_ids": ids,
    }  # fmt: skip
    entries = {
        "config": DRAWING.to_json(), "weights": "weights", "text_lengths": lengths, "sigma": time,
        "lora": {"file": "lora.safetensors", "strength": strength},
    }  # fmt: skip
    expected = {"prediction": run(plain), "prediction.lora": run(merged(plain, adapter, DRAWING, strength))}
    case.write("conditioned", entries, inputs, expected, 2e-4)


def conditioned_layout(root: Path) -> None:
    case, lengths = Case(root, "conditioned-layout"), [5, 9]
    model = case.model(LAYOUT)
    halves = {k: v.half() for k, v in model.state_dict().items()}
    save_file(halves, case.folder / "weights.safetensors")
    model.load_state_dict(halves)
    txt, pooled, real = case.texts(lengths)
    src_ids, noisy_ids = c.crop_ids(c.LAYOUT_GRID, c.LAYOUT_GRID), c.slot_ids()
    src, noisy = case.draw(2, c.LAYOUT_GRID**2, c.LAYOUT_SRC), case.draw(2, c.SLOTS, c.SLOT_CHANNELS)
    ropes = model.rope(noisy_ids), model.rope(src_ids)
    prediction, pointers = model(noisy, torch.full((2,), 0.4), src, txt, pooled, real, *ropes)
    inputs = {"txt": txt, "pooled": pooled, "src": src, "latents": noisy, "src_ids": src_ids, "noisy_ids": noisy_ids}
    entries = {"config": LAYOUT.to_json(), "weights": "weights.safetensors", "text_lengths": lengths, "sigma": 0.4}
    # What padded tokens offer to pointers is nothing anyone reads.
    case.write("conditioned", entries, inputs, {"prediction": prediction, "pointers": pointers * real[..., None]}, 2e-4)


def drawing(root: Path) -> None:
    """Three calls of two elements on a grid of 4 x 6, guided above a noise level that the last call is below."""
    case, rows, columns, lengths, steps, scale, above = Case(root, "drawing"), 4, 6, [6, 3], 3, 1.5, 0.7
    model = case.model(DRAWING)
    case.quantised(model, DRAWING)
    txt, pooled, real = case.texts(lengths)
    nothing, nothing_pooled, nothing_real = case.texts([2])
    box, kind = boxes(case, len(lengths))
    place, rope = c.place_features(box, kind, rows, columns), model.rope(c.crop_ids(rows, columns))
    src, noise = case.draw(2, rows * columns, 80), case.draw(steps, 2, rows * columns, 32)
    told = model.condition(src, txt, pooled, real, rope, place)
    empty = (part.expand(2, *part.shape[1:]) for part in (nothing, nothing_pooled, nothing_real))
    untold = model.condition(src, *empty, rope, place)
    levels, x, expected = sigmas(steps, 3.0), noise[0], {"place": place}
    for call, (level, after) in enumerate(zip(levels, levels[1:])):
        time = torch.full((2,), level)
        clean = model.predict(x, time, told, rope, place)
        if level > above:
            other = model.predict(x, time, untold, rope, place)
            clean = other + scale * (clean - other)
        x = (1 - after) * clean + after * noise[call + 1] if after > 0 else clean
        expected[f"latents.{call}"] = x
    inputs = {
        "txt": txt, "pooled": pooled, "src": src, "noise": noise, "boxes": box, "nothing": nothing,
        "nothing_pooled": nothing_pooled,
    }  # fmt: skip
    entries = {
        "config": DRAWING.to_json(), "weights": "weights", "text_lengths": lengths, "grid": [rows, columns],
        "kinds": [c.KINDS[k] for k in kind], "steps": steps, "shift": 3.0,
        "guidance": {"scale": scale, "above_sigma": above},
    }  # fmt: skip
    case.write("drawing", entries, inputs, expected, 2e-4)


def layout(root: Path) -> None:
    case, length, height, width, steps = Case(root, "layout"), 9, 96, 144, 12
    model = case.model(LAYOUT)
    # Slots that differ from one another: neither all there nor all of one kind and the same words.
    model.img_in.weight *= 4
    model.final_layer.linear.weight *= 2
    model.final_layer.linear.bias.zero_()
    model.final_layer.linear.bias[0] += 2
    case.quantised(model, LAYOUT)
    txt, pooled, real = case.texts([length])
    offsets = [(0, 0), *((3 * i, 3 * i + 2) for i in range(length - 2)), (0, 0)]
    features, noise = case.draw(c.LAYOUT_GRID**2, 192), case.draw(1, c.SLOTS, c.SLOT_CHANNELS)
    matte = torch.randint(0, 60, (height, width), generator=case.generator)
    matte[30:, 50:80] += 190  # somebody to stand beside
    matte[18:34, 58:72] = 255
    heads = 0.3 * case.draw(c.LAYOUT_GRID**2, 7) + told_head((0.4, 0.1, 0.55, 0.35, 0.48, 0.14))
    cells = matte_tokens(matte[None] / 255, c.LAYOUT_GRID, c.LAYOUT_GRID)
    shape = torch.full((1, c.LAYOUT_GRID**2, 1), width / height).log()
    src = torch.cat((features[None], cells, shape), -1)
    sampled = sample_slots(model, src, txt, pooled, real, noise, steps)
    found = read_boxes(sampled, 0, offsets)
    elements = [{"kind": b.kind, "words": b.words, "anchor": b.anchor} for b in found]
    inputs = {"txt": txt, "pooled": pooled, "features": features, "heads": heads, "matte": matte, "noise": noise[0]}
    scene = ground(matte.numpy() / 255, width / height, heads.numpy())
    everywhere = [settled([found[0]._replace(anchor=anchor)], scene)[0][:4] for anchor in c.ANCHORS]
    expected = {
        "src": src, **{name: values[0] for name, values in sampled._asdict().items()},
        "boxes": torch.tensor([b[:4] for b in found]),
        "settled": torch.tensor([b[:4] for b in settled(found, scene)]),
        "everywhere": torch.tensor(everywhere),
    }  # fmt: skip
    entries = {
        "config": LAYOUT.to_json(), "weights": "weights", "text_lengths": [length], "steps": steps, "shift": 2.0,
        "offsets": offsets, "elements": elements,
    }  # fmt: skip
    case.write("layout", entries, inputs, expected, 2e-4)


def codec(root: Path) -> None:
    case, rows, columns, components = Case(root, "codec"), 2, 3, 16
    random = {
        "layer.decode": case.draw(components, 5120) * 0.2,
        "photo.mean": torch.rand(768, generator=case.generator),
        "photo.encode": case.draw(768, PHOTO_COMPONENTS) * 0.05,
    }
    write_manifest(case.folder / "codec", {}, {k: stored(v.numpy(), "F16") for k, v in random.items()})
    _, weights = read_manifest(case.folder / "codec")
    t = {k: torch.from_numpy(v.copy()) for k, v in weights.items()}
    own = Codec(torch.empty(0), t["layer.decode"], t["photo.mean"], t["photo.encode"])
    photo = torch.randint(0, 256, (rows * 16, columns * 16, 3), generator=case.generator)
    matte = torch.rand(rows * 16, columns * 16, generator=case.generator)
    latents = case.draw(rows * columns, components)
    expected = {
        "photo_tokens": own.photo_tokens(photo[None])[0],
        "matte_tokens": matte_tokens(matte[None], rows, columns)[0],
        "layer": own.layer(latents[None], rows, columns)[0],
    }
    inputs = {"photo": photo, "matte": matte, "latents": latents}
    case.write("codec", {"codec": "codec", "grid": [rows, columns]}, inputs, expected, 1e-5)


@torch.no_grad()
def cases(argv: Sequence[str] | None = None) -> None:
    root = Path(options("cases", argv).out)
    for write in (conditioned_drawing, conditioned_layout, drawing, layout, codec):
        write(root)
