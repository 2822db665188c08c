// Threads of one program. The calling thread runs the program; where a loop is long it hands out chunks of it, and takes
// some itself. It waits for chunks alone: a worker that holds none, asleep or late, delays nobody.
#pragma once
#include "damo.hpp"

namespace damo {

// In memory that all threads share. The runtime makes it and reads its words: see runtime/threads.ts.
struct Pool {
  u64 ticket;                             // number of the job << 32 | chunks that nobody has taken yet
  u32 left;                               // chunks of the job that are not done
  void (*work)(const void*, i32, i32, i32);  // does a chunk of the job, of so many, as a thread by its number
  const void* closure;
  i32 chunks;
  u32 parked;                             // workers that sleep
  u32 wake;                               // what they sleep on: changes when there is work
  u32 ended;                              // workers are to leave
  u32 failed;                             // a worker died
  u32 spins;                              // how often a worker looks for work before it sleeps
  u32 maySleep;                           // whether the calling thread may sleep
  u32 threads;                            // workers and the calling thread
  u32 here;                               // workers that have started
  u32 grain;                              // nanoseconds that a chunk is worth
  u32 asleep;                             // the calling thread sleeps on `left`
  u32 gone;                               // workers that have left
  // How it went with waking workers, for the calling thread alone: see `worthWaking`.
  u32 late;                               // jobs in a row for which sleepers were woken, and nobody came in time
  u32 unasked;                            // jobs yet to be done without waking anybody
  f64 tried;                              // nanoseconds of the last job for which nobody came
};

constexpr u32 relaxedOrder = __ATOMIC_RELAXED, strictOrder = __ATOMIC_SEQ_CST;

// A chunk of the job under way, from the last to the first; -1 when there is none. A ticket that is read and then
// exchanged belongs to a job that is not done, so what the pool says of the job is of that one.
DAMO_INLINE i32 takeChunk(Pool* pool) {
  u64 ticket = __atomic_load_n(&pool->ticket, strictOrder);
  while (u32(ticket) != 0) {
    if (__atomic_compare_exchange_n(&pool->ticket, &ticket, ticket - 1, false, strictOrder, strictOrder))
      return i32(u32(ticket)) - 1;
  }
  return -1;
}

// Sleeps while `*word` is `value`, for at most some nanoseconds if that is not negative; true when they have passed. A
// function of its own, in which no local is used afterwards: code of V8's baseline compiler (Node 20) finds 0 in the last
// local of a function after `memory.atomic.wait32`.
DAMO_NOINLINE bool sleepOn(u32* word, u32 value, i64 nanoseconds) {
  return __builtin_wasm_memory_atomic_wait32((int*)word, i32(value), nanoseconds) == 2;
}

// Does a chunk if there is one; `who` is the number of the thread, the calling one being 0.
DAMO_INLINE bool doChunk(Pool* pool, i32 who) {
  const i32 chunk = takeChunk(pool);
  if (chunk < 0) return false;
  pool->work(pool->closure, chunk, pool->chunks, who);
  // The last chunk is seen to be done before the calling thread sleeps, or it is seen here that it does.
  if (__atomic_fetch_sub(&pool->left, 1, strictOrder) == 1 && __atomic_load_n(&pool->asleep, strictOrder))
    __builtin_wasm_memory_atomic_notify((int*)&pool->left, 1);
  return true;
}

// Looks rarely enough that the other threads have the memory for themselves, and often enough that little time is lost.
constexpr u32 spinsBeforeSleep = 20000;

// Nanoseconds at a stretch that the calling thread sleeps. A worker that fails says so. Of one that the host kills in the
// middle of a chunk the host tells nothing while this thread waits here: it is taken for dead when nothing was done for
// `patience`, and for so many times as long as a chunk should take. Time is counted by looks (1 to 8 nanoseconds each) and naps:
// it stands still where all threads do, be the process stopped or its machine.
constexpr i64 look = 5, nap = 100000000, patience = 5000000000;
constexpr f64 muchTooLong = 100;

// Waits until the other threads are done with their chunks; false when one of them died.
DAMO_INLINE bool waitForRest(Pool* pool, i64 limit) {
  u32 before = 0;
  i64 quiet = 0;
  for (u32 looks = 0; const u32 left = __atomic_load_n(&pool->left, strictOrder); looks++) {
    if (__atomic_load_n(&pool->failed, relaxedOrder)) return false;
    quiet = left == before ? quiet + look : 0;
    before = left;
    if (quiet > limit) {
      __atomic_store_n(&pool->failed, 1, strictOrder);
      return false;
    }
    if (looks < spinsBeforeSleep || !pool->maySleep) continue;
    __atomic_store_n(&pool->asleep, 1, strictOrder);
    if (sleepOn(&pool->left, left, nap)) quiet += nap;
    __atomic_store_n(&pool->asleep, 0, relaxedOrder);
  }
  return true;
}

// Waking costs a call into the host and takes 25 to 95 microseconds, or until a processor is free. Where nobody came before
// all was done, the next jobs of that length wake nobody: one of them, then three, seven, ... 255. So what is too short for
// help, or finds a machine that has other things to do, costs what one thread takes. A long job always wakes: that costs it
// little, and a processor may have come free since.
constexpr u32 mostLate = 8;
constexpr f64 longJob = 200000;

DAMO_INLINE bool worthWaking(Pool* pool, f64 work) {
  if (!__atomic_load_n(&pool->parked, strictOrder)) return false;
  if (pool->unasked == 0 || work > 2 * pool->tried || work >= longJob) return true;
  pool->unasked--;
  return false;
}

DAMO_INLINE void learnOf(Pool* pool, f64 work, bool woken, bool helped) {
  if (helped) pool->late = pool->unasked = 0;
  else if (woken) {
    pool->late = min(pool->late + 1, mostLate);
    pool->unasked = (1u << pool->late) - 1;
    pool->tried = work;
  }
}

// Has all threads do the chunks of a job of about so many nanoseconds. After a worker's death memory is not to be relied
// on: that traps.
DAMO_NOINLINE void doTogether(Pool* pool, i32 chunks, f64 nanoseconds, void (*work)(const void*, i32, i32, i32), const void* closure) {
  const u64 job = (__atomic_load_n(&pool->ticket, relaxedOrder) >> 32) + 1;
  pool->work = work;
  pool->closure = closure;
  pool->chunks = chunks;
  __atomic_store_n(&pool->left, u32(chunks), strictOrder);
  __atomic_store_n(&pool->ticket, job << 32 | u32(chunks), strictOrder);
  const bool wakes = worthWaking(pool, nanoseconds);
  if (wakes) {
    __atomic_fetch_add(&pool->wake, 1, strictOrder);
    __builtin_wasm_memory_atomic_notify((int*)&pool->wake, ~0u);
  }
  i32 own = 0;
  while (doChunk(pool, 0)) own++;
  learnOf(pool, nanoseconds, wakes, own < chunks);
  if (!waitForRest(pool, patience + i64(min(nanoseconds / chunks, 1e15) * muchTooLong))) __builtin_trap();
}

// How many chunks a loop of so many turns is cut into; `work` is the schedule's estimate of its nanoseconds. With less than
// a few chunks' worth, calling anybody costs more than it saves: `leastShared` of runtime/threads.ts.
DAMO_INLINE i32 chunksOf(const Pool* pool, i32 turns, f64 work) {
  if (!pool || turns < 2) return 1;
  const f64 grain = pool->grain;
  if (!(work >= 5 * grain)) return 1;
  const i32 limit = min(turns, i32(pool->threads * 8));
  return work < grain * limit ? i32(work / grain) : limit;
}

// Does `body(from, to, who)` for all turns of a loop, each part by some thread, which has memory of its own by its number.
template <class F> DAMO_INLINE void share(Pool* pool, i32 turns, f64 work, const F& body) {
  const i32 chunks = chunksOf(pool, turns, work);
  if (chunks < 2) return body(0, turns, 0);
  struct Closure {
    const F& body;
    i32 turns;
  } closure{body, turns};
  doTogether(
      pool, chunks, work,
      [](const void* closure, i32 chunk, i32 chunks, i32 who) {
        const Closure& job = *(const Closure*)closure;
        job.body(i32(i64(job.turns) * chunk / chunks), i32(i64(job.turns) * (chunk + 1) / chunks), who);
      },
      &closure);
}

// A worker's life: 0 when it is to end, and does not touch the pool or its stack any more.
DAMO_INLINE i32 serve(Pool* pool) {
  const i32 who = 1 + i32(__atomic_fetch_add(&pool->here, 1, relaxedOrder));
  for (u32 spins = 0;; spins++) {
    if (doChunk(pool, who)) spins = 0;
    if (__atomic_load_n(&pool->ended, relaxedOrder)) break;
    if (spins < pool->spins) continue;
    const u32 wake = __atomic_load_n(&pool->wake, strictOrder);
    __atomic_fetch_add(&pool->parked, 1, strictOrder);
    // Work that came since is seen here, or its giver sees who sleeps.
    if (u32(__atomic_load_n(&pool->ticket, strictOrder)) == 0 && !__atomic_load_n(&pool->ended, strictOrder))
      sleepOn(&pool->wake, wake, -1);
    __atomic_fetch_sub(&pool->parked, 1, strictOrder);
    spins = 0;
  }
  __atomic_fetch_add(&pool->gone, 1, strictOrder);
  return 0;
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int work(damo::Pool* pool) { return damo::serve(pool); }
