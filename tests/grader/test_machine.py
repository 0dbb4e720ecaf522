import pytest

from grader import machine


@pytest.fixture(autouse=True)
def _asked_anew():
    machine.device_class.cache_clear()
    yield
    machine.device_class.cache_clear()


def test_a_processor_is_named_by_its_model_without_trademarks_and_clock_rates(tmp_path, monkeypatch):
    info = tmp_path / "cpuinfo"
    info.write_text(
        "processor\t: 0\nmodel name\t: Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz\n\nprocessor\t: 1"
    )
    monkeypatch.setattr(machine, "_CPU_INFO", info)
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    assert machine.device_class() == "Intel Core i7-8550U (x86_64)"


def test_a_processor_without_a_name_is_named_by_its_architecture(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "none")
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "riscv64")
    assert machine.device_class() == "riscv64"
