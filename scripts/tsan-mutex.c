// Tells Thread Sanitizer of the part of Swift's Mutex that it cannot see.
//
// Taking a free Mutex and giving back one that nobody waits for is compiled into the caller, where the sanitizer sees it. Waiting,
// and waking who waits, happens in libswiftSynchronization and in the kernel, where it does not: every state that two threads ever
// contended for would look unguarded. scripts/test-tsan.sh has this library loaded first, whose functions come before those.

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

typedef SWIFT void (*lock_function)(uint32_t thread, CONTEXT void *mutex);
typedef SWIFT void (*unlock_function)(CONTEXT void *mutex);

SWIFT void pulp_lock(uint32_t thread, CONTEXT void *mutex) __asm__(LOCK);
SWIFT void pulp_unlock(CONTEXT void *mutex) __asm__(UNLOCK);

SWIFT void pulp_lock(uint32_t thread, CONTEXT void *mutex) {
    static lock_function next;
    lock_function function = __atomic_load_n(&next, __ATOMIC_RELAXED);
    if (!function) {
        function = (lock_function)dlsym(RTLD_NEXT, LOCK);
        __atomic_store_n(&next, function, __ATOMIC_RELAXED);
    }
    function(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void pulp_unlock(CONTEXT void *mutex) {
    static unlock_function next;
    unlock_function function = __atomic_load_n(&next, __ATOMIC_RELAXED);
    if (!function) {
        function = (unlock_function)dlsym(RTLD_NEXT, UNLOCK);
        __atomic_store_n(&next, function, __ATOMIC_RELAXED);
    }
    if (__tsan_release) __tsan_release(mutex);
    function(mutex);
}
