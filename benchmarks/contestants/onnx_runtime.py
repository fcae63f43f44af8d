"""ONNX Runtime, which only predicts: the network as a model written by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from network import Array, Network, Weights


def export(weights: Weights) -> bytes:
    """Return the model: products with biases, ReLU between them, then the sigmoid or softmax."""
    nodes, numbers, x = [], [], "x"
    for i, (W, b) in enumerate(weights):
        numbers += [numpy_helper.from_array(W, f"W{i}"), numpy_helper.from_array(b, f"b{i}")]
        nodes.append(helper.make_node("Gemm", [x, f"W{i}", f"b{i}"], [f"z{i}"]))
        x = f"z{i}"
        if i < len(weights) - 1:
            nodes.append(helper.make_node("Relu", [x], [f"h{i}"]))
            x = f"h{i}"
    outputs = weights[-1][1].size
    if outputs == 1:
        numbers.append(numpy_helper.from_array(np.float32(1), "one"))
        nodes.append(helper.make_node("Sigmoid", [x], ["p"]))
        nodes.append(helper.make_node("Sub", ["one", "p"], ["q"]))
        nodes.append(helper.make_node("Concat", ["q", "p"], ["y"], axis=1))
    else:
        nodes.append(helper.make_node("Softmax", [x], ["y"], axis=1))
    columns = weights[0][0].shape[0]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", columns])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", max(2, outputs)])],
        numbers,
    )
    # A version of the operators that every ONNX Runtime of the last years knows.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


class OnnxRuntime:
    """An inference session."""

    def __init__(self, network: Network, threads: int) -> None:
        del network
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1

    def set_weights(self, weights: Weights) -> None:
        """Make a session of these weights."""
        self.session = onnxruntime.InferenceSession(
            export(weights), self.options, providers=["CPUExecutionProvider"]
        )

    def predict_proba(self, X: Array) -> Array:
        """Run the session."""
        return self.session.run(None, {"x": X})[0]

    def predictor(self, *, compiled: bool = False) -> Callable[[Array], Array]:
        """Return predict_proba."""
        del compiled
        return self.predict_proba
