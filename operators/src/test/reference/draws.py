"""Known values of the random operators, computed independently of the Java code.

Run it with `python3 draws.py`; the values it prints stand in the tests of the operators in
`dev.headrace.operators.random`. It needs nothing but the standard library.

Sources:
  Philox4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As Easy as
    1, 2, 3", SC 2011, section 3.3; checked here against the known answers published with it.
  MurmurHash3 x64 128: A. Appleby, public domain.
  SplitMix64's finalizer: S. Vigna, "splitmix64.c". FNV-1a: G. Fowler, L. Noll,
    K. Vo, "The FNV Non-Cryptographic Hash Algorithm".
  Normal numbers: G. Box and M. Muller, "A Note on the Generation of Random Normal Deviates", 1958.
"""

import math
import struct

M64 = 2**64 - 1


def philox(counter, key):
    """Ten rounds on four words of counter and two of key."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        product0 = 0xD2511F53 * c0
        product1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            (product1 >> 32) ^ c1 ^ k0,
            product1 & 0xFFFFFFFF,
            (product0 >> 32) ^ c3 ^ k1,
            product0 & 0xFFFFFFFF,
        )
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


ONES = 0xFFFFFFFF
assert philox((0,) * 4, (0,) * 2) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
assert philox((ONES,) * 4, (ONES,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)
assert philox(
    (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)
) == (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


def rotate(value, bits):
    return (value << bits | value >> 64 - bits) & M64


def finish(value):
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & M64
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & M64
    return value ^ value >> 33


def murmur3(data):
    """The first 64 bits of MurmurHash3_x64_128 with seed 0."""
    a, b = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = 0
    full = len(data) // 16 * 16
    for at in range(0, full, 16):
        k1, k2 = struct.unpack_from("<QQ", data, at)
        h1 ^= rotate(k1 * a & M64, 31) * b & M64
        h1 = ((rotate(h1, 27) + h2) * 5 + 0x52DCE729) & M64
        h2 ^= rotate(k2 * b & M64, 33) * a & M64
        h2 = ((rotate(h2, 31) + h1) * 5 + 0x38495AB5) & M64
    k1, k2 = struct.unpack("<QQ", data[full:].ljust(16, b"\0"))
    h2 ^= rotate(k2 * b & M64, 33) * a & M64
    h1 ^= rotate(k1 * a & M64, 31) * b & M64
    h1 ^= len(data)
    h2 ^= len(data)
    h1 = (h1 + h2) & M64
    h2 = (h2 + h1) & M64
    h1, h2 = finish(h1), finish(h2)
    return (h1 + h2) & M64


def explicit_key(seed):
    """The key of a node with a seed of its own: 64 bits of 0, the word, the seed."""
    return murmur3(struct.pack("<q", 0) + "explicit".encode("utf-16-le") + struct.pack("<q", seed))


def draw_key(node_key, name):
    """FNV-1a over the characters of the draw's name, mixed with the node's key."""
    value = 0xCBF29CE484222325
    for character in name:
        value = (value ^ ord(character)) * 0x100000001B3 & M64
    value ^= node_key
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & M64
    value = (value ^ value >> 27) * 0x94D049BB133111EB & M64
    return value ^ value >> 31


def bits(node_key, name, index, position, attempt=0, epoch=0):
    """64 bits. The counter's words, from the lowest: position (48 bits) and attempt (16); epoch
    (32) and half of the index (32). The index's lowest bit chooses the half of the block."""
    low = position | attempt << 48
    high = epoch | (index >> 1) << 32
    key = draw_key(node_key, name)
    words = philox(
        (low & ONES, low >> 32, high & ONES, high >> 32), (key & ONES, key >> 32)
    )
    half = index & 1
    return words[2 * half] | words[2 * half + 1] << 32


def uniform(key, name, index, position):
    return (bits(key, name, index, position) >> 11) * 2.0**-53


def normal(key, name, index, position):
    radius = math.sqrt(-2 * math.log(1 - uniform(key, name, 2 * index, position)))
    return radius * math.cos(2 * math.pi * uniform(key, name, 2 * index + 1, position))


def integer(key, name, bound, position):
    return bits(key, name, 0, position) * bound >> 64


def choice(key, weights, position):
    drawn = uniform(key, "choice", 0, position) * sum(weights)
    total = 0.0
    for place, weight in enumerate(weights):
        total += weight
        if total > drawn:
            return place


if __name__ == "__main__":
    node = explicit_key(42)
    positions = range(6)
    print("key of seed 42     ", hex(node))
    print("uniform coin       ", [uniform(node, "coin", 0, p) for p in positions])
    print("CoinFlip 0.5       ", [int(uniform(node, "coin", 0, p) < 0.5) for p in positions])
    print("Uniform -1 to 3    ", [-1 + uniform(node, "value", 0, p) * 4 for p in positions])
    print(
        "Uniform 0 to 1, 2×3",
        [[uniform(node, "value", i, p) for i in range(6)] for p in range(2)],
    )
    print("Normal 10, 2       ", [10 + normal(node, "value", 0, p) * 2 for p in positions])
    print("Normal 0, 1, 3     ", [[normal(node, "value", i, p) for i in range(3)] for p in range(2)])
    print("Choice of 4        ", [integer(node, "choice", 4, p) for p in positions])
    print("Choice 1:0:2:5     ", [choice(node, [1, 0, 2, 5], p) for p in positions])
