"""Weights on disk as the app reads them: `manifest.json` beside binary shards.

Offsets are 64-byte aligned inside their shard, numbers little-endian, tensors row-major. A Q8 tensor is laid out in
onnxruntime's MatMulNBits layout: a weight [N, K] is cut into blocks of 32 along K, each with one f16 scale s and
w = (q - 128) s; its scales [N, K / 32] are in the same shard. 4 bits: `photodoodle convert` alone."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

BLOCK = 32
FORMAT = "photodoodle-manifest/1"
ALIGNMENT = 64
SHARD_BYTES = 16 * 2**20  # small enough that an interrupted download loses little
DTYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}


class Quantised(NamedTuple):
    """`data` uint8 [N, K / 32, 32]; `scales` f16 [N, K / 32]."""

    data: np.ndarray
    scales: np.ndarray


def can_quantise(weight: np.ndarray) -> bool:
    return weight.ndim == 2 and weight.shape[1] % BLOCK == 0


def quantise(weight: np.ndarray) -> Quantised:
    """weight f32 [N, K], K a multiple of 32. The scale is rounded to f16 before the values are, so that rounding
    of the scale costs nothing. Raises ValueError on other shapes."""
    if not can_quantise(weight):
        raise ValueError(f"cannot store {weight.shape} in blocks of {BLOCK}; store it as F16 instead")
    blocks = np.asarray(weight, np.float32).reshape(weight.shape[0], -1, BLOCK)
    scales = (np.abs(blocks).max(-1) / 127).astype(np.float16)
    divisor = scales.astype(np.float32)[..., None]
    safe = np.where(divisor == 0, 1, divisor)
    q = np.clip(np.rint(np.where(divisor == 0, 0, blocks / safe)) + 128, 0, 255).astype(np.uint8)
    return Quantised(q, scales)


def dequantise(tensor: Quantised) -> np.ndarray:
    """-> f32 [N, K]."""
    values = (tensor.data.astype(np.float32) - 128) * tensor.scales.astype(np.float32)[..., None]
    return values.reshape(len(values), -1)


class Stored(NamedTuple):
    """One tensor as it will be stored: `values` f32, `dtype` F32, F16 or Q8."""

    values: np.ndarray
    dtype: str


def stored(values: np.ndarray, dtype: str) -> Stored:
    """Picks `dtype` for a matrix that can be cut into blocks, else F16 for matrices and F32 for vectors."""
    values = np.ascontiguousarray(values, np.float32)
    if dtype == "Q8" and not can_quantise(values):
        dtype = "F16" if values.ndim > 1 else "F32"
    return Stored(values, dtype)


def write_manifest(folder: Path, config: dict, tensors: dict[str, Stored]) -> int:
    """Writes the folder (old shards in it are removed) and returns its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("shard-*.bin"):
        old.unlink()
    shards, entries, listed = [bytearray()], {}, []
    for name, (values, dtype) in tensors.items():
        parts = quantise(values) if dtype == "Q8" else [values.astype(DTYPES[dtype])]
        if shards[-1] and len(shards[-1]) + sum(part.nbytes for part in parts) + 2 * ALIGNMENT > SHARD_BYTES:
            shards.append(bytearray())
        shard, places = shards[-1], []
        for part in parts:
            shard += bytes(-len(shard) % ALIGNMENT)
            places.append({"offset": len(shard), "bytes": part.nbytes})
            shard += part.tobytes()
        entries[name] = {"dtype": dtype, "shape": list(values.shape), "shard": len(shards) - 1, **places[0]}
        if dtype == "Q8":
            entries[name]["scales"] = {"dtype": "F16", **places[1]}
    for number, shard in enumerate(shards):
        file = f"shard-{number:05d}.bin"
        (folder / file).write_bytes(shard)
        listed.append({"file": file, "bytes": len(shard), "sha256": hashlib.sha256(shard).hexdigest()})
    manifest = {"format": FORMAT, "config": config, "tensors": entries, "shards": listed}
    (folder / "manifest.json").write_text(json.dumps(manifest, separators=(",", ":")) + "\n")
    return sum(f.stat().st_size for f in folder.iterdir() if f.is_file())


def read_manifest(folder: Path) -> tuple[dict, dict[str, np.ndarray]]:
    """-> (config, tensors dequantised to f32). Raises ValueError when a shard does not match its SHA-256."""
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest["format"] != FORMAT:
        raise ValueError(f"{folder} has format {manifest['format']!r}, expected {FORMAT!r}; export it again")
    shards = []
    for shard in manifest["shards"]:
        raw = (folder / shard["file"]).read_bytes()
        if hashlib.sha256(raw).hexdigest() != shard["sha256"]:
            raise ValueError(f"{folder / shard['file']} is damaged (SHA-256 differs); export it again")
        shards.append(raw)
    tensors = {}
    for name, entry in manifest["tensors"].items():
        raw = shards[entry["shard"]]
        piece = raw[entry["offset"] : entry["offset"] + entry["bytes"]]
        if entry["dtype"] == "Q8":
            (rows, columns), place = entry["shape"], entry["scales"]
            data = np.frombuffer(piece, np.uint8).reshape(rows, columns // BLOCK, BLOCK)
            scales = np.frombuffer(raw, "<f2", rows * columns // BLOCK, place["offset"])
            tensors[name] = dequantise(Quantised(data, scales.reshape(rows, -1)))
        else:
            values = np.frombuffer(piece, DTYPES[entry["dtype"]]).astype(np.float32)
            tensors[name] = values.reshape(entry["shape"])
    return manifest["config"], tensors
