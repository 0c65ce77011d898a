// Eight single-precision numbers at a time, in the vector types of GCC and Clang: AVX2, AVX-512 or NEON by the machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __F16C__
#include <immintrin.h>
#endif

constexpr int LANES = 8;

typedef float Float8 __attribute__((vector_size(32)));
typedef int32_t Int8 __attribute__((vector_size(32)));
typedef _Float16 Half;
typedef Half Half8 __attribute__((vector_size(16)));

inline Float8 load(const float* from) {
    Float8 v;
    std::memcpy(&v, from, sizeof v);
    return v;
}
inline void store(float* to, Float8 v) { std::memcpy(to, &v, sizeof v); }
inline Float8 widen(const Half* from) {
#ifdef __F16C__  // GCC widens these one by one
    return (Float8)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#else
    Half8 v;
    std::memcpy(&v, from, sizeof v);
    return __builtin_convertvector(v, Float8);
#endif
}
inline Float8 splat(float v) { return Float8{} + v; }
inline float total(Float8 v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

// e^v to about 1e-7: 2^k times a polynomial on [-ln 2 / 2, ln 2 / 2] (the coefficients of Cephes' expf).
inline Float8 exponential(Float8 v) {
    v = v < -87.0f ? splat(-87.0f) : v;
    v = v > 88.0f ? splat(88.0f) : v;
    const Float8 scaled = v * 1.44269504f;
    const Int8 k = __builtin_convertvector(scaled + (scaled < 0 ? splat(-0.5f) : splat(0.5f)), Int8);
    const Float8 whole = __builtin_convertvector(k, Float8);
    const Float8 r = (v - whole * 0.693359375f) + whole * 2.12194440e-4f;
    Float8 p = splat(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const Int8 bits = (k + 127) << 23;
    Float8 power;
    std::memcpy(&power, &bits, sizeof power);
    return p * power;
}

inline Float8 sigmoid(Float8 v) { return 1.0f / (1.0f + exponential(-v)); }
inline Float8 silu(Float8 v) { return v * sigmoid(v); }

// RMSNorm of n numbers, times a gain each.
inline void normalize(const float* x, const float* gain, int n, float* out) {
    Float8 squares{};
    for (int i = 0; i < n; i += LANES) squares += load(x + i) * load(x + i);
    const float scale = 1.0f / std::sqrt(total(squares) / n + 1e-5f);
    for (int i = 0; i < n; i += LANES) store(out + i, load(x + i) * scale * load(gain + i));
}

inline float dot(const float* a, const float* b, int n) {
    Float8 sum{};
    for (int i = 0; i < n; i += LANES) sum += load(a + i) * load(b + i);
    return total(sum);
}

// In place: e^(x - max) of n values, and 0 up to a whole vector; returns the sum.
inline float softmax_terms(float* x, int n) {
    float most = x[0];
    for (int i = 1; i < n; i++) most = std::max(most, x[i]);
    for (int i = n; i % LANES; i++) x[i] = most;
    for (int i = 0; i < n; i += LANES) store(x + i, exponential(load(x + i) - most));
    for (int i = n; i % LANES; i++) x[i] = 0;
    Float8 sum{};
    for (int i = 0; i < n; i += LANES) sum += load(x + i);
    return total(sum);
}
