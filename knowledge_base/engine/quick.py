"""Two encoders in the form that the processor computes fastest, made once of what their packages bring.

e5 comes for an engine that takes four times as long, MiniLM with weights that ONNX Runtime unpacks to full
floats. Both become ONNX graphs with 8-bit weights, 128 to a scale; the vectors stay the same to .9997. The
files stand in ``models/encoders`` and may be deleted at any time. Only the application's environment has the
library that writes them; the dialogue engine's reads what it finds.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.engine.e5 import E5File, Floats

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parents[2] / "models" / "encoders"
_VERSION = 1  # changes when the graphs do
_BLOCK = 128
_OURS = "com.microsoft"  # where ONNX Runtime keeps its own operations

Write = Callable[[Path], None]


def made(name: str, write: Write) -> Path | None:
    """Give the file of an encoder, making it if it is not there; None where it cannot be made."""
    file = FOLDER / f"{name}-{_VERSION}.onnx"
    if file.is_file():
        return file
    if importlib.util.find_spec("onnx") is None:
        return None
    draft = file.with_name(f".{file.stem}.{os.getpid()}.part")
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        write(draft)
        draft.replace(file)  # whole or not at all
    except OSError as error:  # a full disk or a folder that may not be written to
        log.warning("the encoder %s cannot be kept in %s (%s); it will be slower", name, FOLDER, error)
        return None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return file


def write_e5(source: E5File, target: Path) -> None:
    """Write e5 as a graph from embeddings (tokens, width) to the mean of the last layer (width,)."""
    import onnx
    from onnx import TensorProto, helper

    graph = _E5Graph(source)
    given = helper.make_tensor_value_info("given", TensorProto.FLOAT, ["tokens", source.width])
    found = helper.make_tensor_value_info("found", TensorProto.FLOAT, [source.width])
    whole = helper.make_graph(graph.write(), "e5", [given], [found], graph.constants)
    versions = [helper.make_opsetid("", 18), helper.make_opsetid(_OURS, 1)]
    onnx.save(helper.make_model(whole, opset_imports=versions, ir_version=9), str(target))


def write_in_eight_bits(source: Path, target: Path) -> None:
    """Write a graph with each multiplication by a constant matrix done in 8 bits."""
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)  # constants are computed and stand in the graph
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    model = onnx.load(str(target))
    constants = {one.name: one for one in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        matrix = constants.get(node.input[1]) if node.op_type == "MatMul" else None
        if matrix is None or len(matrix.dims) != 2:
            nodes.append(node)
            continue
        made_, kept = _multiplied(node.input[0], numpy_helper.to_array(matrix).T, None, node.output[0])
        nodes.append(made_)
        model.graph.initializer.extend(kept)
    used = {name for node in nodes for name in node.input}
    left = [one for one in model.graph.initializer if one.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(left)
    if all(one.domain != _OURS for one in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_OURS, 1))
    onnx.save(model, str(target))


def write_with_layer(source: Path, target: Path, layer: str) -> None:
    """Write a graph that also gives what a layer in its middle gives: the name of a node's result."""
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load(str(source))
    model.graph.output.append(helper.make_tensor_value_info(layer, TensorProto.FLOAT, [None] * 3))
    onnx.save(model, str(target))


class _E5Graph:
    """The nodes and constants of e5's twelve layers."""

    def __init__(self, source: E5File) -> None:
        self._source = source
        self._nodes: list[Any] = []
        self.constants: list[Any] = []

    def write(self) -> list[Any]:
        """Give the nodes, in order."""
        heads, width = self._source.heads, self._source.width
        size = width // heads
        self._constant("three", np.array([-1, 3, heads, size], np.int64))
        self._constant("flat", np.array([-1, width], np.int64))
        self._constant("scale", np.array(size**-0.5, np.float32))
        self._constant("over_tokens", np.array([0], np.int64))
        last = self._normal("given", "emb.ln.w", "emb.ln.b", "begin")
        for layer in range(self._source.layers):
            last = self._layer(last, f"l{layer}.")
        self._node("ReduceMean", [last, "over_tokens"], "found", keepdims=0)
        return self._nodes

    def _layer(self, given: str, at: str) -> str:
        width, inner = self._source.width, self._source.inner
        attended = self._multiply(self._attention(given, at), [f"{at}ao"], width, at + "out")
        first = self._normal(self._added(given, attended, at + "1"), f"{at}aln.w", f"{at}aln.b", at + "mid")
        wide = self._multiply(first, [f"{at}fi"], inner, at + "wide")
        bent = self._node("Gelu", [wide], at + "bent", domain=_OURS)
        narrow = self._multiply(bent, [f"{at}fo"], width, at + "narrow")
        return self._normal(self._added(first, narrow, at + "2"), f"{at}oln.w", f"{at}oln.b", at + "end")

    def _attention(self, given: str, at: str) -> str:
        joint = self._multiply(given, [f"{at}q", f"{at}k", f"{at}v"], self._source.width, at + "qkv")
        by_head = self._node("Reshape", [joint, "three"], at + "heads")
        turned = self._node("Transpose", [by_head], at + "turned", perm=[1, 2, 0, 3])
        q, k, v = (f"{at}{part}" for part in "qkv")
        self._node("Split", [turned], q, k, v, axis=0, num_outputs=3)
        keys = self._node("Transpose", [k], at + "keys", perm=[0, 1, 3, 2])
        asked = self._node("Mul", [q, "scale"], at + "asked")
        likeness = self._node("MatMul", [asked, keys], at + "likeness")
        share = self._node("Softmax", [likeness], at + "share", axis=-1)
        mixed = self._node("MatMul", [share, v], at + "mixed")
        back = self._node("Transpose", [mixed], at + "back", perm=[0, 2, 1, 3])
        return self._node("Reshape", [back, "flat"], at + "attended")

    def _multiply(self, given: str, names: list[str], rows: int, out: str) -> str:
        columns = self._source.inner if names[0].endswith("fo") else self._source.width
        matrix = np.concatenate([self._source.matrix(f"{name}.w", rows, columns) for name in names])
        added = np.concatenate([self._source.floats(f"{name}.b") for name in names])
        node, kept = _multiplied(given, matrix, added, out)
        self._nodes.append(node)
        self.constants.extend(kept)
        return out

    def _normal(self, given: str, scale: str, shift: str, out: str) -> str:
        names = [self._constant(name, self._source.floats(name)) for name in (scale, shift)]
        return self._node(
            "LayerNormalization", [given, *names], out, axis=-1, epsilon=float(self._source.epsilon)
        )

    def _added(self, one: str, other: str, out: str) -> str:
        return self._node("Add", [one, other], out + "sum")

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, given: list[str], *out: str, domain: str = "", **settings: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, given, list(out), domain=domain, **settings))
        return out[0]


def _multiplied(given: str, matrix: Floats, added: Floats | None, out: str) -> tuple[Any, list[Any]]:
    """Give the node for ``given`` times the transpose of ``matrix`` (rows, columns), and its constants."""
    from onnx import helper, numpy_helper

    rows, columns = matrix.shape
    blocks = -(-columns // _BLOCK)
    padded = np.zeros((rows, blocks * _BLOCK), np.float32)
    padded[:, :columns] = matrix
    shared = padded.reshape(rows, blocks, _BLOCK)
    scales = np.maximum(np.abs(shared).max(axis=2), 1e-12) / 127
    whole = np.clip(np.round(shared / scales[:, :, None]), -127, 127) + 128
    kept = {f"{out}:w": whole.astype(np.uint8), f"{out}:s": scales.astype(np.float32)}
    names = [given, *kept]
    if added is not None:
        kept[f"{out}:b"] = added
        names += ["", "", f"{out}:b"]  # no zero points, no order of groups
    node = helper.make_node(
        "MatMulNBits",
        names,
        [out],
        domain=_OURS,
        K=columns,
        N=rows,
        bits=8,
        block_size=_BLOCK,
        accuracy_level=4,  # what is multiplied is rounded to 8 bits too
    )
    return node, [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in kept.items()]
