// One step of the transformer for a few rows: what the eager path does in hundreds of calls, in two.
//
// A row is one token of one sequence; rows of a step may belong to different sequences, at different places. Threads
// split the outputs of every product and meet after it. The names are those of generation/aurora/transformer.py.
//
// Plain C interface without a header of torch: it compiles in seconds, and ctypes lets go of Python's lock meanwhile.

#include "crew.h"
#include "matrix.h"

namespace {

constexpr int SLOTS = 4, DEPTH_HEAD = 64, MOST_D_HEAD = 256;

using Pointers = std::vector<const float*>;
using Numbers = std::vector<float>;

struct Sizes {
    int32_t d_model, n_layers, n_heads, n_kv, d_head, d_dense, d_expert, n_experts, top_k;
    int32_t d_depth, d_depth_ff, n_a, n_b, kv_rows, longest, threads;
};

struct Gated {  // SwiGLU
    Matrix gate_up, down;
};

struct Layer {
    Numbers norm_attention, norm_mlp, q_norm, k_norm, choice_bias;
    Matrix qkv, out, router;
    std::vector<Gated> experts;  // the shared one first; the dense layer has no other
};

struct Head {
    Matrix from_body, qkv, out, a_logits, b_mix, b_logits;
    Gated mlp;
    Numbers slot_embed, a_embed, b_embed, norm_attention, norm_mlp, norm_out, a_bias, b_bias;
};

struct Group {  // the rows that go through one expert, and which of a row's experts it is to each
    int expert = 0;
    std::vector<int> rows, places;
};

struct Routes {
    std::vector<Group> groups;
    Numbers weights;  // (rows, top_k + 1), the shared expert first
};

// Hands out the tensors in the order in which fused.py lists them.
class Tensors {
public:
    explicit Tensors(const float* const* all) : next_(all) {}
    const float* take() { return *next_++; }
    Numbers numbers(size_t n) {
        const float* from = take();
        return {from, from + n};
    }
    Matrix matrix(int outs, int ins) { return {take(), outs, ins}; }
    Gated gated(int d, int ff) {
        Matrix gate_up = matrix(2 * ff, d);
        return {std::move(gate_up), matrix(d, ff)};
    }

private:
    const float* const* next_;
};

// Memory of one call, kept for the next.
class Scratch {
public:
    void reserve(size_t floats) {
        if (floats > room_) data_ = Block<float>(room_ = floats);
        used_ = 0;
    }
    float* take(size_t floats) {
        float* at = data_.get() + used_;
        used_ += (floats + LANES - 1) / LANES * LANES;
        return at;
    }

private:
    Block<float> data_;
    size_t room_ = 0, used_ = 0;
};

class Step {
public:
    Step(const Sizes& sizes, const float* const* tensors, const int32_t* axes, const float* rates)
        : s(sizes), crew(s.threads), axes(axes, axes + s.d_head / 2), rates(rates, rates + s.d_head / 2),
          longest((s.longest + LANES - 1) / LANES * LANES),
          keys(size_t(s.n_layers) * s.kv_rows * s.n_kv * longest * s.d_head),
          values(size_t(s.n_layers) * s.kv_rows * s.n_kv * longest * s.d_head), scores(size_t(crew.size) * longest) {
        Tensors from(tensors);
        for (int n = 0; n < s.n_layers; n++) layers.push_back(take_layer(from, n > 0));
        norm = from.numbers(s.d_model);
        take_head(from);
    }

    // (rows, d_model) to the body's vectors of the same shape. Row r is token `index[r]` of sequence `kv_row[r]` and
    // sees what its sequence has before it, rows of this call included.
    void body(const float* in, const int32_t* kv_row, const int32_t* index, const float* coords, int rows, float* out) {
        const int d = s.d_model, heads = (s.n_heads + 2 * s.n_kv) * s.d_head, mixed = s.n_heads * s.d_head;
        const int widest = std::max(s.d_dense, s.d_expert * (s.top_k + 1));
        scratch.reserve(size_t(rows) * (d + heads + mixed + widest + s.d_head) + 8 * LANES);
        float *x = scratch.take(size_t(rows) * d), *qkv = scratch.take(size_t(rows) * heads);
        float *mix = scratch.take(size_t(rows) * mixed), *hidden = scratch.take(size_t(rows) * widest);
        float* turns = scratch.take(size_t(rows) * s.d_head);
        std::copy(in, in + size_t(rows) * d, x);
        angles(coords, rows, turns);
        const auto turn = [&](int r) { return turns + size_t(r) * s.d_head; };
        const auto told = [&](int r) { return qkv + size_t(r) * heads; };
        crew.run([&](int me) {
            Numbers normed(size_t(rows) * d);  // each thread norms for itself: that is cheaper than to meet
            Pointers at(rows);
            Routes routes;
            for (int n = 0; n < s.n_layers; n++) {
                const Layer& layer = layers[n];
                norm_rows(x, layer.norm_attention, normed, at);
                product(layer.qkv, at, me, [&](int r) { return told(r); });
                crew.meet();
                for (int i = me; i < rows * s.n_kv; i += crew.size) {
                    const int r = i / s.n_kv;
                    remember(layer, at_kv(n, kv_row[r], i % s.n_kv), index[r], i % s.n_kv, told(r), turn(r));
                }
                crew.meet();
                for (int i = me; i < rows * s.n_heads; i += crew.size) {
                    const int r = i / s.n_heads, q = i % s.n_heads;
                    const size_t kv = at_kv(n, kv_row[r], q * s.n_kv / s.n_heads);
                    attend(layer, kv, index[r] + 1, q, told(r), turn(r), mix + size_t(r) * mixed, me);
                }
                crew.meet();
                point(mix, mixed, at);
                product_add(layer.out, at, me, x);
                crew.meet();
                norm_rows(x, layer.norm_mlp, normed, at);
                route(layer, at, routes);
                for (const Group& group : routes.groups) gate(layer.experts[group.expert], group, at, me, hidden, widest);
                crew.meet();
                for (const Group& group : routes.groups) combine(layer.experts[group.expert], group, routes, me, hidden, widest, x);
                crew.meet();
            }
            for (int r = me; r < rows; r += crew.size) normalize(x + size_t(r) * d, norm.data(), d, out + size_t(r) * d);
        });
    }

    // Four codes, two factors each, a picture. Row i < pictures is picture i with its prompt, `partner[i]` the row
    // without; one that is its own partner is not guided. `owner[r]` is the picture of row r. `dials` of a picture are
    // its guidance, temperature and top_p; `uniform` has a number in 0..1 a factor.
    void codes(const float* body, int rows, int pictures, const int32_t* owner, const int32_t* partner,
               const float* uniform, const float* dials, int64_t* out) {
        const int d = s.d_depth, a_wide = head.a_logits.padded(), b_wide = head.b_logits.padded();
        scratch.reserve(size_t(rows) * (4 * d + SLOTS * 3 * d + s.d_depth_ff + a_wide + b_wide) + 8 * LANES);
        const auto take = [&](int width) { return scratch.take(size_t(rows) * width); };
        float *base = take(d), *x = take(d), *mix = take(d), *pairs = take(d), *qkv = take(SLOTS * 3 * d);
        float *hidden = take(s.d_depth_ff), *a = take(a_wide), *b = take(b_wide);
        const Group everyone = whole(rows);
        crew.run([&](int me) {
            Numbers normed(size_t(rows) * d), joined(size_t(rows) * 2 * d), chances(std::max(a_wide, b_wide));
            Pointers at(rows);
            const auto pick = [&](const float* logits, int wide, const Numbers& bias, int factor) {
                for (int i = me; i < pictures; i += crew.size) {
                    const float *with = logits + size_t(i) * wide, *without = logits + size_t(partner[i]) * wide;
                    const size_t place = size_t(i) * 2 * SLOTS + factor;
                    out[place] = choose(with, without, bias, uniform[place], dials + 3 * i, chances.data());
                }
            };
            point(body, s.d_model, at);
            product(head.from_body, at, me, [&](int r) { return base + size_t(r) * d; });
            crew.meet();
            for (int slot = 0; slot < SLOTS; slot++) {
                for (int r = me; r < rows; r += crew.size)
                    enter(base + size_t(r) * d, slot, out + (size_t(owner[r]) * SLOTS + slot - 1) * 2, x + size_t(r) * d);
                crew.meet();
                norm_rows(x, head.norm_attention, normed, at);
                product(head.qkv, at, me, [&](int r) { return qkv + (size_t(r) * SLOTS + slot) * 3 * d; });
                crew.meet();
                for (int r = me; r < rows; r += crew.size) look_back(qkv + size_t(r) * SLOTS * 3 * d, slot, mix + size_t(r) * d);
                crew.meet();
                point(mix, d, at);
                product_add(head.out, at, me, x);
                crew.meet();
                norm_rows(x, head.norm_mlp, normed, at);
                gate(head.mlp, everyone, at, me, hidden, s.d_depth_ff);
                crew.meet();
                point(hidden, s.d_depth_ff, at);
                product_add(head.mlp.down, at, me, x);
                crew.meet();
                norm_rows(x, head.norm_out, normed, at);
                product(head.a_logits, at, me, [&](int r) { return a + size_t(r) * a_wide; });
                crew.meet();
                pick(a, a_wide, head.a_bias, 2 * slot);
                crew.meet();
                for (int r = 0; r < rows; r++) {
                    const float* chosen = head.a_embed.data() + out[(size_t(owner[r]) * SLOTS + slot) * 2] * d;
                    std::copy(at[r], at[r] + d, joined.data() + size_t(r) * 2 * d);
                    std::copy(chosen, chosen + d, joined.data() + size_t(r) * 2 * d + d);
                }
                point(joined.data(), 2 * d, at);
                product(head.b_mix, at, me, [&](int r) { return pairs + size_t(r) * d; }, silu);
                crew.meet();
                point(pairs, d, at);
                product(head.b_logits, at, me, [&](int r) { return b + size_t(r) * b_wide; });
                crew.meet();
                pick(b, b_wide, head.b_bias, 2 * slot + 1);
                crew.meet();
            }
        });
    }

private:
    Layer take_layer(Tensors& from, bool sparse) const {
        Layer layer;
        const int d = s.d_model;
        layer.norm_attention = from.numbers(d);
        layer.qkv = from.matrix((s.n_heads + 2 * s.n_kv) * s.d_head, d);
        layer.q_norm = from.numbers(s.d_head);
        layer.k_norm = from.numbers(s.d_head);
        layer.out = from.matrix(d, s.n_heads * s.d_head);
        layer.norm_mlp = from.numbers(d);
        layer.experts.push_back(from.gated(d, sparse ? s.d_expert : s.d_dense));
        if (!sparse) return layer;
        layer.router = from.matrix(s.n_experts, d);
        layer.choice_bias = from.numbers(s.n_experts);
        const float *gate_up = from.take(), *down = from.take();
        for (size_t e = 0, size = size_t(d) * s.d_expert; e < size_t(s.n_experts); e++)
            layer.experts.push_back({Matrix(gate_up + 2 * e * size, 2 * s.d_expert, d), Matrix(down + e * size, d, s.d_expert)});
        return layer;
    }
    void take_head(Tensors& from) {
        const int d = s.d_depth;
        head.from_body = from.matrix(d, s.d_model);
        head.slot_embed = from.numbers(size_t(SLOTS) * d);
        head.a_embed = from.numbers(size_t(s.n_a) * d);
        head.b_embed = from.numbers(size_t(s.n_b) * d);
        head.norm_attention = from.numbers(d);
        head.norm_mlp = from.numbers(d);
        head.norm_out = from.numbers(d);
        head.qkv = from.matrix(3 * d, d);
        head.out = from.matrix(d, d);
        head.mlp = from.gated(d, s.d_depth_ff);
        head.a_logits = from.matrix(s.n_a, d);
        head.a_bias = from.numbers(s.n_a);
        head.b_mix = from.matrix(d, 2 * d);
        head.b_logits = from.matrix(s.n_b, d);
        head.b_bias = from.numbers(s.n_b);
    }

    static void point(const float* x, int width, Pointers& at) {
        for (size_t r = 0; r < at.size(); r++) at[r] = x + r * width;
    }
    static void norm_rows(const float* x, const Numbers& gain, Numbers& to, Pointers& at) {
        const int d = int(gain.size());
        for (size_t r = 0; r < at.size(); r++) normalize(x + r * d, gain.data(), d, to.data() + r * d);
        point(to.data(), d, at);
    }
    std::pair<int, int> share(int panels, int me) const { return {panels * me / crew.size, panels * (me + 1) / crew.size}; }

    // This thread's share of a product; `to(row)` is where a row's outputs go.
    template <class To>
    void product(const Matrix& m, const Pointers& x, int me, To to, Float8 (*then)(Float8) = nullptr) const {
        const auto [first, last] = share(m.panels(), me);
        multiply(m, x.data(), int(x.size()), first, last, [&](int r, int p, Float8 low, Float8 high) {
            store(to(r) + p * PANEL, then ? then(low) : low);
            store(to(r) + p * PANEL + LANES, then ? then(high) : high);
        });
    }
    void product_add(const Matrix& m, const Pointers& x, int me, float* y) const {
        const auto [first, last] = share(m.panels(), me);
        multiply(m, x.data(), int(x.size()), first, last, [&](int r, int p, Float8 low, Float8 high) {
            add(y + size_t(r) * m.outs + p * PANEL, low, high);
        });
    }
    static void add(float* to, Float8 low, Float8 high) {
        store(to, load(to) + low);
        store(to + LANES, load(to + LANES) + high);
    }

    void angles(const float* coords, int rows, float* turns) const {
        const int half = s.d_head / 2;
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < half; i++) {
                const float angle = coords[r * 3 + axes[i]] * rates[i];
                turns[size_t(r) * s.d_head + i] = std::cos(angle);
                turns[size_t(r) * s.d_head + half + i] = std::sin(angle);
            }
    }
    // QK-norm, then the rotation of pairs (i, i + half).
    void place(const float* in, const Numbers& gain, const float* turn, float* out) const {
        const int half = s.d_head / 2;
        normalize(in, gain.data(), s.d_head, out);
        for (int i = 0; i < half; i += LANES) {
            const Float8 a = load(out + i), b = load(out + half + i), c = load(turn + i), sn = load(turn + half + i);
            store(out + i, a * c - b * sn);
            store(out + half + i, b * c + a * sn);
        }
    }

    // Keys lie in blocks of eight tokens, [token / 8][channel][token % 8], values as rows.
    size_t at_kv(int layer, int kv_row, int group) const {
        return ((size_t(layer) * s.kv_rows + kv_row) * s.n_kv + group) * longest * s.d_head;
    }
    void remember(const Layer& layer, size_t kv, int index, int group, const float* qkv, const float* turn) {
        float placed[MOST_D_HEAD];
        place(qkv + (s.n_heads + group) * s.d_head, layer.k_norm, turn, placed);
        float* k = keys.get() + kv + size_t(index / LANES) * LANES * s.d_head + index % LANES;
        for (int c = 0; c < s.d_head; c++) k[size_t(c) * LANES] = placed[c];
        const float* v = qkv + (s.n_heads + s.n_kv + group) * s.d_head;
        std::copy(v, v + s.d_head, values.get() + kv + size_t(index) * s.d_head);
    }
    void attend(const Layer& layer, size_t kv, int length, int q, const float* qkv, const float* turn, float* mix, int me) {
        float placed[MOST_D_HEAD];
        place(qkv + q * s.d_head, layer.q_norm, turn, placed);
        const float scale = 1.0f / std::sqrt(float(s.d_head));
        float* chance = scores.data() + size_t(me) * longest;
        const float* k = keys.get() + kv;
        for (int t = 0; t < length; t += LANES, k += LANES * s.d_head) {
            Float8 even{}, odd{};
            for (int c = 0; c < s.d_head; c += 2) {
                even += load(k + c * LANES) * placed[c];
                odd += load(k + (c + 1) * LANES) * placed[c + 1];
            }
            store(chance + t, (even + odd) * scale);
        }
        const float sum = softmax_terms(chance, length);
        const float* v = values.get() + kv;
        for (int from = 0; from < s.d_head; from += 64) {  // 64 channels of sums stay in registers
            Float8 out[8] = {};
            const int vectors = std::min(8, (s.d_head - from) / LANES);
            for (int t = 0; t < length; t++)
                for (int i = 0; i < vectors; i++) out[i] += load(v + size_t(t) * s.d_head + from + i * LANES) * chance[t];
            for (int i = 0; i < vectors; i++) store(mix + q * s.d_head + from + i * LANES, out[i] / sum);
        }
    }

    static Group whole(int rows) {
        Group group;
        for (int r = 0; r < rows; r++) group.rows.push_back(r);
        group.places.assign(rows, 0);
        return group;
    }
    // Sigmoid scores; the bias takes part in choosing only; the weights of a row's experts add up to one (moe.py).
    void route(const Layer& layer, const Pointers& x, Routes& routes) const {
        const int rows = int(x.size()), wide = layer.router.padded();
        routes.groups.assign(1, whole(rows));
        routes.weights.assign(size_t(rows) * (s.top_k + 1), 1.0f);
        if (layer.experts.size() == 1) return;
        Numbers score(size_t(rows) * wide);
        multiply(layer.router, x.data(), rows, 0, layer.router.panels(), [&](int r, int p, Float8 low, Float8 high) {
            store(score.data() + size_t(r) * wide + p * PANEL, sigmoid(low));
            store(score.data() + size_t(r) * wide + p * PANEL + LANES, sigmoid(high));
        });
        std::vector<Group> groups(s.n_experts + 1);
        for (int r = 0; r < rows; r++) {
            const float* mine = score.data() + size_t(r) * wide;
            const std::vector<int> chosen = best(mine, layer.choice_bias);
            float sum = 1e-20f;
            for (int e : chosen) sum += mine[e];
            for (int k = 0; k < s.top_k; k++) {
                routes.weights[size_t(r) * (s.top_k + 1) + k + 1] = mine[chosen[k]] / sum;
                groups[chosen[k] + 1].rows.push_back(r);
                groups[chosen[k] + 1].places.push_back(k + 1);
            }
        }
        for (int e = 1; e <= s.n_experts; e++) {
            groups[e].expert = e;
            if (!groups[e].rows.empty()) routes.groups.push_back(std::move(groups[e]));
        }
    }
    std::vector<int> best(const float* score, const Numbers& bias) const {
        std::vector<int> order(s.n_experts);
        for (int e = 0; e < s.n_experts; e++) order[e] = e;
        std::partial_sort(order.begin(), order.begin() + s.top_k, order.end(),
                          [&](int a, int b) { return score[a] + bias[a] > score[b] + bias[b]; });
        order.resize(s.top_k);
        std::sort(order.begin(), order.end());  // so that a row's sums have one order
        return order;
    }
    // silu(gate) * up of a group's rows, into their places of `hidden`.
    void gate(const Gated& expert, const Group& group, const Pointers& x, int me, float* hidden, int width) const {
        const int ff = expert.down.ins, middle = ff / PANEL;
        Pointers at;
        for (int r : group.rows) at.push_back(x[r]);
        const auto to = [&](int i) { return hidden + size_t(group.rows[i]) * width + group.places[i] * ff; };
        const auto [first, last] = share(middle, me);
        multiply(expert.gate_up, at.data(), int(at.size()), first, last, [&](int i, int p, Float8 low, Float8 high) {
            store(to(i) + p * PANEL, silu(low));
            store(to(i) + p * PANEL + LANES, silu(high));
        });
        multiply(expert.gate_up, at.data(), int(at.size()), middle + first, middle + last, [&](int i, int p, Float8 low, Float8 high) {
            float* y = to(i) + (p - middle) * PANEL;
            store(y, load(y) * low);
            store(y + LANES, load(y + LANES) * high);
        });
    }
    // Add what an expert says of its rows, by its weight.
    void combine(const Gated& expert, const Group& group, const Routes& routes, int me, const float* hidden, int width, float* x) const {
        Pointers at;
        for (size_t i = 0; i < group.rows.size(); i++)
            at.push_back(hidden + size_t(group.rows[i]) * width + group.places[i] * expert.down.ins);
        const auto [first, last] = share(expert.down.panels(), me);
        multiply(expert.down, at.data(), int(at.size()), first, last, [&](int i, int p, Float8 low, Float8 high) {
            const int r = group.rows[i];
            const float weight = routes.weights[size_t(r) * (s.top_k + 1) + group.places[i]];
            add(x + size_t(r) * s.d_model + p * PANEL, low * weight, high * weight);
        });
    }

    // What the depth head sees of a slot: the body's vector, which slot it is, and the code before it.
    void enter(const float* base, int slot, const int64_t* before, float* x) const {
        const float* mine = head.slot_embed.data() + size_t(slot) * s.d_depth;
        for (int i = 0; i < s.d_depth; i++) x[i] = base[i] + mine[i];
        if (!slot) return;
        const float *a = head.a_embed.data() + before[0] * s.d_depth, *b = head.b_embed.data() + before[1] * s.d_depth;
        for (int i = 0; i < s.d_depth; i++) x[i] += a[i] + b[i];
    }
    // Attention of a slot over those before it and itself. `qkv` has the slots one after another.
    void look_back(const float* qkv, int slot, float* mix) const {
        const int d = s.d_depth;
        for (int at = 0; at < d; at += DEPTH_HEAD) {
            const float* q = qkv + size_t(slot) * 3 * d + at;
            float chance[LANES] = {};
            for (int t = 0; t <= slot; t++) chance[t] = dot(q, qkv + size_t(t) * 3 * d + d + at, DEPTH_HEAD) / 8.0f;
            const float sum = softmax_terms(chance, slot + 1);
            for (int i = 0; i < DEPTH_HEAD; i += LANES) {
                Float8 out{};
                for (int t = 0; t <= slot; t++) out += load(qkv + size_t(t) * 3 * d + 2 * d + at + i) * chance[t];
                store(mix + at + i, out / sum);
            }
        }
    }

    // Guide, cut the tail, and take the value at which the summed chances pass `uniform`.
    static int choose(const float* with, const float* without, const Numbers& bias, float uniform, const float* dials, float* chance) {
        const int n = int(bias.size());
        const float guidance = dials[0], temperature = dials[1], top_p = dials[2];
        for (int i = 0; i < n; i++) chance[i] = without[i] + guidance * (with[i] - without[i]) + bias[i];
        if (temperature == 0) return int(std::max_element(chance, chance + n) - chance);
        for (int i = 0; i < n; i++) chance[i] /= temperature;
        const float sum = softmax_terms(chance, n), least = threshold(chance, n, top_p * sum);
        float left = uniform * mass_from(chance, n, least);
        int last = 0;
        for (int i = 0; i < n && left >= 0; i++)
            if (chance[i] >= least) {
                left -= chance[i];
                last = i;
            }
        return last;
    }
    static float mass_from(const float* chance, int n, float bound) {
        Float8 sum{};
        for (int i = 0; i < n; i += LANES) sum += load(chance + i) >= bound ? load(chance + i) : Float8{};
        return total(sum);
    }
    // The largest bound such that the chances from it on add up to `mass`: bisection on the bits of a positive float.
    static float threshold(const float* chance, int n, float mass) {
        const auto number = [](uint32_t bits) {
            float v;
            std::memcpy(&v, &bits, sizeof v);
            return v;
        };
        uint32_t low = 0, high = 0x3f800001;  // from 0 to just above 1, the largest term there is
        while (high - low > 1) {
            const uint32_t middle = low + (high - low) / 2;
            (mass_from(chance, n, number(middle)) >= mass ? low : high) = middle;
        }
        return number(low);
    }

    const Sizes s;
    Crew crew;
    const std::vector<int32_t> axes;
    const Numbers rates;
    const int longest;  // tokens of a sequence, in whole blocks
    Block<float> keys, values;
    Numbers scores, norm;
    std::vector<Layer> layers;
    Head head;
    Scratch scratch;
};

}  // namespace

extern "C" {

void* aurora_step_new(const Sizes* sizes, const float* const* tensors, const int32_t* axes, const float* rates) {
    return new Step(*sizes, tensors, axes, rates);
}
void aurora_step_free(void* step) { delete static_cast<Step*>(step); }

void aurora_body(void* step, const float* x, const int32_t* kv_row, const int32_t* index, const float* coords, int rows,
                 float* out) {
    static_cast<Step*>(step)->body(x, kv_row, index, coords, rows, out);
}
void aurora_codes(void* step, const float* body, int rows, int pictures, const int32_t* owner, const int32_t* partner,
                  const float* uniform, const float* dials, int64_t* out) {
    static_cast<Step*>(step)->codes(body, rows, pictures, owner, partner, uniform, dials, out);
}
}
