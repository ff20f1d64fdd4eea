#!/usr/bin/env python3
"""Known answers for the policy network, its packing, commitment and proven statement, written from their description alone.

The hash is written here again, on plain integers; only its round constants are read, from a file that a test of the
prover compares with the crate they come from. Writes src/core/vectors/zk78.txt; with --check compares it instead and
fails on a difference.
"""
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "src/core/vectors"
FILE = VECTORS / "zk78.txt"

R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
FULL_ROUNDS, PARTIAL_ROUNDS = 8, 56
ROUNDS = [
    [int(word, 16) for word in line.split()]
    for line in (VECTORS / "poseidon2.txt").read_text().splitlines()
    if not line.startswith("#")
]
assert len(ROUNDS) == FULL_ROUNDS + PARTIAL_ROUNDS


def permute(state):
    """Poseidon2 over the scalar field of BN254: x^5, three elements."""
    times = lambda matrix, v: [sum(m * x for m, x in zip(row, v)) % R for row in matrix]
    outer, inner = [[2, 1, 1], [1, 2, 1], [1, 1, 2]], [[2, 1, 1], [1, 2, 1], [1, 1, 3]]
    state = times(outer, state)
    for number, constants in enumerate(ROUNDS):
        full = not FULL_ROUNDS // 2 <= number < FULL_ROUNDS // 2 + PARTIAL_ROUNDS
        for lane in range(3 if full else 1):
            state[lane] = pow(state[lane] + constants[lane], 5, R)
        state = times(outer if full else inner, state)
    return state


# The published answer for the permutation of (0, 1, 2).
assert permute([0, 1, 2])[0] == 0x0BB61D24DACA55EEBCB1929A82650F328134334DA98EA4F847F760054F4A3033


def digest(elements):
    """The sponge: two elements absorbed a time, the first lane kept back, the second one squeezed."""
    state = [0, 0, 0]
    for i in range(0, len(elements), 2):
        for lane, element in enumerate(elements[i : i + 2], 1):
            state[lane] = (state[lane] + element) % R
        state = permute(state)
    return state[1]


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


def flat(layers):
    return [x for layer in layers for row in layer for x in (row if isinstance(row, list) else [row])]


def model_elements(dims, weights, biases, bounds):
    return {
        "tag": ["%x" % int.from_bytes(b"ESCMODEL" + b"".join(d.to_bytes(2, "big") for d in dims), "big")],
        "packed_weights": pack(16, flat(weights)),
        "packed_biases": pack(32, flat(biases)),
        "packed_bounds": pack(24, [lo for lo, _ in bounds] + [hi for _, hi in bounds]),
    }


def commitment(elements):
    return digest([int(word, 16) for words in elements.values() for word in words])


def lines(name, dims):
    weights, biases, bounds, observations = ramp(dims)
    outputs = infer(weights, biases, bounds, observations)
    elements = model_elements(dims, weights, biases, bounds)
    zero = model_elements(dims, [[0] * len(flat(weights))], [[0] * len(flat(biases))], [(0, 0) for _ in bounds])
    context = int.from_bytes(b"\x5a" * 31, "big")
    inputs = ["%x" % context, "%x" % commitment(elements), *pack(24, observations), *pack(24, outputs)]
    one_input = digest([int.from_bytes(b"ESCPUB01", "big"), *(int(word, 16) for word in inputs)])
    yield f"case {name}"
    yield f"dims {' '.join(map(str, dims))}"
    yield f"observations {' '.join(map(str, observations))}"
    yield f"outputs {' '.join(map(str, outputs))}"
    for key, words in elements.items():
        yield f"{key} {' '.join(words)}"
    yield f"packed_observations {' '.join(pack(24, observations))}"
    yield f"packed_outputs {' '.join(pack(24, outputs))}"
    yield f"commitment_of_zero {commitment(zero):064x}"
    yield f"public_inputs {' '.join(word.rjust(64, '0') for word in inputs)}"
    yield f"one_input {one_input:064x}"


text = "# Written by scripts/vectors/zk78.py; do not edit. Elements are big-endian integers in hex.\n"
text += "\n".join([*lines("A1", (12, 16, 16, 8)), *lines("A2", (16, 64, 64, 8))]) + "\n"
if "--check" in sys.argv:
    if FILE.read_text() != text:
        sys.exit("zk78.txt differs from what the model gives")
    print("zk78.txt agrees with the model")
else:
    FILE.write_text(text)
