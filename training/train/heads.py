"""Trains the network that finds heads (configs/heads.toml) and writes it into the matte network's file."""

import hashlib
import json
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper
from torch import Tensor

from configs import options
from data.artwork import write_npz
from data.photos import is_held_out, load_index, load_photo, random_view
from data.settings import data_dir, work_dir
from model.heads import CELLS, FEATURES, NOT_SUBJECT, OUTPUTS, HeadFinder, cell_heads, found_head
from model.matte import MODEL, Matting
from train.cache import described, random_size

DELTA = 0.3  # From here on an error counts linearly, in the head's sides
AT_HEAD = 0.3  # Spread, in the head's sides, of the cells that are to answer


def _views(held_out: bool, args: Namespace) -> dict[str, np.ndarray]:
    """features f16 [V, 144, 192], matte u8 [V, 144, 16], head f32 [V, 6] in shares of the view, photo str [V]."""
    path = work_dir() / args.out / f"{'held-out' if held_out else 'train'}.npz"
    if path.is_file():
        with np.load(path) as known:
            return dict(known)
    rng, network = np.random.default_rng(args.seed + held_out), Matting(fast=True).look
    infos = [info for info in load_index(data_dir()) if is_held_out(info.id) == held_out]
    photos = [photo for photo in (load_photo(info, data_dir()) for info in infos) if photo.head is not None]
    rows, started = [], time.monotonic()
    for photo in photos * args.per_photo:
        if time.monotonic() - started > 60 * args.minutes:
            break
        view = random_view(photo, random_size(rng), rng)
        if view.head is None:
            continue
        height, width = view.matte.shape
        entry = described(view, network, rng)
        head = np.array([*view.head.box, *view.head.crown], np.float32) / ([width, height] * 3)
        rows.append({**entry, "head": head.astype(np.float32), "photo": np.array(photo.id)})
    shard = {name: np.stack([row[name] for row in rows]) for name in ("features", "matte", "head", "photo")}
    write_npz(path, **shard)
    return shard


def _loss(cells: Tensor, covered: Tensor, head: Tensor) -> Tensor:
    """cells [B, 144, 7], covered [B, 144] by the subject (1: not told), head [B, 6]."""
    middle = cell_heads(torch.zeros(1, CELLS**2, OUTPUTS))[..., :2]
    sides, centre = head[:, 2:4] - head[:, :2], (head[:, 2:4] + head[:, :2]) / 2
    away = ((middle - centre[:, None]) / (AT_HEAD * sides[:, None] + 0.03)).square().sum(-1)
    wanted = (-away / 2).softmax(-1)
    unit, answers = sides.repeat(1, 3), cell_heads(cells)
    true = (head / unit)[:, None]
    lost = lambda told: F.huber_loss(told, true.expand_as(told), reduction="none", delta=DELTA)
    weights = (cells[..., 0] + (covered + NOT_SUBJECT).log()).softmax(-1)
    read = (weights[..., None] * answers).sum(1, keepdim=True)
    named = -(wanted * cells[..., 0].log_softmax(-1)).sum(-1).mean()
    each = (wanted * lost(answers / unit[:, None]).mean(-1)).sum(-1).mean()
    return named + 20 * each + 10 * lost(read / unit[:, None]).mean()


def head_figures(network: HeadFinder, views: dict[str, np.ndarray]) -> dict[str, float]:
    """found: share of views; right: share of found ones a hat fits on; off: the crown's, median, in head widths."""
    cells = network.eval()(torch.from_numpy(views["features"]).float()).detach().numpy()
    right, off = [], []
    for cell, matte, true in zip(cells, views["matte"], views["head"]):
        plane = matte.reshape(CELLS, CELLS, 4, 4).transpose(0, 2, 1, 3).reshape(4 * CELLS, 4 * CELLS) / 255
        head = found_head(cell, plane, (1, 1))
        if head is not None:
            x, y = (np.array(head.crown) - true[4:]) / (true[2:4] - true[:2])
            right.append(abs(x) < 0.4 and -0.5 < y < 0.28 and 0.6 < head.width / (true[2] - true[0]) < 1.6)
            off.append(np.hypot(x, y))
    share = lambda values: round(float(np.mean(values)), 3) if len(values) else 0.0
    return {"found": round(len(right) / len(cells), 3), "right": share(right), "off": round(float(np.median(off)), 3)}


def heads(argv: Sequence[str] | None = None) -> None:
    """Makes the views, trains, measures on photos kept for that, writes the network."""
    args = options("heads", argv)
    torch.manual_seed(args.seed)
    cv2.setNumThreads(1)
    views, held, rng = _views(False, args), _views(True, args), np.random.default_rng(args.seed)
    _, photo, count = np.unique(views["photo"], return_inverse=True, return_counts=True)
    chance = 1 / count[photo] / len(count)
    features, head = torch.from_numpy(views["features"]).float(), torch.from_numpy(views["head"])
    covered = torch.from_numpy(views["matte"]).float().mean(-1) / 255
    print(f"{len(head)} views of {len(count)} photos", flush=True)
    network = HeadFinder(dropout=args.dropout)
    optimiser = torch.optim.AdamW(network.parameters(), args.rate, weight_decay=args.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, args.steps, pct_start=0.05)
    for step in range(1, args.steps + 1):
        chosen = rng.choice(len(head), args.batch, p=chance)
        told = torch.from_numpy(rng.random((args.batch, 1)) < 0.7)
        loss = _loss(network.train()(features[chosen]), torch.where(told, covered[chosen], 1.0), head[chosen])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % (args.steps // 4) == 0:
            print({"step": step, "loss": round(loss.item(), 3)} | head_figures(network, held), flush=True)
    torch.save(network.state_dict(), work_dir() / args.out / "heads.pt")
    write_heads(network, MODEL)


def write_heads(network: HeadFinder, path: Path) -> None:
    """Gives the matte network of a file the output `heads`, in the place of the one before; weights in f16."""
    model = onnx.load(path)
    graph, state = model.graph, {name: value.half().numpy() for name, value in network.state_dict().items()}
    for owner in (graph.node, graph.initializer, graph.output):
        for item in [item for item in owner if item.name.split(".")[0] == "heads"]:
            owner.remove(item)
    constants = {f"heads.{name}": value for name, value in state.items()}
    to_f32 = lambda name: helper.make_node("Cast", [name], [f"{name}.f32"], f"{name}.cast", to=onnx.TensorProto.FLOAT)
    casts = [to_f32(name) for name in constants]
    shapes = {"heads.grid": [1, FEATURES, CELLS, CELLS], "heads.rows": [OUTPUTS, CELLS**2]}
    constants |= {name: np.array(shape, np.int64) for name, shape in shapes.items()}
    nodes, last = [], "features"

    def then(kind: str, *more: str, **about) -> None:
        nonlocal last
        at = f"heads.{len(nodes)}"
        nodes.append(helper.make_node(kind, [last, *more], [at], at, **about))
        last = at

    then("Mul", "heads.scale.f32")
    then("Transpose", perm=[1, 0])
    then("Reshape", "heads.grid")
    then("Conv", "heads.into.weight.f32", "heads.into.bias.f32")
    then("Relu")
    for at, conv in enumerate(network.near):
        before, gap = last, conv.dilation[0]
        names = (f"heads.near.{at}.{part}.f32" for part in ("weight", "bias"))
        then("Conv", *names, dilations=[gap, gap], pads=[gap] * 4, kernel_shape=[3, 3])
        then("Relu")
        then("Add", before)
    then("Conv", "heads.out.weight.f32", "heads.out.bias.f32")
    then("Reshape", "heads.rows")
    nodes.append(helper.make_node("Transpose", [last], ["heads"], "heads.last", perm=[1, 0]))
    graph.node.extend([*casts, *nodes])
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    graph.output.append(helper.make_tensor_value_info("heads", onnx.TensorProto.FLOAT, [CELLS * CELLS, OUTPUTS]))
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    path.write_bytes(data)
    index = path.with_name("matte.json")
    about = json.loads(index.read_text()) | {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    index.write_text(json.dumps(about, indent=2) + "\n")
