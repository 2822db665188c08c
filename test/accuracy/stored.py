"""Writes stored.json: values of functions of several parameters to 40 digits by mpmath 1.3 (python3 stored.py)."""
import json
import math
import random

import mpmath as m

m.mp.dps = 60
random.seed(1)
uniform = random.uniform


def pairs(value):
    high = float(value)
    return [high, float(value - m.mpf(high))]


def fraction(a, b, x):
    """DLMF 8.17.22, whose terms are all of one size here."""
    ratio = step = total = m.mpf(1)
    n = 0
    while abs(step) > m.mpf(10) ** -50 * abs(total):
        n += 1
        k = n // 2
        even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
        p = ratio * (even if n % 2 == 0 else -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1)))
        ratio = 1 / (1 + p)
        step *= -p * ratio
        total += step
    return total


def betainc(a, b, x):
    if x > (a + 1) / (a + b + 2):
        return 1 - betainc(b, a, 1 - x)
    return x**a * (1 - x) ** b / (a * m.beta(a, b)) * fraction(a, b, x)


def spread(a):
    """An argument around a, a few deviations away."""
    return abs(a + random.gauss(0, 2) * math.sqrt(a))


def around(a, b):
    p = a / (a + b)
    return min(max(p + random.gauss(0, 1.5) * math.sqrt(p * (1 - p) / (a + b + 1)), 1e-6), 1 - 1e-6)


def parameters(most, draw):
    return lambda: (lambda a, b: (a, b, draw(a, b)))(uniform(0.1, most), uniform(0.1, most))


lower = lambda a, x: m.gammainc(a, 0, x, regularized=True)
upper = lambda a, x: m.gammainc(a, x, regularized=True)
betaln = lambda a, b: m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b)
def near(low, high):
    return lambda: (lambda a: (a, spread(a)))(uniform(low, high))


def box(a, b):
    return lambda: (uniform(0, a), uniform(0, b))


functions = {
    "gammainc": (lower, {"a to 10": near(0, 10), "a to 100": near(10, 100), "a to 10,000": near(100, 10000)}),
    "gammaincc": (upper, {"a, x to 1.1": box(1.1, 1.1), "a to 100": near(1, 100), "a to 10,000": near(100, 10000)}),
    "beta": (m.beta, {"a, b to 50": box(50, 50)}),
    "betaln": (betaln, {"a to 10": box(10, 1000), "a, b to 100,000": box(1e5, 1e5)}),
    "i0": (lambda x: m.besseli(0, x), {"x to 20": lambda: (uniform(-20, 20),), "x to 713": lambda: (uniform(20, 713),)}),
    "i1": (lambda x: m.besseli(1, x), {"x to 20": lambda: (uniform(-20, 20),), "x to 713": lambda: (uniform(20, 713),)}),
    "betainc": (
        betainc,
        {
            "a, b to 5": parameters(5, lambda a, b: uniform(0, 1)),
            "a, b to 100": parameters(100, around),
            "a, b to 10,000": parameters(10000, around),
        },
    ),
}
result = []
for name, (f, kinds) in functions.items():
    for kind, draw in kinds.items():
        samples = [draw() for _ in range(100)]
        values = [pairs(f(*map(m.mpf, args))) for args in samples]
        result.append({"name": name, "range": kind, "args": samples, "values": values})
with open("stored.json", "w") as file:
    file.write(json.dumps(result, separators=(",", ":")).replace("},{", "},\n{") + "\n")
