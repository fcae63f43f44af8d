"""Object files linked without LLVM: the same results, and no guess at what is not known."""

import ctypes
import math
import platform
import struct
import sys

import llvmlite.binding as llvm
import numpy as np
import pytest

from chainrule.network.linking import LinkError, link
from chainrule.network.llvm import _target
from chainrule.network.llvm import load as load_with_llvm

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="elsewhere LLVM links"
)

# entry(i) is the cosine of a constant for even i, its square for odd i: constants, the addresses of
# functions among them, a function of this file by its address, one of the C library by its name.
PROGRAM = """
    @numbers = private constant [4 x double] [double 1.5, double 2.5, double 3.5, double 4.5]
    @functions = private constant [2 x ptr] [ptr @cosine, ptr @square]
    declare double @cos(double)
    define internal double @cosine(double %x) noinline {
      %c = call double @cos(double %x)
      ret double %c
    }
    define internal double @square(double %x) noinline {
      %s = fmul double %x, %x
      ret double %s
    }
    define double @entry(i64 %i) {
      %place = getelementptr double, ptr @numbers, i64 %i
      %x = load double, ptr %place
      %odd = and i64 %i, 1
      %which = getelementptr ptr, ptr @functions, i64 %odd
      %f = load ptr, ptr %which
      %y = call double %f(double %x)
      ret double %y
    }
"""
FUNCTION = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)


def compiled(program, *, codemodel="jitdefault", reloc="static"):
    machine = _target().create_target_machine(codemodel=codemodel, reloc=reloc, jit=True)
    return machine.emit_object(llvm.parse_assembly(program))


def entry(body, before=""):
    return f"{before}\ndefine double @entry(i64 %i) {{\n{body}\n}}"


def test_everything_a_kernel_is_made_of():
    function = FUNCTION(link(compiled(PROGRAM), "entry").load())
    expected = [math.cos(1.5), 2.5**2, math.cos(3.5), 4.5**2]
    assert [function(i) for i in range(4)] == expected


def test_the_image_says_what_depends_on_where_it_lies():
    image = link(compiled(PROGRAM), "entry")
    assert list(image.functions) == ["cos"]
    for place in image.places:  # each names a place in the image itself
        assert 0 <= struct.unpack_from("<q", image.code, place)[0] < len(image.code)
    assert all(image.code[place : place + 8] == bytes(8) for place in image.functions["cos"])


def test_another_function_of_the_same_file():
    program = f"{PROGRAM} define double @other(i64 %i) {{ ret double 7.0 }}"
    assert FUNCTION(link(compiled(program), "other").load())(0) == 7.0


def test_distances_are_filled_in():
    # With the small code model a constant, and a function of this file, are so many bytes away.
    program = entry(
        "%x = call double @half(i64 %i)\n%y = fadd double %x, 0.1\nret double %y",
        """define double @half(i64 %i) noinline {
             %x = sitofp i64 %i to double
             %y = fmul double %x, 0.5
             ret double %y
           }""",
    )
    image = link(compiled(program, codemodel="small"), "entry")
    assert image.places == []
    assert FUNCTION(image.load())(5) == 2.5 + 0.1


def test_sections_lie_where_vectors_may():
    # Aligned loads of 64 bytes from constants that come behind a section of another length.
    numbers = ", ".join(f"double {i}.25" for i in range(8))
    program = entry(
        """%all = load volatile <8 x double>, ptr @numbers, align 64
           %address = ptrtoint ptr @numbers to i64
           %rest = and i64 %address, 63
           %aligned = uitofp i64 %rest to double
           %last = extractelement <8 x double> %all, i32 7
           %y = fadd double %last, %aligned
           %z = fadd double %y, 0.1
           ret double %z""",
        f"@numbers = private constant <8 x double> <{numbers}>, align 64",
    )
    assert FUNCTION(link(compiled(program), "entry").load())(0) == 7.25 + 0.1


VARIABLE = entry("%y = load double, ptr @v\nret double %y", "@v = global double 1.0")
COMMON = entry("%y = load double, ptr @v\nret double %y", "@v = common global double 0.0")
THREADS = entry("%y = load double, ptr @v\nret double %y", "@v = thread_local global double 1.0")
STARTED = entry(
    "ret double 1.0",
    """define void @first() { ret void }
       @llvm.global_ctors = appending global [1 x { i32, ptr, ptr }]
         [{ i32, ptr, ptr } { i32 1, ptr @first, ptr null }]""",
)
HUGE = entry("%y = load double, ptr @v\nret double %y", "@v = constant double 1.0, align 65536")
CALL = entry("%y = call double @cos(double 1.0)\nret double %y", "declare double @cos(double)")


@pytest.mark.parametrize(
    ("program", "options", "message"),
    [
        (VARIABLE, {}, "unknown sort of memory"),
        (COMMON, {}, "a symbol is where no memory is"),
        (THREADS, {}, "unknown sort of memory"),
        (STARTED, {}, "unknown sort of memory"),
        (HUGE, {}, "unknown sort of memory"),
        (CALL, {"codemodel": "small"}, "cos is called in an unknown way"),
        (CALL, {"codemodel": "large", "reloc": "pic"}, "unknown"),
    ],
    ids=[
        "written to",
        "common",
        "of threads",
        "before all",
        "widely aligned",
        "near call",
        "by table",
    ],
)
def test_what_is_not_known_is_refused(program, options, message):
    with pytest.raises(LinkError, match=message):
        link(compiled(program, **options), "entry")


def sections(file):
    """Yield where each section's header is, its kind, and where its contents begin and end."""
    start, count = struct.unpack_from("<Q", file, 40)[0], struct.unpack_from("<H", file, 60)[0]
    for header in range(start, start + 64 * count, 64):
        (kind,), (offset, size) = (
            struct.unpack_from("<I", file, header + 4),
            struct.unpack_from("<QQ", file, header + 24),
        )
        yield header, kind, offset, offset + size


@pytest.mark.parametrize("kind", [0, 9, 10, 11, 25, 42, 1000])
def test_another_relocation_is_refused(kind):
    file = bytearray(compiled(PROGRAM))
    for _, section, start, end in sections(file):
        if section == 4:  # relocations; what was an address becomes something else
            for place in range(start + 8, end, 24):
                if file[place] == 1:
                    struct.pack_into("<I", file, place, kind)
    with pytest.raises(LinkError, match=f"unknown kind of relocation, {kind}|an unknown way"):
        link(bytes(file), "entry")


@pytest.mark.parametrize("kind", [7, 8, 9, 14, 17, 0x6FFF4C03])
def test_another_section_is_refused(kind):
    file = bytearray(compiled(PROGRAM))
    last = max(header for header, section, *_ in sections(file) if section == 1)
    struct.pack_into("<I", file, last + 4, kind)
    with pytest.raises(LinkError, match="unknown kind of section"):
        link(bytes(file), "entry")


def test_a_file_for_something_else_is_refused():
    file = compiled(PROGRAM)
    arm = file[:18] + b"\xb7\x00" + file[20:]
    linked = file[:16] + b"\x03\x00" + file[18:]
    narrow = file[:4] + b"\x01" + file[5:]
    for other in (arm, linked, narrow, b"", b"MZ" + file[2:]):
        with pytest.raises(LinkError, match="no object file for Linux on x86-64"):
            link(other, "entry")
    for symbol in ("absent", "", "cos"):
        with pytest.raises(LinkError):
            link(file, symbol)


@pytest.mark.parametrize("system", ["darwin", "win32", "freebsd14"])
def test_other_systems_are_left_to_llvm(system, monkeypatch):
    file = compiled(PROGRAM)
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(LinkError, match="for Linux"):
        link(file, "entry")


@pytest.mark.parametrize("program", [PROGRAM, VARIABLE, COMMON, HUGE])
def test_llvm_links_these_and_what_is_refused(program):
    function = FUNCTION(load_with_llvm(compiled(program), "entry"))
    expected = {PROGRAM: math.cos(1.5), COMMON: 0.0}.get(program, 1.0)
    assert function(0) == expected


def test_results_have_the_same_bits_as_with_llvm():
    names = ["exp", "log", "cos", "expm1", "log1p", "tanh", "erfc"]
    declared = "\n".join(f"declare double @{name}(double)" for name in names)
    body = ["%x0 = sitofp i64 %i to double", "%x = fdiv double %x0, 7.0"]
    body += [f"%{name} = call double @{name}(double %x)" for name in names]
    body.append(f"%s0 = fadd double %{names[0]}, 0.0")
    body += [f"%s{k} = fadd double %s{k - 1}, %{names[k]}" for k in range(1, len(names))]
    file = compiled(entry("\n".join([*body, f"ret double %s{len(names) - 1}"]), declared))
    ours, theirs = (
        FUNCTION(f) for f in (link(file, "entry").load(), load_with_llvm(file, "entry"))
    )
    numbers = range(1, 500)
    results = np.array([[ours(i), theirs(i)] for i in numbers])
    np.testing.assert_array_equal(results[:, 0], results[:, 1])
    expected = [
        sum((f(i / 7) for f in (getattr(math, name) for name in names)), start=0.0) for i in numbers
    ]
    np.testing.assert_allclose(results[:, 0], expected, rtol=1e-13)
