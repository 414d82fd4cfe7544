// Tells the thread sanitizer of the mutexes of Swift's Synchronization module on Linux.
//
// The fast paths of `Mutex` are inlined, so the sanitizer sees them. The slow ones, taken when threads wait for each other,
// are in a library that was built without it: whoever gets a mutex there seems to race with whoever had it. This library,
// preloaded, stands before the two functions and notes what they do.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Hidden, so that the code below can refer to them from a shared library.
__attribute__((visibility("hidden"))) void *real_lock, *real_unlock, *tsan_acquire, *tsan_release;

static void *find(void *where, const char *name) {
    void *found = dlsym(where, name);
    if (!found) {
        fprintf(stderr, "mutex.c: there is no %s: the program has no thread sanitizer, or Swift has changed.\n", name);
        exit(1);
    }
    return found;
}

__attribute__((constructor)) static void setup(void) {
    tsan_acquire = find(RTLD_DEFAULT, "__tsan_acquire");
    tsan_release = find(RTLD_DEFAULT, "__tsan_release");
    real_lock = find(RTLD_NEXT, LOCK);
    real_unlock = find(RTLD_NEXT, UNLOCK);
}

// Swift passes the mutex in the register for `self`: r13 or x20. Both are kept for the caller.
#if defined(__x86_64__)
__asm__(
    ".globl \"" LOCK "\"\n"
    ".type \"" LOCK "\", @function\n"
    "\"" LOCK "\":\n"
    "    push %r13\n"
    "    call *real_lock(%rip)\n"
    "    mov (%rsp), %rdi\n"
    "    call *tsan_acquire(%rip)\n"
    "    pop %r13\n"
    "    ret\n"
    ".globl \"" UNLOCK "\"\n"
    ".type \"" UNLOCK "\", @function\n"
    "\"" UNLOCK "\":\n"
    "    push %r13\n"
    "    mov %r13, %rdi\n"
    "    call *tsan_release(%rip)\n"
    "    mov (%rsp), %r13\n"
    "    call *real_unlock(%rip)\n"
    "    pop %r13\n"
    "    ret\n");
#elif defined(__aarch64__)
__asm__(
    ".globl \"" LOCK "\"\n"
    ".type \"" LOCK "\", %function\n"
    "\"" LOCK "\":\n"
    "    stp x20, x30, [sp, #-16]!\n"
    "    adrp x9, real_lock\n"
    "    ldr x9, [x9, :lo12:real_lock]\n"
    "    blr x9\n"
    "    ldr x0, [sp]\n"
    "    adrp x9, tsan_acquire\n"
    "    ldr x9, [x9, :lo12:tsan_acquire]\n"
    "    blr x9\n"
    "    ldp x20, x30, [sp], #16\n"
    "    ret\n"
    ".globl \"" UNLOCK "\"\n"
    ".type \"" UNLOCK "\", %function\n"
    "\"" UNLOCK "\":\n"
    "    stp x20, x30, [sp, #-16]!\n"
    "    mov x0, x20\n"
    "    adrp x9, tsan_release\n"
    "    ldr x9, [x9, :lo12:tsan_release]\n"
    "    blr x9\n"
    "    ldr x20, [sp]\n"
    "    adrp x9, real_unlock\n"
    "    ldr x9, [x9, :lo12:real_unlock]\n"
    "    blr x9\n"
    "    ldp x20, x30, [sp], #16\n"
    "    ret\n");
#else
#error "Only for x86-64 and arm64."
#endif
