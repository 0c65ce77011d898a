// Threads that run one function together and meet at barriers. Between two calls they spin for a moment, then sleep.
#pragma once

#include <atomic>
#include <thread>
#include <type_traits>
#include <vector>

class Crew {
public:
    explicit Crew(int size) : size(size < 1 ? 1 : size) {
        for (int i = 1; i < this->size; i++) helpers_.emplace_back([this, i] { help(i); });
    }
    ~Crew() {
        ending_ = true;
        begin();
        for (auto& helper : helpers_) helper.join();
    }
    Crew(const Crew&) = delete;

    // Run `work(number)` on every thread, this one as number 0; returns when all are done.
    template <class Work>
    void run(Work&& work) {
        if (size > 1) {
            job_ = [](void* self, int i) { (*static_cast<std::remove_reference_t<Work>*>(self))(i); };
            self_ = &work;
            begin();
        }
        work(0);
        meet();
    }
    // Wait until every thread is here.
    void meet() {
        if (size == 1) return;
        const unsigned now = meeting_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) == size - 1) {
            arrived_.store(0, std::memory_order_relaxed);
            meeting_.store(now + 1, std::memory_order_release);
            return;
        }
        for (int turn = 0; meeting_.load(std::memory_order_acquire) == now; turn++)
            if (turn > 2000) std::this_thread::yield();  // another process has the core of the one we wait for
    }

    const int size;

private:
    void begin() {
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
    }
    void help(int i) {
        for (unsigned seen = 0;; seen++) {
            for (int turn = 0; turn < 20000 && round_.load(std::memory_order_acquire) == seen; turn++) {}
            round_.wait(seen, std::memory_order_acquire);
            if (ending_) return;
            job_(self_, i);
            meet();
        }
    }

    std::atomic<unsigned> round_{0}, meeting_{0};
    std::atomic<int> arrived_{0};
    std::atomic<bool> ending_{false};
    void (*job_)(void*, int) = nullptr;
    void* self_ = nullptr;
    std::vector<std::thread> helpers_;
};
