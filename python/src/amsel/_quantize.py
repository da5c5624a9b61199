"""Twins of an ONNX file, made by ONNX Runtime's own quantisation and conversion."""

from __future__ import annotations

import importlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import RuntimeFailure

#: Per-channel DequantizeLinear came with it.
_OPSET = 13
_MOST_BYTES = 2**31 - 1  # of one protocol buffer
_QUANTISED = {
    "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger",
    "MatMulInteger",
}  # fmt: skip
_WEIGHTED = {"Conv", "ConvTranspose", "MatMul", "Gemm"}


class Refused(Exception):
    """No twin can be made of a DNN; its text says why."""


def needed(module: str) -> Any:
    """A module of the packages that make twins."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as the program has it
    try:
        return importlib.import_module(module)
    except ImportError as failure:
        raise RuntimeFailure(
            f"derive needs the packages onnx and onnxruntime: pip install 'amsel[derive]' ({failure})"
        ) from failure


def int8(source: Path, name: str, tensors: NDArray[Any], target: Path) -> str:
    """Writes `target`, the DNN `source` with 8-bit weights and activations, and gives the method.

    Parameters
    ----------
    source : Path
        The ONNX file, its data files beside it.
    name : str
        Of its input.
    tensors : array
        Inputs that its activations are measured on, one after another along the first dimension.
    target : Path
        Where the twin goes, in one file.

    Raises
    ------
    Refused
        With the reason.
    """
    onnx, quantization = needed("onnx"), needed("onnxruntime.quantization")
    runtime = needed("onnxruntime")
    model = _read(onnx, source)
    _check(onnx, model, name)
    model = _of_opset(onnx, model)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, prepared = Path(folder, "plain.onnx"), Path(folder, "prepared.onnx")
        onnx.save(model, plain)
        try:
            # Symbolic shapes need a package more and tell convolutional DNNs nothing.
            quantization.shape_inference.quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
            quantization.quantize_static(
                str(prepared),
                str(target),
                _reader(quantization, name, tensors),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                reduce_range=False,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                calibrate_method=quantization.CalibrationMethod.MinMax,
                op_types_to_quantize=_types(quantization),
                # Logits stay as fine as they were: of 256 steps many classes would tie.
                extra_options={"WeightSymmetric": True, "ActivationSymmetric": False,
                               "OpTypesToExcludeOutputQuantization": ["Gemm"]},
            )  # fmt: skip
        except Exception as failure:  # whatever a third party finds in somebody's DNN
            raise Refused(f"could not be quantised: {_said(failure)}") from failure
    _settle(onnx, target)
    return f"int8: static, per channel, QDQ, MinMax; ONNX Runtime {runtime.__version__}"


def float16(source: Path, target: Path) -> str:
    """Writes `target`, the DNN `source` with 16-bit weights and arithmetic, inputs and outputs as they were."""
    onnx, converter = needed("onnx"), needed("onnxruntime.transformers.float16")
    runtime = needed("onnxruntime")
    model = _read(onnx, source)
    _check(onnx, model, "")
    with _quiet():
        try:
            onnx.save(converter.convert_float_to_float16(model, keep_io_types=True), target)
        except Exception as failure:
            raise Refused(f"could not be converted: {_said(failure)}") from failure
    return f"float16: weights and arithmetic, inputs and outputs as they were; ONNX Runtime {runtime.__version__}"


def try_out(file: Path, name: str, tensors: NDArray[Any]) -> None:
    """Runs a DNN on the first tensors; refuses one that cannot run or gives what is no number."""
    runtime = needed("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        outputs = session.run(None, {name: np.ascontiguousarray(tensors[:1])})
    except Exception as failure:
        raise Refused(f"does not run: {_said(failure)}") from failure
    if not all(np.isfinite(np.asarray(output, np.float64)).all() for output in outputs):
        raise Refused("gives values that are no numbers")


def _read(onnx: Any, source: Path) -> Any:
    if source.suffix == ".ort":
        raise Refused("is in ONNX Runtime's own format, which cannot be changed: give the ONNX file it was made from")
    try:
        model = onnx.load(source)
    except Exception as failure:
        raise Refused(f"cannot be read: {_said(failure)}") from failure
    if model.ByteSize() > _MOST_BYTES:
        raise Refused("has more than 2 GiB of weights, more than one ONNX file holds")
    return model


def _check(onnx: Any, model: Any, name: str) -> None:
    kinds = {node.op_type for node in _nodes(onnx, model)}
    if kinds & _QUANTISED:
        raise Refused(f"is quantised already (it has {sorted(kinds & _QUANTISED)[0]})")
    if not kinds & _WEIGHTED:
        raise Refused(f"has none of the operators that gain: {', '.join(sorted(_WEIGHTED))}")
    half = onnx.TensorProto.FLOAT16
    if any(tensor.data_type == half for tensor in model.graph.initializer):
        raise Refused("has float16 weights: derive from the float32 DNN that it was made from")
    inputs = {one.name: one.type.tensor_type.elem_type for one in model.graph.input}
    if name and inputs.get(name) == half:
        raise Refused("takes float16 inputs: derive from the float32 DNN that it was made from")


def _nodes(onnx: Any, model: Any) -> Iterator[Any]:
    """All nodes, those of functions and of graphs inside nodes too."""
    waiting = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                waiting.extend(attribute.g.node)
            for graph in attribute.graphs:
                waiting.extend(graph.node)


def _of_opset(onnx: Any, model: Any) -> Any:
    version = next((opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")), 1)
    if version >= _OPSET:
        return model
    try:
        return needed("onnx.version_converter").convert_version(model, _OPSET)
    except Exception as failure:
        raise Refused(
            f"is of opset {version}, and could not be converted to {_OPSET}, which int8 per channel needs: "
            f"{_said(failure)}"
        ) from failure


def _types(quantization: Any) -> list[str]:
    """All that ONNX Runtime quantises but Softmax, which says how sure an answer is; in one order each time."""
    registry = importlib.import_module(quantization.__name__ + ".registry")
    return sorted({*registry.QLinearOpsRegistry, *registry.QDQRegistry} - {"Softmax"})


def _reader(quantization: Any, name: str, tensors: NDArray[Any]) -> Any:
    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._at = 0

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            """One image's tensor; None at the end."""
            if self._at == len(tensors):
                return None
            self._at += 1
            return {name: np.ascontiguousarray(tensors[self._at - 1 : self._at])}

    return Reader()


def _settle(onnx: Any, target: Path) -> None:
    """Refuses a twin that nothing came of."""
    kinds = {node.op_type for node in onnx.load(target).graph.node}
    if "QuantizeLinear" not in kinds:
        raise Refused("could not be quantised: ONNX Runtime found nothing that it could")


def _said(failure: Exception) -> str:
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(failure).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice that ONNX Runtime's tools log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
