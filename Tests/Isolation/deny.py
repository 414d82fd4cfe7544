"""Runs a program that can neither open sockets nor start other programs.

deny.py PROGRAM ARGUMENT…: a seccomp filter answers both with EPERM. Linux on x86-64 and arm64 only; no rights needed.
"""
import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, DENY = 0x7FFF0000, 0x00050000 | 1  # errno EPERM
# socket, socketpair, connect, bind, execve, execveat
ARCHITECTURES = {
    "x86_64": (0xC000003E, [41, 53, 42, 49], 59, 322),
    "aarch64": (0xC00000B7, [198, 199, 203, 200], 221, 281),
}


def filter_program(architecture, denied, execve, execveat, address):
    """The filter. The one execve that is let through is that of this script, known by where its argument lies."""
    low, high = address & 0xFFFFFFFF, address >> 32
    steps = []

    def add(code, value, then=0, otherwise=0):
        steps.append(struct.pack("HBBI", code, then, otherwise, value))

    add(LOAD, 4)
    add(JUMP_EQUAL, architecture, 1, 0)
    add(RETURN, DENY)
    add(LOAD, 0)
    for number in denied + [execveat]:
        add(JUMP_EQUAL, number, 0, 1)
        add(RETURN, DENY)
    add(JUMP_EQUAL, execve, 1, 0)
    add(RETURN, ALLOW)
    add(LOAD, 16)
    add(JUMP_EQUAL, low, 1, 0)
    add(RETURN, DENY)
    add(LOAD, 20)
    add(JUMP_EQUAL, high, 1, 0)
    add(RETURN, DENY)
    add(RETURN, ALLOW)
    return b"".join(steps), len(steps)


def main():
    if platform.machine() not in ARCHITECTURES:
        sys.exit(f"deny.py does not know the system calls of {platform.machine()}.")
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
    path = ctypes.create_string_buffer(arguments[0])
    argv = (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None)
    environment = [key + b"=" + value for key, value in os.environb.items()]
    envp = (ctypes.c_char_p * (len(environment) + 1))(*environment, None)
    program, count = filter_program(*ARCHITECTURES[platform.machine()], ctypes.addressof(path))
    instructions = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", count, ctypes.addressof(instructions)))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0):
        sys.exit(f"deny.py: no filter can be set here: {os.strerror(ctypes.get_errno())}")
    libc.execve(path, argv, envp)
    sys.exit(f"deny.py: {sys.argv[1]}: {os.strerror(ctypes.get_errno())}")


main()
