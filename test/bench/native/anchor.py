"""Native anchors: NumPy, numexpr, PyTorch and C on the same arrays. One order a line, as JSON; one reply a line.

python3 anchor.py LIBRARY THREADS [SHARED_OBJECT]
"""
import ctypes
import json
import os
import sys
import time

library, threads = sys.argv[1], int(sys.argv[2])
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[name] = str(threads)

import numpy as np  # noqa: E402

if library == "numexpr":
    import numexpr

    numexpr.set_num_threads(threads)
if library == "pytorch":
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)


def transposed(task, a, b):
    side = task.get("transposed")
    return (a.T if side == "left" else a), (b.T if side == "right" else b)


def numpy_tasks():
    def product(task, a, b):
        a, b = transposed(task, a, b)
        return lambda: a @ b

    def chain(task, x):
        a, b, c, one = map(np.float32, (0.7, 0.1, 1.3, 1))
        return lambda: np.tanh(a * x + b) / (one + np.exp(-c * x)) + np.exp(-x * x)

    def softmax(task, x):
        def run():
            e = np.exp(x - x.max(-1, keepdims=True))
            return e / e.sum(-1, keepdims=True)

        return run

    def layer_norm(task, x, gain, bias):
        def run():
            d = x - x.mean(-1, keepdims=True)
            return d / np.sqrt(np.square(d).mean(-1, keepdims=True) + np.float32(1e-5)) * gain + bias

        return run

    def theano(task, a, b):
        code = compile(task["expression"], "expression", "eval")
        return lambda: eval(code, {"a": a, "b": b})

    return {
        "product": product,
        "sum": lambda task, x, y: lambda: x + y,
        "chain": chain,
        "deviations": lambda task, x: lambda: np.square(x - x.mean()).sum(),
        "softmax": softmax,
        "layerNorm": layer_norm,
        "theano": theano,
    }


def numexpr_tasks():
    def theano(task, a, b):
        return lambda: numexpr.evaluate(task["expression"], {"a": a, "b": b})

    return {"theano": theano}


def c_tasks():
    code = ctypes.CDLL(sys.argv[3])
    pointer = lambda x: x.ctypes.data_as(ctypes.c_void_p)  # noqa: E731

    def call(name, shape, *arrays_and_sizes):
        arrays = [x for x in arrays_and_sizes if isinstance(x, np.ndarray)]
        result = np.empty(shape, arrays[0].dtype)
        sizes = [n for n in arrays_and_sizes if isinstance(n, int)]
        args = [*map(pointer, arrays), pointer(result), *map(ctypes.c_int, sizes)]
        function = getattr(code, name)

        def run():
            function(*args)
            return result

        return run

    expressions = ["a + 1", "2 * a + 3 * b", "a ** 2 + b ** 2 + 2 * a * b", "2 * a + b ** 10"]

    def theano(task, a, b):
        return call(f"theano{expressions.index(task['expression'])}", a.shape, a, b, a.size)

    return {
        "theano": theano,
        "sum": lambda task, x, y: call("sum", x.shape, x, y, x.size),
        "chain": lambda task, x: call("chain", x.shape, x, x.size),
        "deviations": lambda task, x: call("deviations", (), x, x.size),
        "softmax": lambda task, x: call("softmax", x.shape, x, *x.shape),
        "layerNorm": lambda task, x, gain, bias: call("layerNorm", x.shape, x, gain, bias, *x.shape),
    }


def pytorch_tasks():
    def pure(f):
        """A result without gradients; arrays come as tensors."""

        def make(task, **data):
            tensors = {name: torch.from_numpy(x) for name, x in data.items()}

            def run():
                with torch.inference_mode():
                    return f(task, **tensors)

            return run

        return make

    def training(loss):
        def make(task, x, y=None, **parameters):
            p = {name: torch.from_numpy(w).clone().requires_grad_() for name, w in parameters.items()}
            x, y = torch.from_numpy(x), None if y is None else torch.from_numpy(y).long()

            def step():
                value = loss(task, x, y, p)
                value.backward()
                with torch.no_grad():
                    for w in p.values():
                        w -= 0.05 * w.grad
                        w.grad = None
                return value.item()

            step.steps = True
            return step

        return make

    def product(task, a, b):
        a, b = transposed(task, a, b)
        return a @ b

    def mlp(p, x):
        h = torch.relu(torch.addmm(p["b1"], x, p["w1"]))
        h = torch.relu(torch.addmm(p["b2"], h, p["w2"]))
        return torch.addmm(p["b3"], h, p["w3"])

    def lenet(p, x):
        h = torch.tanh(F.max_pool2d(F.conv2d(x, p["k1"], p["c1"]), 2))
        h = torch.tanh(F.max_pool2d(F.conv2d(h, p["k2"], p["c2"]), 2))
        return torch.addmm(p["b2"], torch.tanh(torch.addmm(p["b1"], h.reshape(-1, 800), p["w1"])), p["w2"])

    def transformer(task, p, x):
        width, heads, length = task["width"], task["heads"], task["length"]
        n = F.layer_norm(x, (width,), p["g1"], p["h1"])
        q, k, v = (n @ p["wqkv"]).reshape(length, 3, heads, width // heads).unbind(1)
        scores = q.transpose(0, 1) @ k.permute(1, 2, 0) / (width // heads) ** 0.5
        attended = (torch.softmax(scores, -1) @ v.transpose(0, 1)).transpose(0, 1).reshape(length, width)
        y = x + attended @ p["wo"]
        hidden = torch.addmm(p["b1"], F.layer_norm(y, (width,), p["g2"], p["h2"]), p["w1"])
        return y + torch.addmm(p["b2"], F.gelu(hidden, approximate="tanh"), p["w2"])

    def convolution(task, x, k):
        return F.conv2d(x, k, stride=task["stride"], padding=task["padding"], groups=task["groups"])

    return {
        "product": pure(product),
        "sum": pure(lambda task, x, y: x + y),
        "chain": pure(lambda task, x: torch.tanh(0.7 * x + 0.1) * torch.sigmoid(1.3 * x) + torch.exp(-x * x)),
        "deviations": pure(lambda task, x: (x - x.mean()).square().sum()),
        "softmax": pure(lambda task, x: torch.softmax(x, -1)),
        "layerNorm": pure(lambda task, x, gain, bias: F.layer_norm(x, x.shape[-1:], gain, bias)),
        "mlp": pure(lambda task, x, y, **p: mlp(p, x)),
        "mlpStep": training(lambda task, x, y, p: F.cross_entropy(mlp(p, x), y)),
        "convolution": pure(convolution),
        "lenet": pure(lambda task, x, y, **p: lenet(p, x)),
        "lenetStep": training(lambda task, x, y, p: F.cross_entropy(lenet(p, x), y)),
        "transformer": pure(lambda task, x, **p: transformer(task, p, x)),
        "transformerStep": training(lambda task, x, y, p: transformer(task, p, x).square().mean()),
    }


def timed(run, seconds):
    """Seconds of one call: the median of those that fit into `seconds`, of at least one."""
    times = []
    start = time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return sorted(times)[len(times) // 2]


def memory_of(run, data):
    """Bytes that a call of a PyTorch model takes besides the parameters: at most at once, and in all."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        run()
    given = sum(data[name].nbytes for name in ("x", "y") if name in data)
    changes = [event.nbytes() for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    peak = live = 0
    for change in changes:
        live += change
        peak = max(peak, live)
    return {"peak": peak + given, "sum": sum(max(change, 0) for change in changes) + given}


models = {"mlp", "mlpStep", "lenet", "lenetStep", "transformer", "transformerStep"}
tasks = {"numpy": numpy_tasks, "numexpr": numexpr_tasks, "pytorch": pytorch_tasks, "gcc -Ofast": c_tasks}[library]()
run = None


def obey(order):
    global run
    if order["do"] == "prepare":
        make = tasks.get(order["task"]["kind"])
        if make is None:
            return {"unsupported": True}
        data = {
            name: np.fromfile(array["file"], array["dtype"]).reshape(array["shape"])
            for name, array in order["data"].items()
        }
        run = make(order["task"], **data)
        result = [run() for _ in range(3)] if getattr(run, "steps", False) else run()
        np.asarray(result, np.float64).tofile(order["result"])
        measured = library == "pytorch" and order["task"]["kind"] in models
        return {"memory": memory_of(run, data)} if measured else {}
    if order["do"] == "time":
        run()
        return {"seconds": timed(run, order["seconds"])}
    return {}


for line in sys.stdin:
    try:
        reply = obey(json.loads(line))
    except Exception as error:  # noqa: BLE001: told to the table, which goes on without this one
        reply = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
