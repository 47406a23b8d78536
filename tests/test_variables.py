import numpy as np
import pytest
import safetensors
from tiny import make_model, shaken_model

from textvae.errors import BadInput
from textvae.saving.files import write_files
from textvae.saving.variables import (
    array_bytes,
    assign_arrays,
    named_variables,
    read_arrays,
)


def test_names_in_the_file_are_attributes_and_every_weight_has_one():
    model = make_model()
    named = named_variables(model)
    assert {"embedding.table", "encoder.forward.kernel", "decoder.lstm.recurrent_kernel"} <= {
        name.replace("lstm_cell.", "").replace("cell.", "") for name in named
    }
    assert {id(v) for v in named.values()} == {id(v) for v in model.weights}
    assert list(named) == list(named_variables(make_model()))  # no running counter


def test_a_refused_file_changes_no_weight():
    model = shaken_model()
    named = named_variables(model)
    arrays = {name: np.zeros(v.shape, np.float32) for name, v in named.items()}
    arrays["decoder.to_input.bias"] = np.zeros(3, np.float32)
    before = {name: v.numpy() for name, v in named.items()}
    with pytest.raises(BadInput, match="decoder.to_input.bias has the shape"):
        assign_arrays(named, arrays, "x")
    for name, variable in named.items():
        np.testing.assert_array_equal(variable.numpy(), before[name])


def test_arrays_keep_their_shapes_in_a_file_even_scalars(tmp_path):
    arrays = {"step": np.array(7), "one": np.ones(1), "turned": np.arange(6).reshape(2, 3).T}
    write_files(tmp_path, {"x": array_bytes(arrays, {"run": "é"})})
    read, metadata = read_arrays(tmp_path / "x")
    assert metadata == {"run": "é"}
    for name, value in arrays.items():
        assert read[name].shape == value.shape
        np.testing.assert_array_equal(read[name], value)


def test_files_of_the_same_arrays_and_metadata_have_the_same_bytes(tmp_path):
    arrays = {name: np.arange(size, dtype=np.float32) for name, size in (("y", 3), ("x", 5))}
    metadata = {f"key {i}": f'"é\n{i}' for i in range(12)}
    data = array_bytes(arrays, metadata)
    for _ in range(4):
        assert array_bytes(arrays, dict(reversed(metadata.items()))) == data
    (tmp_path / "file").write_bytes(data)
    with safetensors.safe_open(tmp_path / "file", "np") as file:
        assert file.metadata() == metadata
        for name, array in arrays.items():
            np.testing.assert_array_equal(file.get_tensor(name), array)
