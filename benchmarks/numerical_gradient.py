"""The numerical gradient of 784-50-10 on a batch of 100 as the tutorial computes it in NumPy: two forward passes for each of 39,760 weights.

    python3 numerical_gradient.py [--threads 2]

Prints one line of JSON with the fields of `backprop bench`."""
import argparse
import json
import os
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--threads", type=int, default=1)
threads = parser.parse_args().threads
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)  # before numpy is imported

import numpy as np

rng = np.random.default_rng(0)
params = {
    "W1": 0.01 * rng.standard_normal((784, 50)), "b1": np.zeros(50),
    "W2": 0.01 * rng.standard_normal((50, 10)), "b2": np.zeros(10),
}
x = rng.random((100, 784))
t = np.eye(10)[rng.integers(0, 10, 100)]


def softmax(a):
    a = a.T
    a = a - np.max(a, axis=0)
    return (np.exp(a) / np.sum(np.exp(a), axis=0)).T


def loss():
    a1 = np.dot(x, params["W1"]) + params["b1"]
    a2 = np.dot(np.maximum(0, a1), params["W2"]) + params["b2"]
    y = softmax(a2)
    labels = t.argmax(axis=1)
    return -np.sum(np.log(y[np.arange(len(y)), labels] + 1e-7)) / len(y)


def numerical_gradient(f, w, h=1e-4):
    grad = np.zeros_like(w)
    it = np.nditer(w, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        kept = w[i]
        w[i] = kept + h
        above = f()
        w[i] = kept - h
        grad[i] = (above - f()) / (2 * h)
        w[i] = kept
        it.iternext()
    return grad


for _ in range(20):
    loss()
start, cpu = time.perf_counter(), time.process_time()
for w in params.values():
    numerical_gradient(loss, w)
seconds = time.perf_counter() - start
print(json.dumps({
    "peer": "numpy-" + np.__version__.rsplit(".", 1)[0], "workload": "mlp/numerical-gradient", "batch": 100, "threads": threads,
    "median_ms": round(seconds * 1e3, 1), "runs": 1, "cores": round((time.process_time() - cpu) / seconds, 2),
}))
