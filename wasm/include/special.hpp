// Loops of special functions, as `frontend/ops/approx/loops.ts`: the same operations in the same order.
#pragma once
#include "damo.hpp"

namespace damo {

// What is summed up is complete when the next term is below this part of it.
constexpr f64 negligible = 0x1p-54;
// No sum takes more terms; those that have not converged by then have parameters of 1e8 and more.
constexpr i32 mostTerms = 100000;

DAMO_INLINE f64 headOf(f64 x) { return 134217729 * x - (134217729 * x - x); }

// The rounding error of the product p = a b.
DAMO_INLINE f64 productError(f64 a, f64 b, f64 p) {
  const f64 a1 = headOf(a), b1 = headOf(b), a2 = a - a1, b2 = b - b1;
  return a1 * b1 - p + a1 * b2 + a2 * b1 + a2 * b2;
}

DAMO_NOINLINE f64 rising(f64 x, f64 n) {
  f64 product = 1, lost = 0;
  for (f64 i = 0; i < n; i++) {
    const f64 factor = x + i, next = product * factor;
    lost = lost * factor + productError(product, factor, next);
    product = next;
  }
  return product + lost;
}

DAMO_NOINLINE f64 risingInverses(f64 x, f64 n) {
  f64 sum = 0;
  for (f64 i = n - 1; i >= 0; i--) sum += 1 / (x + i);
  return sum;
}

// A continued fraction 1 / (b0 + a1 / (b1 + ...)) by Steed's method, with its derivative.
struct Fraction {
  f64 ratio, step, sum, ratioSlope, stepSlope, slope;

  Fraction(f64 b, f64 bSlope) {
    ratio = step = sum = 1 / b;
    ratioSlope = stepSlope = slope = -bSlope * ratio * ratio;
  }
  void add(f64 a, f64 aSlope, f64 b, f64 bSlope) {
    const f64 p = a * ratio, pSlope = aSlope * ratio + a * ratioSlope;
    ratio = 1 / (p + b);
    ratioSlope = -(pSlope + bSlope) * ratio * ratio;
    stepSlope = -(pSlope * ratio * step + p * ratioSlope * step + p * ratio * stepSlope);
    step = -p * ratio * step;
    slope += stepSlope;
    sum += step;
  }
  bool goesOn() const { return abs(step) > negligible * abs(sum); }
  bool slopeGoesOn() const { return goesOn() || abs(stepSlope) > negligible * abs(slope); }
};

DAMO_NOINLINE f64 gammaSum(f64 a, f64 x) {
  if (a > 100 && abs(x - a) < 0.4 * a) return 0;
  if (x <= 1.1 && a <= 1.1) {
    f64 power = 1, sum = 0;
    for (i32 n = 1; n < mostTerms; n++) {
      power *= -x / n;
      const f64 term = power * a / (a + n);
      sum += term;
      if (!(abs(term) > negligible * abs(sum))) break;
    }
    return sum;
  }
  if (x <= a) {
    f64 term = 1, sum = 1;
    for (i32 n = 1; n < mostTerms; n++) {
      term *= x / (a + n);
      sum += term;
      if (!(term > negligible * sum)) break;
    }
    return sum;
  }
  f64 b = x + 1 - a, ratio = 1 / b, step = ratio, sum = ratio;
  for (i32 n = 1; n < mostTerms; n++) {
    const f64 p = n * (a - n) * ratio;
    b += 2;
    ratio = 1 / (p + b);
    step = -p * ratio * step;
    sum += step;
    if (!(abs(step) > negligible * abs(sum))) break;
  }
  return sum;
}

DAMO_NOINLINE f64 gammaSumSlope(f64 a, f64 x, f64 c) {
  if (x <= 1.1 || x <= a) {
    f64 term = 1, sum = 1, termSlope = 0, slope = 0;
    for (i32 n = 1; n < mostTerms; n++) {
      const f64 divisor = a + n;
      term *= x / divisor;
      termSlope = (termSlope * x - term) / divisor;
      sum += term;
      slope += termSlope;
      if (!(term > negligible * sum || -termSlope > negligible * -slope)) break;
    }
    return c * sum + slope;
  }
  f64 b = x + 1 - a;
  Fraction f(b, -1);
  for (i32 n = 1; n < mostTerms; n++) {
    b += 2;
    f.add(n * (a - n), n, b, -1);
    if (!f.slopeGoesOn()) break;
  }
  return c * f.sum + f.slope;
}

DAMO_NOINLINE f64 betaSum(f64 a, f64 b, f64 x, f64 y) {
  const f64 rest = a * y - b * x + 1;
  f64 ratio = 1 / (a / (a + 1) * rest), step = ratio, sum = ratio;
  for (i32 n = 1; n < mostTerms; n++) {
    const f64 c = a + 2 * n;
    const f64 factor = (a + n - 1) / (c - 1) * ((a + b + n - 1) / (c - 1)) * n * x * x;
    const f64 p = factor * (b - n) * ratio;
    ratio = 1 / (p + (n + n * (b - n) / (c - 1) * x + (a + n) / (c + 1) * (rest + n * (1 + y))));
    step = -p * ratio * step;
    sum += step;
    if (!(abs(step) > negligible * abs(sum))) break;
  }
  return a * sum;
}

DAMO_NOINLINE f64 betaSumSlope(f64 a, f64 b, f64 x, f64 y, f64 c, f64 second) {
  const f64 first = 1 - second, rest = a * y - b * x + 1, restSlope = first * y - second * x, start = a / (a + 1);
  Fraction f(start * rest, start * restSlope + first * rest / ((a + 1) * (a + 1)));
  for (i32 n = 1; n < mostTerms; n++) {
    const f64 d = a + 2 * n;
    const f64 factor = (a + n - 1) / (d - 1) * ((a + b + n - 1) / (d - 1)) * n * x * x, p = factor * (b - n);
    const f64 relative = first * (1 / (a + n - 1) - 2 / (d - 1)) + 1 / (a + b + n - 1);
    const f64 left = n * (b - n) / (d - 1) * x, share = (a + n) / (d + 1), right = rest + n * (1 + y);
    const f64 leftSlope = second * (n / (d - 1) * x) - first * left / (d - 1);
    const f64 rightSlope = share * restSlope + first * ((n + 1) / (d + 1) / (d + 1) * right);
    f.add(p, p * relative + second * factor, n + left + share * right, leftSlope + rightSlope);
    if (!f.slopeGoesOn()) break;
  }
  return a * (c * f.sum + f.slope) + first * f.sum;
}

#define DAMO_EACH_LANE(name)                                                 \
  template <class... T> DAMO_INLINE Vec<f64> name(Vec<f64> x, T... rest) {   \
    return eachLane<f64>([](auto... args) { return name(args...); }, x, rest...); \
  }
DAMO_EACH_LANE(rising)
DAMO_EACH_LANE(risingInverses)
DAMO_EACH_LANE(gammaSum)
DAMO_EACH_LANE(gammaSumSlope)
DAMO_EACH_LANE(betaSum)
DAMO_EACH_LANE(betaSumSlope)
#undef DAMO_EACH_LANE

}  // namespace damo
