"""onnxruntime's side of the comparison: predictions. Variant `f32`: all graph optimizations, softmax included.
"""

import onnxruntime
import peer
from onnx import TensorProto, helper, numpy_helper
from peer import Run


def network(job):
    """A chain of Gemm and Relu nodes with a Softmax at its end."""
    nodes, parts, last, count = [], [], "x", len(job.layers) - 1
    for index, (w, b) in enumerate(job.weights()):
        parts += [numpy_helper.from_array(w, f"w{index}"), numpy_helper.from_array(b, f"b{index}")]
        nodes.append(helper.make_node("Gemm", [last, f"w{index}", f"b{index}"], [f"z{index}"]))
        last = f"z{index}"
        if index + 1 < count:
            nodes.append(helper.make_node("Relu", [last], [f"a{index}"]))
            last = f"a{index}"
    nodes.append(helper.make_node("Softmax", [last], ["y"], axis=1))
    told = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", width])
    graph = helper.make_graph(nodes, "network", [told("x", job.layers[0])], [told("y", job.layers[-1])], parts)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def prepare(job):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = peer.THREADS
    settings.inter_op_num_threads = 1
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = network(job).SerializeToString()
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    x = {"x": job.data()[0][: job.batch].copy()}
    last = None

    def call():
        nonlocal last
        last = session.run(None, x)

    return Run(call, lambda: float(last[0].sum()))


peer.serve(prepare)
