/* What a C compiler makes of the same loops: gcc -Ofast -march=native -shared -fPIC, with its vector library. */
#include <math.h>

void chain(const float* restrict x, float* restrict y, int n) {
  for (int i = 0; i < n; i++) y[i] = tanhf(0.7f * x[i] + 0.1f) / (1 + expf(-1.3f * x[i])) + expf(-x[i] * x[i]);
}

void sum(const float* restrict x, const float* restrict y, float* restrict z, int n) {
  for (int i = 0; i < n; i++) z[i] = x[i] + y[i];
}

void deviations(const float* restrict x, float* restrict y, int n) {
  float mean = 0, squares = 0;
  for (int i = 0; i < n; i++) mean += x[i];
  mean /= n;
  for (int i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
  *y = squares;
}

void softmax(const float* restrict x, float* restrict y, int rows, int columns) {
  for (int r = 0; r < rows; r++, x += columns, y += columns) {
    float most = x[0], all = 0;
    for (int i = 0; i < columns; i++) most = x[i] > most ? x[i] : most;
    for (int i = 0; i < columns; i++) all += y[i] = expf(x[i] - most);
    for (int i = 0; i < columns; i++) y[i] /= all;
  }
}

void layerNorm(const float* restrict x, const float* restrict gain, const float* restrict bias, float* restrict y,
               int rows, int columns) {
  for (int r = 0; r < rows; r++, x += columns, y += columns) {
    float mean = 0, squares = 0;
    for (int i = 0; i < columns; i++) mean += x[i];
    mean /= columns;
    for (int i = 0; i < columns; i++) squares += (x[i] - mean) * (x[i] - mean);
    float scale = 1 / sqrtf(squares / columns + 1e-5f);
    for (int i = 0; i < columns; i++) y[i] = (x[i] - mean) * scale * gain[i] + bias[i];
  }
}

/* Theano's expressions of 2010, in its order. */

void theano0(const double* restrict a, const double* restrict b, double* restrict y, int n) {
  for (int i = 0; i < n; i++) y[i] = a[i] + 1;
}

void theano1(const double* restrict a, const double* restrict b, double* restrict y, int n) {
  for (int i = 0; i < n; i++) y[i] = 2 * a[i] + 3 * b[i];
}

void theano2(const double* restrict a, const double* restrict b, double* restrict y, int n) {
  for (int i = 0; i < n; i++) y[i] = a[i] * a[i] + b[i] * b[i] + 2 * a[i] * b[i];
}

void theano3(const double* restrict a, const double* restrict b, double* restrict y, int n) {
  for (int i = 0; i < n; i++) y[i] = 2 * a[i] + pow(b[i], 10);
}
