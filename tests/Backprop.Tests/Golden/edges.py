#!/usr/bin/env python3
"""Write Edges/: cases that careless code gets wrong, in the format and with the harness of the
reference vectors. No element and one element, sizes beside those of vectors, windows that the end
cuts off, strides beyond kernels, kernels as large as images, depthwise convolution, labels that all
do not count, long training.

    edges.py [FOLDER]
"""
from pathlib import Path

import numpy as np

from vectors import *  # the harness: families and random values


def fill(v):
    for kind in ("relu", "sigmoid", "tanh", "silu", "gelu", "selu"):
        for name, x in (("none", (0, 3)), ("scalar", ()), ("17", (17,)), ("33-large", normal(33, scale=300))):
            activation(v, f"{kind}-{name}", kind, x)
    for kind in ("softmax", "log_softmax"):
        for axis in (0, -1):
            activation(v, f"{kind}-one-{axis}", kind, (1, 1), axis=axis)
            activation(v, f"{kind}-17-{axis}", kind, normal(17, 17, scale=4), axis=axis)
            activation(v, f"{kind}-huge-{axis}", kind, normal(3, 5, scale=1000), axis=axis)
    for op in ("add", "multiply", "maximum"):
        binary(v, f"{op}-scalars", op, (), ())
        binary(v, f"{op}-none", op, (0, 3), (3,))
        binary(v, f"{op}-column-row", op, ties(17, 1), ties(1, 33))
        binary(v, f"{op}-four-axes", op, (2, 1, 3, 1), (4, 1, 5))
    for exponent in (2, 3, -1):
        unary(v, f"pow-negative-base-{exponent}", "pow_scalar", normal(3, 5, offset=-3, scale=0.25), exponent=exponent)

    for name, a, b in (("inner-none", (3, 0), (0, 2)), ("rows-none", (0, 4), (4, 2)), ("one", (1, 1), (1, 1)), ("primes", (13, 17), (17, 11)), ("dot", (19,), (19,)),
                       ("vector-matrix", (7,), (7, 5)), ("matrix-vector", (33, 9), (9,)), ("stack-vector", (2, 3, 4), (4,)), ("outer", (17, 1), (1, 19)),
                       ("long-sum", (2, 300), (300, 2)), ("one-row", (1, 33), (33, 17)), ("broadcast-both", (2, 1, 3, 5), (1, 4, 5, 2))):
        matmul(v, name, a, b)
    for name, x, weight in (("one", (1, 1), (1, 1)), ("17-33", (17, 33), (9, 33)), ("vector", (5,), (3, 5)), ("three-axes-before", (2, 1, 3, 4), (5, 4)), ("none", (0, 4), (3, 4))):
        linear(v, name, x, weight)

    for op in ("sum", "mean"):
        reduce(v, f"{op}-long", op, (2, 257), [-1])
        reduce(v, f"{op}-scalar", op, ())
        reduce(v, f"{op}-middle-of-four", op, (2, 17, 2, 3), [1, -1], True)
    reduce(v, "sum-of-none", "sum", (0, 3), [0])
    reduce(v, "max-ties-all", "max", ties(4, 5))
    reduce(v, "max-ties-two-axes", "max", ties(2, 3, 4), [0, 2])
    reduce(v, "min-ties-two-axes", "min", ties(2, 3, 4), [1, 2], True)
    reduce(v, "var-far-from-zero", "var", normal(3, 33, offset=1000), [1], correction=1)
    reduce(v, "var-correction-2", "var", (4, 5), [0], correction=2)

    shape(v, "slice-from-the-end", "slice", (5, 6), ranges=[[-3, None, None], [None, -2, 3]])
    shape(v, "slice-to-nothing", "slice", (5, 6), ranges=[[2, 2, None]])
    shape(v, "slice-beyond", "slice", (3, 4), ranges=[[0, 100, 2]])
    shape(v, "pad-four-axes", "pad", (1, 2, 3, 1), pads=[[0, 1], [1, 0], [2, 2], [0, 3]], value=1.5)
    shape(v, "permute-five", "permute", (2, 1, 3, 4, 2), axes=[4, 0, 3, 1, 2])
    concatenate(v, "with-none", 1, (2, 3), (2, 0), (2, 1))

    convolution(v, "conv1d", "one", (1, 1, 1), (1, 1, 1))
    convolution(v, "conv1d", "stride-beyond-kernel", (2, 3, 17), (4, 3, 2), stride=5)
    convolution(v, "conv1d", "dilation3-pad4", (1, 2, 9), (3, 2, 3), padding=4, dilation=3)
    convolution(v, "conv1d", "groups3", (2, 6, 11), (9, 2, 4), groups=3, stride=2)
    for name, x, weight, settings in (
            ("one", (1, 1, 1, 1), (1, 1, 1, 1), {}), ("image-is-kernel", (2, 3, 5, 4), (4, 3, 5, 4), {}), ("pointwise", (2, 17, 2, 3), (9, 17, 1, 1), {}),
            ("depthwise", (2, 8, 7, 6), (8, 1, 3, 3), {"groups": 8, "padding": 1}), ("depthwise-two-each", (1, 3, 5, 5), (6, 1, 2, 2), {"groups": 3}),
            ("padding-beyond-image", (1, 2, 2, 2), (3, 2, 3, 3), {"padding": 4}), ("stride-beyond-kernel", (2, 2, 9, 11), (3, 2, 2, 1), {"stride": [3, 4]}),
            ("dilation-not-square", (1, 2, 9, 10), (2, 2, 3, 2), {"dilation": [2, 5], "padding": [1, 0]}), ("strided-rest-dropped", (1, 1, 8, 7), (2, 1, 3, 3), {"stride": 3}),
            ("wide", (1, 1, 2, 67), (2, 1, 2, 5), {}), ("tall", (1, 3, 41, 1), (4, 3, 3, 1), {"padding": [1, 0]}), ("9-channels", (2, 9, 5, 5), (11, 9, 3, 3), {"padding": 1}),
            ("groups-stride-pad", (2, 4, 7, 7), (6, 2, 3, 3), {"groups": 2, "stride": 2, "padding": 1})):
        convolution(v, "conv2d", name, x, weight, **settings)
    for name, x, weight, settings in (
            ("one", (1, 1, 1, 1), (1, 1, 1, 1), {}), ("stride-beyond-kernel", (1, 2, 3, 3), (2, 3, 2, 2), {"stride": 4, "output_padding": 2}),
            ("output-padding-by-dilation", (1, 2, 3, 4), (2, 3, 2, 3), {"dilation": 3, "output_padding": 2}),
            ("output-padding-beyond-stride", (2, 4, 3, 3), (4, 1, 3, 3), {"stride": 2, "dilation": 4, "output_padding": 3, "padding": 2, "groups": 2}),
            ("all-but-one-cut", (1, 1, 2, 2), (1, 1, 3, 3), {"padding": 1, "stride": 1}), ("9-channels", (1, 9, 4, 3), (9, 5, 3, 3), {"stride": 2, "padding": 1})):
        convolution(v, "conv_transpose2d", name, x, weight, **settings)

    max_pool2d(v, "one", (1, 1, 1, 1), 1)
    max_pool2d(v, "17-wide", distinct(1, 2, 5, 17), 2)
    max_pool2d(v, "ceil-window-larger-than-image", distinct(1, 2, 1, 6), [2, 3], 2, ceil_mode=True)
    max_pool2d(v, "ceil-starts-in-the-padding", distinct(1, 1, 4, 4), 3, 3, 1, ceil_mode=True)
    max_pool2d(v, "ties-overlapping-padded", ties(2, 3, 7, 7), 3, 2, 1)
    max_pool2d(v, "stride-beyond-kernel", distinct(1, 2, 9, 9), 2, 4)
    max_pool2d(v, "dilated-padded-ceil", distinct(1, 2, 8, 7), 3, 2, 1, dilation=2, ceil_mode=True)
    for count in (True, False):
        avg_pool2d(v, f"ceil-padded-{count}", (1, 2, 7, 6), 3, 2, 1, count_include_pad=count, ceil_mode=True)
        avg_pool2d(v, f"ceil-window-larger-than-image-{count}", (1, 2, 1, 6), [2, 3], 2, count_include_pad=count, ceil_mode=True)
        avg_pool2d(v, f"stride-beyond-kernel-{count}", (2, 1, 9, 8), 2, 5, 1, count_include_pad=count)
    adaptive_avg_pool2d(v, "larger-than-image", (1, 2, 3, 2), [5, 7])
    adaptive_avg_pool2d(v, "primes", (2, 1, 17, 13), [5, 3])

    batch_norm(v, "two-values", (2, 3))
    batch_norm(v, "17-channels", (5, 17, 3, 3))
    batch_norm(v, "lines", (3, 4, 7), momentum=1.0)
    batch_norm(v, "momentum-0", (4, 2), momentum=0.0, warmups=1)
    batch_norm(v, "eval-one-example", (1, 3), training=False)
    layer_norm(v, "17", (3, 17), 1)
    layer_norm(v, "all-axes", (2, 3, 4), 3)
    group_norm(v, "without-positions", (3, 6), 2)
    group_norm(v, "17-positions", (2, 4, 17), 4)
    embedding(v, "one-row", np.array([0, 0, 0, 0]), (1, 3))
    embedding(v, "padding-last", np.array([2, 0, 2]), (3, 2), padding_idx=2)
    embedding(v, "three-axes", integers(5, 2, 1, 3), (5, 17))

    for reduction in ("mean", "sum", "none"):
        r = {"reduction": reduction}
        loss(v, f"cross_entropy-everything-{reduction}", "cross_entropy", (6, 5), np.array([1, -1, 3, 0, -1, 2]), uniform(0.25, 2, 5), ignore_index=-1, label_smoothing=0.3, **r)
        loss(v, f"cross_entropy-images-smooth-{reduction}", "cross_entropy", (2, 4, 3, 2), integers(4, 2, 3, 2), uniform(0.25, 2, 4), label_smoothing=0.1, **r)
        loss(v, f"cross_entropy-huge-{reduction}", "cross_entropy", normal(4, 3, scale=1000), integers(3, 4), **r)
        loss(v, f"cross_entropy-soft-weight-smooth-{reduction}", "cross_entropy", (3, 4), probabilities(3, 4), uniform(0.25, 2, 4), label_smoothing=0.2, **r)
        loss(v, f"nll-images-ignore-{reduction}", "nll", uniform(-4, 0, 2, 3, 2, 2), integers(3, 2, 2, 2), uniform(0.25, 2, 3), ignore_index=1, **r)
        loss(v, f"bce-weight-column-{reduction}", "bce", uniform(0.05, 0.95, 3, 4), uniform(0, 1, 3, 4), uniform(0.25, 2, 3, 1), **r)
        loss(v, f"bce_with_logits-both-weights-{reduction}", "bce_with_logits", normal(3, 4, scale=300), uniform(0, 1, 3, 4), uniform(0.25, 2, 4), uniform(0.5, 3, 4), **r)
        loss(v, f"smooth_l1-at-limits-{reduction}", "smooth_l1", ties(3, 4), ties(3, 4), beta=1.0, **r)
        loss(v, f"huber-at-limits-{reduction}", "huber", ties(3, 4), ties(3, 4), delta=1.0, **r)
        loss(v, f"l1-ties-{reduction}", "l1", ties(3, 4), ties(3, 4), **r)
        loss(v, f"kl_div-zeros-{reduction}", "kl_div", uniform(-4, 0, 3, 4), np.array([[0.0, 0.5, 0.5, 0], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]), **r)
    loss(v, "cross_entropy-one-class", "cross_entropy", (3, 1), np.array([0, 0, 0]), reduction="mean")
    loss(v, "cross_entropy-without-batch", "cross_entropy", (5,), np.array(3), reduction="mean")
    loss(v, "mse-scalar", "mse", (), (), reduction="mean")

    for kind, settings in (("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}), ("adagrad", {"weight_decay": 0.1, "lr_decay": 0.1}),
                           ("rmsprop", {"momentum": 0.5, "centered": True, "weight_decay": 0.1}), ("adadelta", {"weight_decay": 0.1}), ("adam", {"amsgrad": True, "weight_decay": 0.1}),
                           ("adamw", {"weight_decay": 0.1}), ("nadam", {"weight_decay": 0.1}), ("radam", {"weight_decay": 0.1})):
        zero = {key: np.zeros(s) for key, s in (("p0", (2, 3)), ("p1", (4,)))}
        optimizer(v, f"{kind}-20-steps", kind, steps=20, gradients=[{"p0": normal(2, 3), "p1": normal(4, scale=100 if step == 7 else 1)} for step in range(20)], lr=0.05, **settings)
        optimizer(v, f"{kind}-gradients-of-zero", kind, gradients=[zero] * 5, lr=0.05, **settings)


if __name__ == "__main__":
    main(fill, 2, Path(__file__).resolve().parent / "Edges")
