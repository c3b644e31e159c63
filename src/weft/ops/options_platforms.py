"""The two long sets of values: target platforms and PyTorch backends.

Owns rows as `options_values` describes them. What a platform means is known to `core.tags`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Choice

_PLATFORMS: tuple[Choice, ...] = (
    ("windows", "Short for `x86_64-pc-windows-msvc`", ""),
    ("linux", "Short for `x86_64-unknown-linux-gnu`", ""),
    ("macos", "Short for `aarch64-apple-darwin`", ""),
    ("x86_64-pc-windows-msvc", "Windows on 64-bit x86", ""),
    ("aarch64-pc-windows-msvc", "Windows on ARM64", ""),
    ("i686-pc-windows-msvc", "Windows on 32-bit x86", ""),
    ("x86_64-unknown-linux-gnu", "Linux on x86-64, as `x86_64-manylinux_2_28`", ""),
    ("aarch64-apple-darwin", "macOS on Apple silicon", ""),
    ("x86_64-apple-darwin", "macOS on x86-64", ""),
    ("aarch64-unknown-linux-gnu", "Linux on ARM64, as `aarch64-manylinux_2_28`", ""),
    ("aarch64-unknown-linux-musl", "Linux with musl on ARM64", ""),
    ("x86_64-unknown-linux-musl", "Linux with musl on x86-64", ""),
    ("riscv64-unknown-linux", "Linux on RISC-V", ""),
    ("x86_64-manylinux2014", "The same as `x86_64-manylinux_2_17`", ""),
    ("x86_64-manylinux_2_17", "Linux on x86-64 with glibc 2.17", ""),
    ("x86_64-manylinux_2_28", "Linux on x86-64 with glibc 2.28", ""),
    ("x86_64-manylinux_2_31", "Linux on x86-64 with glibc 2.31", ""),
    ("x86_64-manylinux_2_32", "Linux on x86-64 with glibc 2.32", ""),
    ("x86_64-manylinux_2_33", "Linux on x86-64 with glibc 2.33", ""),
    ("x86_64-manylinux_2_34", "Linux on x86-64 with glibc 2.34", ""),
    ("x86_64-manylinux_2_35", "Linux on x86-64 with glibc 2.35", ""),
    ("x86_64-manylinux_2_36", "Linux on x86-64 with glibc 2.36", ""),
    ("x86_64-manylinux_2_37", "Linux on x86-64 with glibc 2.37", ""),
    ("x86_64-manylinux_2_38", "Linux on x86-64 with glibc 2.38", ""),
    ("x86_64-manylinux_2_39", "Linux on x86-64 with glibc 2.39", ""),
    ("x86_64-manylinux_2_40", "Linux on x86-64 with glibc 2.40", ""),
    ("aarch64-manylinux2014", "The same as `aarch64-manylinux_2_17`", ""),
    ("aarch64-manylinux_2_17", "Linux on ARM64 with glibc 2.17", ""),
    ("aarch64-manylinux_2_28", "Linux on ARM64 with glibc 2.28", ""),
    ("aarch64-manylinux_2_31", "Linux on ARM64 with glibc 2.31", ""),
    ("aarch64-manylinux_2_32", "Linux on ARM64 with glibc 2.32", ""),
    ("aarch64-manylinux_2_33", "Linux on ARM64 with glibc 2.33", ""),
    ("aarch64-manylinux_2_34", "Linux on ARM64 with glibc 2.34", ""),
    ("aarch64-manylinux_2_35", "Linux on ARM64 with glibc 2.35", ""),
    ("aarch64-manylinux_2_36", "Linux on ARM64 with glibc 2.36", ""),
    ("aarch64-manylinux_2_37", "Linux on ARM64 with glibc 2.37", ""),
    ("aarch64-manylinux_2_38", "Linux on ARM64 with glibc 2.38", ""),
    ("aarch64-manylinux_2_39", "Linux on ARM64 with glibc 2.39", ""),
    ("aarch64-manylinux_2_40", "Linux on ARM64 with glibc 2.40", ""),
    ("aarch64-linux-android", "Android on ARM64", ""),
    ("x86_64-linux-android", "Android on x86-64", ""),
    ("wasm32-pyodide2024", "WebAssembly, Pyodide 2024 (Python 3.12)", ""),
    ("wasm32-pyodide2025", "WebAssembly, Pyodide 2025 (Python 3.13)", ""),
    ("arm64-apple-ios", "iOS on a device", ""),
    ("arm64-apple-ios-simulator", "iOS in the simulator on Apple silicon", ""),
    ("x86_64-apple-ios-simulator", "iOS in the simulator on x86-64", ""),
)

_TORCH = (
    "auto cpu cu132 cu130 cu129 cu128 cu126 cu125 cu124 cu123 cu122 cu121 cu120 cu118 cu117 cu116 "
    "cu115 cu114 cu113 cu112 cu111 cu110 cu102 cu101 cu100 cu92 cu91 cu90 cu80 rocm7.2 rocm7.1 "
    "rocm7.0 rocm6.4 rocm6.3 rocm6.2.4 rocm6.2 rocm6.1 rocm6.0 rocm5.7 rocm5.6 rocm5.5 rocm5.4.2 "
    "rocm5.4 rocm5.3 rocm5.2 rocm5.1.1 rocm4.2 rocm4.1 rocm4.0.1 xpu"
)

CHOICES: dict[str, tuple[Choice, ...]] = {
    "python_platform": _PLATFORMS,
    "torch_backend": tuple((name, "", "") for name in _TORCH.split()),
}
