"""The few messages of the ONNX format that a graph needs, as protobuf bytes.

Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (IR version 8).
"""

import struct
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32] | NDArray[np.int8] | NDArray[np.int64]
MICROSOFT = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""
_FLOAT, _INT = 1, 2
_ELEMENT = {"float32": 1, "int8": 3, "int32": 6, "int64": 7}


def node(
    kind: str,
    inputs: Sequence[str],
    *outputs: str,
    domain: str = "",
    **attributes: float,
) -> bytes:
    """Return a node, which is named after its first output."""
    fields = [_bytes(1, name) for name in inputs] + [_bytes(2, name) for name in outputs]
    fields += [_bytes(3, outputs[0]), _bytes(4, kind)]
    fields += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join((*fields, _bytes(7, domain)))


def tensor_in(file: str, offset: int, name: str, tensor: Tensor) -> bytes:
    """Return a constant whose values are read from another file."""
    said = {"location": file, "offset": str(offset), "length": str(tensor.nbytes)}
    where = [_bytes(13, _bytes(1, key) + _bytes(2, value)) for key, value in said.items()]
    return b"".join((_kind_of(name, tensor), *where, _number(14, 1)))


def tensor_of(name: str, tensor: Tensor) -> bytes:
    """Return a constant with its values."""
    return _kind_of(name, tensor) + _bytes(9, tensor.tobytes())


def _kind_of(name: str, tensor: Tensor) -> bytes:
    dimensions = [_number(1, size) for size in tensor.shape]
    return b"".join((*dimensions, _number(2, _ELEMENT[str(tensor.dtype)]), _bytes(8, name)))


def variable(name: str, kind: str, shape: Sequence[int | str]) -> bytes:
    """Return an input or output; a dimension that is a name may have any size."""
    sizes = [
        _bytes(1, _number(1, size) if isinstance(size, int) else _bytes(2, size)) for size in shape
    ]
    tensor = _number(1, _ELEMENT[kind]) + _bytes(2, b"".join(sizes))
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


def file_of(
    nodes: Iterable[bytes],
    constants: Iterable[bytes],
    *,
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
) -> bytes:
    """Return a whole file, of operator set 17 and ONNX Runtime's own."""
    parts = ((1, nodes), (5, constants), (11, inputs), (12, outputs))
    graph = [_bytes(number, each) for number, messages in parts for each in messages]
    named = _bytes(2, "encoder") + b"".join(graph)
    sets = [
        _bytes(8, _bytes(1, domain) + _number(2, n)) for domain, n in (("", 17), (MICROSOFT, 1))
    ]
    return b"".join((_number(1, 8), _bytes(2, "grounding"), _bytes(7, named), *sets))


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return _bytes(1, name) + _number(3, value) + _number(20, _INT)
    return _bytes(1, name) + _tag(2, 5) + struct.pack("<f", value) + _number(20, _FLOAT)


def _number(field: int, value: int) -> bytes:
    return _tag(field, 0) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    encoded = value.encode() if isinstance(value, str) else value
    return _tag(field, 2) + _varint(len(encoded)) + encoded


def _tag(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _varint(value: int) -> bytes:
    """Return a number that is not negative, seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
