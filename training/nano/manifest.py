"""Weights on disk as the app reads them: `manifest.json` beside binary shards.

Offsets are 64-byte aligned inside their shard, numbers little-endian, tensors row-major. A Q4/Q8 tensor is laid out
as in `nano.quant` and keeps its f16 scales [N, K / 32] in the same shard.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nano.quant import BLOCK, Quantised, can_quantise, dequantise, quantise

FORMAT = "photodoodle-manifest/1"
ALIGNMENT = 64
SHARD_BYTES = 16 * 2**20  # small enough that an interrupted download loses little

DTYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
BITS = {"Q4": 4, "Q8": 8}


@dataclass(frozen=True)
class Stored:
    """One tensor as it will be stored: `values` f32, `dtype` F32, F16, Q4 or Q8."""

    values: np.ndarray
    dtype: str


def stored(values: np.ndarray, dtype: str) -> Stored:
    """Picks `dtype` for a matrix that can be cut into blocks, else F16 for matrices and F32 for vectors."""
    values = np.ascontiguousarray(values, np.float32)
    if dtype in BITS and not can_quantise(values):
        dtype = "F16" if values.ndim > 1 else "F32"
    return Stored(values, dtype)


class _Shards:
    def __init__(self, folder: Path):
        self.folder, self.buffer, self.done = folder, bytearray(), []

    def room_for(self, size: int) -> None:
        if self.buffer and len(self.buffer) + size > SHARD_BYTES:
            self.flush()

    def append(self, raw: bytes) -> dict:
        self.buffer += bytes(-len(self.buffer) % ALIGNMENT)
        place = {"offset": len(self.buffer), "bytes": len(raw)}
        self.buffer += raw
        return place

    def flush(self) -> None:
        if not self.buffer:
            return
        name = f"shard-{len(self.done):05d}.bin"
        (self.folder / name).write_bytes(self.buffer)
        digest = hashlib.sha256(self.buffer).hexdigest()
        self.done.append({"file": name, "bytes": len(self.buffer), "sha256": digest})
        self.buffer = bytearray()


def write_manifest(folder: Path, config: dict, tensors: dict[str, Stored]) -> int:
    """Writes the folder (old shards in it are removed) and returns its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("shard-*.bin"):
        old.unlink()
    shards, entries = _Shards(folder), {}
    for name, tensor in tensors.items():
        entry = {"dtype": tensor.dtype, "shape": list(tensor.values.shape)}
        scales = None
        if tensor.dtype in BITS:
            packed = quantise(tensor.values, BITS[tensor.dtype])
            raw, scales = packed.data.tobytes(), packed.scales.astype("<f2").tobytes()
        else:
            raw = tensor.values.astype(DTYPES[tensor.dtype]).tobytes()
        shards.room_for(len(raw) + len(scales or b"") + 2 * ALIGNMENT)
        entry |= {"shard": len(shards.done), **shards.append(raw)}
        if scales is not None:
            entry["scales"] = {"dtype": "F16", **shards.append(scales)}
        entries[name] = entry
    shards.flush()
    manifest = {"format": FORMAT, "config": config, "tensors": entries, "shards": shards.done}
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
        if entry["dtype"] in BITS:
            bits, (rows, columns), place = BITS[entry["dtype"]], entry["shape"], entry["scales"]
            data = np.frombuffer(piece, np.uint8).reshape(rows, columns // BLOCK, BLOCK * bits // 8)
            scales = np.frombuffer(raw, "<f2", rows * columns // BLOCK, place["offset"])
            tensors[name] = dequantise(Quantised(bits, data, scales.reshape(rows, -1)))
        else:
            values = np.frombuffer(piece, DTYPES[entry["dtype"]]).astype(np.float32)
            tensors[name] = values.reshape(entry["shape"])
    return manifest["config"], tensors
