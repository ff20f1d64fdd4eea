#!/usr/bin/env python3
"""Known answers for the policy network and its packing, written from the format's description alone.

Writes src/core/vectors/zk78.txt; with --check compares it instead and fails on a difference.
"""
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().parents[2] / "src/core/vectors/zk78.txt"


def ramp(dims):
    """The "ramp" model and observations: every weight and bias by a formula, so that no file is needed."""
    weights = [
        [[(((31 * j + 17 * i + 7 * l) % 257) - 128) * 16 for i in range(dims[l])] for j in range(dims[l + 1])]
        for l in range(3)
    ]
    biases = [[(((13 * j + 5 * l) % 101) - 50) * 1000 for j in range(dims[l + 1])] for l in range(3)]
    bounds = [(-65536 * (k + 1), 65536 * (k + 1)) for k in range(dims[3])]
    observations = [((i * 7919 * 13) % 400001) - 200000 for i in range(dims[0])]
    return weights, biases, bounds, observations


def infer(weights, biases, bounds, values):
    for layer in range(3):
        sums = [
            (b * 4096 + sum(w * a for w, a in zip(row, values))) // 4096
            for row, b in zip(weights[layer], biases[layer])
        ]
        if layer < 2:
            values = [min(max(q, 0), 2**23 - 1) for q in sums]
        else:
            values = [max(min(q, hi), lo) for q, (lo, hi) in zip(sums, bounds)]
    return values


def pack(bits, values):
    per = 240 // bits
    groups = [values[i : i + per] for i in range(0, len(values), per)]
    return ["%x" % sum((x + 2 ** (bits - 1)) << (bits * k) for k, x in enumerate(g)) for g in groups]


def lines(name, dims):
    weights, biases, bounds, observations = ramp(dims)
    outputs = infer(weights, biases, bounds, observations)
    flat = lambda layers: [x for layer in layers for row in layer for x in (row if isinstance(row, list) else [row])]
    tag = int.from_bytes(b"ESCMODEL" + b"".join(d.to_bytes(2, "big") for d in dims), "big")
    yield f"case {name}"
    yield f"dims {' '.join(map(str, dims))}"
    yield f"observations {' '.join(map(str, observations))}"
    yield f"outputs {' '.join(map(str, outputs))}"
    yield f"tag {tag:x}"
    yield f"packed_weights {' '.join(pack(16, flat(weights)))}"
    yield f"packed_biases {' '.join(pack(32, flat(biases)))}"
    yield f"packed_bounds {' '.join(pack(24, [lo for lo, _ in bounds] + [hi for _, hi in bounds]))}"
    yield f"packed_observations {' '.join(pack(24, observations))}"
    yield f"packed_outputs {' '.join(pack(24, outputs))}"


text = "# Written by scripts/vectors/zk78.py; do not edit. Elements are big-endian integers in hex.\n"
text += "\n".join([*lines("A1", (12, 16, 16, 8)), *lines("A2", (16, 64, 64, 8))]) + "\n"
if "--check" in sys.argv:
    if FILE.read_text() != text:
        sys.exit("zk78.txt differs from what the model gives")
    print("zk78.txt agrees with the model")
else:
    FILE.write_text(text)
