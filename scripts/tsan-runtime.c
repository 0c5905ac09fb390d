// Tells Thread Sanitizer of what orders threads in Swift's runtime where it cannot see it. scripts/test-tsan.sh has this library
// loaded first, whose functions come before the runtime's.
//
// Mutex: taking a free one and giving back one that nobody waits for is compiled into the caller, where the sanitizer sees it. Waiting,
// and waking who waits, happens in libswiftSynchronization and in the kernel: every state that two threads ever contended for would look
// unguarded.
//
// Continuations: the runtime itself tells the sanitizer that what came before a `resume` comes before what the task does next, but
// (6.3) the task hears of it only where it had to wait. One that was resumed before it awaits goes on at once, and would look as if it
// had nothing to do with who resumed it. What a caller does first when an `await` is over is to free the callee's frame: there it hears.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// In programs that have the sanitizer; others, which inherit the environment, go without.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define CONTEXT __attribute__((swift_context))

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define CURRENT "swift_task_getCurrent"
#define FREE "swift_task_dealloc"

typedef SWIFT void (*lock_function)(uint32_t thread, CONTEXT void *mutex);
typedef SWIFT void (*unlock_function)(CONTEXT void *mutex);
typedef SWIFT void *(*current_function)(void);
typedef SWIFT void (*free_function)(void *memory);

SWIFT void pulp_lock(uint32_t thread, CONTEXT void *mutex) __asm__(LOCK);
SWIFT void pulp_unlock(CONTEXT void *mutex) __asm__(UNLOCK);
SWIFT void pulp_free(void *memory) __asm__(FREE);

// The runtime's own function.
static void *next(void **known, const char *name) {
    void *function = __atomic_load_n(known, __ATOMIC_RELAXED);
    if (!function) {
        function = dlsym(RTLD_NEXT, name);
        __atomic_store_n(known, function, __ATOMIC_RELAXED);
    }
    return function;
}

SWIFT void pulp_lock(uint32_t thread, CONTEXT void *mutex) {
    static void *known;
    ((lock_function)next(&known, LOCK))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void pulp_unlock(CONTEXT void *mutex) {
    static void *known;
    if (__tsan_release) __tsan_release(mutex);
    ((unlock_function)next(&known, UNLOCK))(mutex);
}

SWIFT void pulp_free(void *memory) {
    static void *known, *current;
    if (__tsan_acquire) __tsan_acquire(((current_function)next(&current, CURRENT))());
    ((free_function)next(&known, FREE))(memory);
}
