"""A PyTorch classifier as a function of arrays, and as an ONNX file."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _program
from ._compare import needed
from ._errors import RuntimeFailure, UsageError

INPUT, OUTPUT = "input", "logits"
_BATCH = "batch"
_TRACES = "pkg.torch.onnx.stack_trace"


class Network:
    """Answers arrays of shape (batch, channels, height, width) with logits of shape (batch, classes)."""

    def __init__(self, torch: Any, model: Any) -> None:
        self.torch = torch
        # Made here, since PyTorch is imported only where it is wanted.
        wrapper = type("Classifier", (torch.nn.Module,), {"forward": _forward})
        self.module: Any = wrapper().eval()
        self.module.model = model

    def __call__(self, given: NDArray[np.float32]) -> NDArray[np.float32]:
        with self.torch.inference_mode():
            answer = self.module(self.torch.from_numpy(given))
        if not isinstance(answer, self.torch.Tensor):
            raise UsageError(f"model: gives {type(answer).__name__}: expected a tensor, or an object with `logits`")
        shape = tuple(answer.shape)
        if len(shape) != 2 or shape[0] != len(given) or shape[1] < 2:
            raise UsageError(f"model: gives shape {shape} for {len(given)} pictures: expected (pictures, classes)")
        logits = np.asarray(answer.numpy(), np.float32)
        if logits.min() >= 0 and np.allclose(logits.sum(1), 1, atol=1e-4):
            raise UsageError("model: gives probabilities: expected logits, so leave out its softmax")
        return logits


def _forward(self: Any, input: Any) -> Any:
    answer = self.model(input)
    return getattr(answer, "logits", answer)


@contextmanager
def evaluating(model: Any) -> Iterator[Network]:
    """The model on the CPU and in evaluation mode; afterwards it is as it was."""
    torch = needed("torch", "torch")
    if not isinstance(model, torch.nn.Module):
        raise UsageError(f"model: {type(model).__name__} is no torch.nn.Module")
    tensors = [*model.parameters(), *model.buffers()]
    for tensor in tensors:
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            raise UsageError(
                f"model: has numbers of {tensor.dtype}: expected torch.float32, as model.float() makes them"
            )
    if any(tensor.device.type != "cpu" for tensor in tensors):
        model = copy.deepcopy(model).to("cpu")
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        yield Network(torch, model)
    finally:
        for module, training in modes.items():
            module.training = training


def write(network: Network, shape: tuple[int, int, int], classes: int, file: Path, opset: int) -> None:
    """By the first exporter of the installed PyTorch whose file has a free batch and the sizes that it should."""
    refused = []
    for name, exporter in _EXPORTERS:
        for left in file.parent.iterdir():
            left.unlink()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exporter(network, shape, file, opset)
            fault = _fault(file, shape, classes, opset)
        except Exception as failure:  # an exporter may raise whatever it likes
            fault = f"{type(failure).__name__}: {str(failure).strip().partition(chr(10))[0]}"
        if not fault:
            return
        refused.append(f"{name}: {fault}")
    raise RuntimeFailure("model: no exporter of PyTorch could write it.\n" + "\n".join(refused))


def _by_export(network: Network, shape: tuple[int, int, int], file: Path, opset: int) -> None:
    """By the exporter that is the default since PyTorch 2.9."""
    torch, ir = network.torch, needed("onnx_ir", "onnxscript")
    program = torch.onnx.export(
        network.module, (torch.zeros(2, *shape),), dynamo=True, opset_version=opset, input_names=[INPUT],
        output_names=[OUTPUT], dynamic_shapes=({0: torch.export.Dim(_BATCH)},), verbose=False,
    )  # fmt: skip
    graph = program.model
    for part in (graph.graph, *graph.functions.values()):
        for node in ir.traversal.RecursiveGraphIterator(part):
            node.metadata_props.pop(_TRACES, None)  # paths of this computer, line by line
    program.save(str(file))


def _by_tracing(network: Network, shape: tuple[int, int, int], file: Path, opset: int) -> None:
    """By the older exporter, which runs the model once and writes down what it did."""
    torch = network.torch
    free = {INPUT: {0: _BATCH}, OUTPUT: {0: _BATCH}}
    torch.onnx.export(
        network.module, (torch.zeros(2, *shape),), str(file), dynamo=False, opset_version=opset, input_names=[INPUT],
        output_names=[OUTPUT], dynamic_axes=free, verbose=False,
    )  # fmt: skip


_EXPORTERS = (("torch.onnx.export(dynamo=True)", _by_export), ("torch.onnx.export(dynamo=False)", _by_tracing))


def _fault(file: Path, shape: tuple[int, int, int], classes: int, opset: int) -> str:
    """What is wrong with what the file says of itself; empty: nothing."""
    said = _program.run("inspect", _program.arguments([file], [("--json", True)]), progress=False)
    versions = {entry["domain"]: entry["version"] for entry in said["opsets"]}
    if versions.get("", opset) != opset:
        return f"wrote opset {versions['']}, not {opset}"
    for which, expected in ((said["inputs"], (INPUT, list(shape))), (said["outputs"], (OUTPUT, [classes]))):
        told = [(tensor["name"], tensor["shape"]) for tensor in which]
        if len(told) != 1 or told[0][0] != expected[0]:
            return f"names {[name for name, _ in told]}, not {expected[0]}"
        batch, *rest = told[0][1] or [0]
        if isinstance(batch, int) or rest != expected[1]:
            return f"wrote the shape {told[0][1]} of {told[0][0]}, not {[_BATCH, *expected[1]]}"
    return ""
