/**
 * What float32 results are compared with: the C library's functions of double (musl's, errors under 1 ulp of a double,
 * that is 2e-9 of a float's), compiled to wasm on the memory that holds arguments and results. Where the library lacks a
 * function it is a short formula of those, right to a millionth of a float's ulp.
 */

/** Expressions of the arguments x and y and, for inverses, of the result g that is judged. */
const formulas: Readonly<Record<string, string>> = {
  sigmoid: 'x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))',
  softplus: '(x > 0 ? x : x != x ? x : 0) + log1p(exp(-fabs(x)))',
  log1mexp: 'x > -0.6931471805599453 ? log(-expm1(x)) : log1p(-exp(x))',
  arcsin: 'asin(x)',
  arccos: 'acos(x)',
  arctan: 'atan(x)',
  arcsinh: 'asinh(x)',
  arccosh: 'x < 1 ? __builtin_nan("") : acosh(x)',
  arctanh: 'atanh(x)',
  erfcx: 'scaledComplement(x)',
  erfinv: 'fabs(x) < 1 ? refinedInverse(x, g) : fabs(x) == 1 ? x * __builtin_inf() : __builtin_nan("")',
  erfcinv:
    'x > 0 && x < 2 ? refinedComplement(x, g) : x == 0 || x == 2 ? (1 - x) * __builtin_inf() : __builtin_nan("")',
  gamma: 'tgamma(x)',
  factorial: 'x < 0 ? 0 : tgamma(x + 1)',
  logit: 'fabs(x - 0.5) < 0.25 ? log1p((2 * x - 1) / (1 - x)) : x < 0 || x > 1 ? __builtin_nan("") : log(x / (1 - x))',
  xlogx: 'x == 0 ? 0 : x * log(x)',
  selu: '1.0507009873554805 * (x > 0 || x != x ? x : 1.6732632423543772 * expm1(x))',
  logErfc: 'x < 1 ? log1p(-erf(x)) : log(scaledComplement(x)) - x * x',
  gammaln: 'x == -__builtin_inf() ? -x : lgamma(x)',
  digamma: 'psi(x)',
  trigamma: 'trigamma(x)',
  pow: 'pow(x, y)',
}

const library = ['exp', 'exp2', 'expm1', 'log', 'log2', 'log10', 'log1p', 'sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh']
const special = ['erf', 'erfc', 'j0', 'j1']

/** The functions that have a reference, in the order of their numbers. */
export const references: readonly string[] = [...library, ...special, ...Object.keys(formulas)]

/** Those of one argument. */
export const unaryReferences = references.filter(name => name !== 'pow')

const declared = [...library, ...special, 'asin', 'acos', 'atan', 'asinh', 'acosh', 'atanh', 'lgamma', 'tgamma', 'fabs']

const helpers = `
// Newton's step from a result that is right to seven digits gives the exact one to fourteen.
static double refinedInverse(double x, double g) {
  return x == 0 ? x : g - (erf(g) - x) * exp(g * g) * 0.886226925452758;
}
static double refinedComplement(double x, double g) {
  return x == 1 ? 0 : g + (erfc(g) - x) * exp(g * g) * 0.886226925452758;
}
static double scaledComplement(double x) {
  if (x < -27) return __builtin_inf();
  if (!(x > 25)) return exp(x * x) * erfc(x);
  const double z = -0.5 / (x * x);
  return 0.5641895835477563 / x * (1 + z * (1 + 3 * z * (1 + 5 * z * (1 + 7 * z))));
}
static double psi(double x) {
  if (x == 0) return -1 / x;
  const double whole = __builtin_rint(x);
  if (x < 0) return x == whole ? __builtin_nan("") : psi(1 - x) - M_PI / tan(M_PI * (x - whole));
  double sum = 0;
  for (; x < 20; x++) sum += 1 / x;
  const double z = 1 / (x * x);
  return log(x) - 0.5 / x - z * (1 / 12. - z * (1 / 120. - z * (1 / 252. - z / 240))) - sum;
}
static double trigamma(double x) {
  const double whole = __builtin_rint(x);
  if (x < 0) {
    const double ratio = M_PI / sin(M_PI * (x - whole));
    return x < -0x1p1023 ? __builtin_nan("") : x == whole ? __builtin_inf() : ratio * ratio - trigamma(1 - x);
  }
  double sum = 0;
  for (; x < 20; x++) sum += 1 / (x * x);
  const double z = 1 / (x * x);
  return (1 + 0.5 / x + z * (1 / 6. - z * (1 / 30. - z * (1 / 42. - z * (1 / 30. - z * 5 / 66))))) / x + sum;
}`

/** How far a result is from the exact value, in units in the last place of the nearest float32. */
const distance = `
static double ulps(float g, double d) {
  if (g != g || d != d) return g != g && d != d ? 0 : __builtin_inf();
  if (g == 0 && d == 0) return __builtin_signbit(g) == __builtin_signbit(d) ? 0 : __builtin_inf();
  const double top = 0x1p128;
  double a = g, b = d;
  if (a > top) a = top; else if (a < -top) a = -top;
  if (b > top) b = top; else if (b < -top) b = -top;
  unsigned long long bits;
  __builtin_memcpy(&bits, &b, 8);
  int exponent = int(bits >> 52 & 0x7ff) - 1023;
  exponent = exponent < -126 ? -126 : exponent > 127 ? 127 : exponent;
  bits = (unsigned long long)(23 - exponent + 1023) << 52;
  double scale;
  __builtin_memcpy(&scale, &bits, 8);
  return fabs(a - b) * scale;
}`

/** A program: dims are the function's number and the count, buffers the first and second arguments, the results and the report. */
export function referenceSource(): string {
  const cases = references.map((name, i) => `    case ${i}: JUDGE(${formulas[name] ?? `${name}(x)`});`)
  return `
extern "C" {
${declared.map(name => `double ${name}(double);`).join('\n')}
double pow(double, double);
}
#define M_PI 3.141592653589793
${helpers}
${distance}
struct Report { double worst, argument, got, want; };
extern "C" __attribute__((visibility("default"))) int run(int frame) {
  const int* words = (const int*)frame;
  const int which = words[4], count = words[5];
  const float* arguments = (const float*)words[6];
  const float* seconds = (const float*)words[7];
  const float* results = (const float*)words[8];
  Report* report = (Report*)words[9];
#define JUDGE(formula)                                      \\
  for (int i = 0; i < count; i++) {                         \\
    const double x = arguments[i], y = seconds[i];          \\
    const double g = results[i];                            \\
    (void)g, (void)y;                                       \\
    const double want = formula;                            \\
    const double error = ulps(results[i], want);            \\
    if (error > report->worst) *report = {error, x, g, want}; \\
  }                                                         \\
  return 0
  switch (which) {
${cases.join('\n')}
  }
  return 1;
}
`
}
