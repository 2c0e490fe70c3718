"""Files in a tar cut into parts, for machines that take or give only small files.

    python training/parcels.py send --name pretrain --out FOLDER --part-mib 15 runs/pretrain/checkpoint.pt curve.jsonl
    python training/parcels.py receive --name pretrain --parts FOLDER --to FOLDER

Weights travel as f16: a checkpoint.pt becomes the master file that pretrain.py --init goes on from (averaged weights only),
a .safetensors keeps its names and metadata. Parts are called NAME.DIGEST.NN-of-MM; nothing else is needed to join them.
"""

import argparse
import hashlib
import io
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

from nano.checkpoint import load_trained, save_master

DIGEST_LENGTH = 16


class ParcelError(Exception):
    """Parts are missing or damaged; the message names them."""


class _Splitter(io.RawIOBase):
    """Writes a stream into files of at most `part_bytes` and takes its SHA-256."""

    def __init__(self, folder: Path, name: str, part_bytes: int):
        self.folder, self.name, self.part_bytes = folder, name, part_bytes
        self.parts: list[Path] = []
        self.room, self.digest = 0, hashlib.sha256()
        self.file: io.BufferedWriter | None = None

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        rest = memoryview(data)
        self.digest.update(rest)
        while len(rest):
            if self.room == 0:
                self._next()
            self.file.write(rest[: self.room])
            written = min(self.room, len(rest))
            self.room, rest = self.room - written, rest[written:]
        return len(data)

    def _next(self) -> None:
        if self.file:
            self.file.close()
        self.parts.append(self.folder / f"{self.name}.unfinished-{len(self.parts):02d}")
        self.file, self.room = self.parts[-1].open("wb"), self.part_bytes

    def finish(self) -> list[Path]:
        if self.file:
            self.file.close()
        stem = f"{self.name}.{self.digest.hexdigest()[:DIGEST_LENGTH]}"
        return [part.rename(self.folder / f"{stem}.{i:02d}-of-{len(self.parts):02d}") for i, part in enumerate(self.parts)]


def write_parcel(folder: Path, name: str, files: dict[str, Path], part_bytes: int) -> list[Path]:
    """Writes `files` (name inside -> file or folder) as parts in `folder`; older parts of that name go. -> the parts."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in _parts(folder, name):
        old.unlink()
    splitter = _Splitter(folder, name, part_bytes)
    with tarfile.open(fileobj=splitter, mode="w|") as tar:
        for inside, path in files.items():
            tar.add(path, inside)
    return splitter.finish()


def _parts(folder: Path, name: str) -> list[Path]:
    pattern = re.compile(rf"{re.escape(name)}\.[0-9a-f]{{{DIGEST_LENGTH}}}\.\d+-of-\d+")
    return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name)) if folder.is_dir() else []


class _Joiner(io.RawIOBase):
    def __init__(self, parts: list[Path], stack: ExitStack):
        self.chunks = self._read(parts, stack)
        self.digest, self.left = hashlib.sha256(), b""

    @staticmethod
    def _read(parts: list[Path], stack: ExitStack) -> Iterator[bytes]:
        for part in parts:
            file = stack.enter_context(part.open("rb"))
            while chunk := file.read(2**20):
                yield chunk

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if not self.left:
            self.left = next(self.chunks, b"")
            self.digest.update(self.left)
        count = min(len(buffer), len(self.left))
        buffer[:count], self.left = self.left[:count], self.left[count:]
        return count


def read_parcel(folder: Path, name: str, to: Path) -> None:
    """Joins the parts in `folder` and unpacks them under `to`. Raises ParcelError when a part is missing or damaged."""
    parts = _parts(folder, name)
    if not parts:
        raise ParcelError(f"{folder} holds no part of {name!r}: copy the files {name}.DIGEST.NN-of-MM there")
    digests = {part.name.split(".")[-2] for part in parts}
    if len(digests) > 1:
        raise ParcelError(f"{folder} holds parts of several parcels {name!r} ({sorted(digests)}): keep one digest's")
    (digest,), count = digests, int(parts[0].name.rsplit("-", 1)[1])
    numbers = {int(part.name.split(".")[-1].split("-")[0]) for part in parts}
    missing = sorted(set(range(count)) - numbers)
    if missing:
        raise ParcelError(f"{name!r} lacks the parts {missing} of {count}: copy them to {folder} too")
    to.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        joiner = _Joiner(parts, stack)
        with tarfile.open(fileobj=io.BufferedReader(joiner), mode="r|") as tar:
            tar.extractall(to, filter="data")
        for chunk in joiner.chunks:  # padding behind the archive's end
            joiner.digest.update(chunk)
    if joiner.digest.hexdigest()[:DIGEST_LENGTH] != digest:
        raise ParcelError(f"the parts of {name!r} in {folder} are damaged: copy them again")


def small(path: Path, folder: Path) -> Path:
    """The file itself, or its weights as f16 in `folder`."""
    if path.suffix == ".pt":
        target = folder / f"{path.stem}.safetensors"
        save_master(target, load_trained(path))
        return target
    if path.suffix != ".safetensors":
        return path
    target = folder / path.name
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        floats = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
        save_file(floats, target, file.metadata())
    return target


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    send = verbs.add_parser("send")
    send.add_argument("--name", required=True)
    send.add_argument("--out", type=Path, required=True)
    send.add_argument("--part-mib", type=float, default=15)
    send.add_argument("files", type=Path, nargs="+")
    receive = verbs.add_parser("receive")
    receive.add_argument("--name", required=True)
    receive.add_argument("--parts", type=Path, required=True)
    receive.add_argument("--to", type=Path, required=True)
    args = parser.parse_args(argv)
    if args.verb == "receive":
        read_parcel(args.parts, args.name, args.to)
        return
    with tempfile.TemporaryDirectory() as scratch:
        files = [small(path, Path(scratch)) for path in args.files]
        for part in write_parcel(args.out, args.name, {path.name: path for path in files}, int(args.part_mib * 2**20)):
            print(f"{part} {part.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
