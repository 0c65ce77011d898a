// Products of half-precision weights with a few rows of single-precision numbers.
//
// Weights lie in panels of 16 outputs and are widened in registers. Each output is summed over its inputs in the same
// order however many rows there are: a row's result does not depend on the rows beside it.
#pragma once

#include <memory>
#include <new>

#include "lanes.h"

constexpr int PANEL = 16, MOST_ROWS_A_TILE = 6;

// Aligned memory, not set to anything.
template <class T>
class Block {
public:
    explicit Block(size_t count = 0)
        : data_(static_cast<T*>(::operator new[](std::max<size_t>(count, 1) * sizeof(T), std::align_val_t(64)))) {}
    T* get() const { return data_.get(); }
    T& operator[](size_t i) const { return data_.get()[i]; }

private:
    struct Free {
        void operator()(T* p) const { ::operator delete[](p, std::align_val_t(64)); }
    };
    std::unique_ptr<T, Free> data_;
};

// (outs, ins) as panels [outs / 16][ins][16]; the outputs that the last panel lacks are zero.
struct Matrix {
    int outs = 0, ins = 0;
    Block<Half> data;

    Matrix() = default;
    Matrix(const float* weights, int outs, int ins) : outs(outs), ins(ins), data(size_t(padded()) * ins) {
        for (int p = 0; p < panels(); p++)
            for (int k = 0; k < ins; k++)
                for (int i = 0, out = p * PANEL; i < PANEL; i++, out++)
                    data[(size_t(p) * ins + k) * PANEL + i] = Half(out < outs ? weights[size_t(out) * ins + k] : 0.0f);
    }
    int panels() const { return (outs + PANEL - 1) / PANEL; }
    int padded() const { return panels() * PANEL; }
    const Half* panel(int p) const { return data.get() + size_t(p) * ins * PANEL; }
};

// ROWS rows times PANELS panels; `put(row, panel, first 8 sums, last 8 sums)` takes the results.
template <int ROWS, int PANELS, class Put>
inline void tile(const Matrix& m, int p, const float* const* x, int row, Put& put) {
    Float8 low[ROWS][PANELS] = {}, high[ROWS][PANELS] = {};
    const Half* w = m.panel(p);
    const size_t stride = size_t(m.ins) * PANEL;
    for (int k = 0; k < m.ins; k++, w += PANEL)
        for (int j = 0; j < PANELS; j++) {
            const Float8 first = widen(w + j * stride), last = widen(w + j * stride + LANES);
            for (int r = 0; r < ROWS; r++) {
                low[r][j] += first * x[r][k];
                high[r][j] += last * x[r][k];
            }
        }
    for (int r = 0; r < ROWS; r++)
        for (int j = 0; j < PANELS; j++) put(row + r, p + j, low[r][j], high[r][j]);
}

template <int ROWS, int PANELS, class Put>
inline void stripe(const Matrix& m, const float* const* x, int row, int first, int last, Put& put) {
    int p = first;
    for (; p + PANELS <= last; p += PANELS) tile<ROWS, PANELS>(m, p, x, row, put);
    for (; p < last; p++) tile<ROWS, 1>(m, p, x, row, put);
}

// Rows times the panels first..last. Few rows take more panels at once, so that enough sums are under way.
template <class Put>
void multiply(const Matrix& m, const float* const* x, int rows, int first, int last, Put put) {
    const int blocks = (rows + MOST_ROWS_A_TILE - 1) / MOST_ROWS_A_TILE;
    if (blocks > 1 && last - first > 1) {  // panel by panel: all rows meet it while it is in the nearest cache
        for (int p = first; p < last; p++) multiply(m, x, rows, p, p + 1, put);
        return;
    }
    for (int block = 0, row = 0; block < blocks; block++) {
        const int count = (rows - row + blocks - block - 1) / (blocks - block);
        switch (count) {
            case 1: stripe<1, 4>(m, x + row, row, first, last, put); break;
            case 2: stripe<2, 2>(m, x + row, row, first, last, put); break;
            case 3: stripe<3, 2>(m, x + row, row, first, last, put); break;
            case 4: stripe<4, 1>(m, x + row, row, first, last, put); break;
            case 5: stripe<5, 1>(m, x + row, row, first, last, put); break;
            case 6: stripe<6, 1>(m, x + row, row, first, last, put); break;
        }
        row += count;
    }
}
