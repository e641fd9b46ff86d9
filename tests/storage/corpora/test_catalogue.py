"""The catalogue: registrations as JSON objects of a store, which homes share; earlier homes; damaged files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError, ParameterError
from storage.corpora.catalogue import Catalogue, open_catalogue
from storage.corpora.registrations import Registration
from storage.objects.objects import open_objects
from storage.objects.store_error import StoreError

REMEDY = "Remedy: mirliton add x again, with its loader and root; nothing that is stored is lost."
WRITTEN = '{"name": "x", "loader": "maps", "root": "/r"}'


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(open_objects(str(tmp_path / "store")), tmp_path / "home")


def put(catalogue: Catalogue, content: str) -> None:
    catalogue.objects.write("registrations/x.json", content.encode())


def put_earlier(home: Path, content: str = WRITTEN) -> Path:
    """A registration where versions up to 0.2 kept it."""
    path = home / "datasets" / "x.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    return path


def test_a_registration_is_one_json_file_with_all_its_fields(catalogue: Catalogue, tmp_path: Path) -> None:
    added = Registration("x", "folder", os.fsdecode(b"/r\xff"), {"labels_exact": True}, exclude=["a"], variants=2)
    catalogue.add(added)
    assert json.loads((tmp_path / "store" / "registrations" / "x.json").read_bytes()) == {
        "name": "x",
        "loader": "folder",
        "root": "/r\udcff",
        "options": {"labels_exact": True},
        "max_quarantined": 0.2,
        "split": "auto",
        "split_seed": 0,
        "exclude": ["a"],
        "variants": 2,
        "augmentation": {},
    }
    assert catalogue.get("x") == added
    assert catalogue.names() == ["x"]


def test_fields_that_an_earlier_version_did_not_write_have_their_defaults(catalogue: Catalogue) -> None:
    put(catalogue, WRITTEN)
    assert catalogue.get("x") == Registration("x", "maps", "/r")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"name": "x"', "Expected JSON in {}. Received: Expecting ',' delimiter: line 1 column 13"),
        (
            '{"name": "x", "loader": "maps", "root": "/r", "exlude": []}',
            "Expected only the keys name, loader, root, options, max_quarantined, split, split_seed, exclude, "
            "variants, augmentation in {}. Received: exlude.",
        ),
        ('{"name": "x", "loader": "maps"}', "Expected the key root in {}. Received: none."),
        ('{"name": "x", "loader": 3, "root": "/r"}', "Expected loader of type str in {}. Received: one of type int."),
        ("[]", "Expected a JSON object in {}. Received: one of type array."),
    ],
)
def test_a_damaged_file_is_named_with_its_key_and_the_remedy(
    catalogue: Catalogue, tmp_path: Path, content: str, expected: str
) -> None:
    put(catalogue, content)
    with pytest.raises(MirlitonError) as error:
        catalogue.get("x")
    assert str(error.value).startswith(expected.format(tmp_path / "store" / "registrations" / "x.json"))
    assert str(error.value).endswith(REMEDY)


def test_a_damaged_file_of_an_earlier_home_is_named(catalogue: Catalogue, tmp_path: Path) -> None:
    path = put_earlier(tmp_path / "home", "[]")
    with pytest.raises(MirlitonError, match=f"a JSON object in {path}"):
        catalogue.get("x")


def test_a_wrong_setting_registers_nothing(catalogue: Catalogue) -> None:
    with pytest.raises(ParameterError, match="a dataset name"):
        catalogue.add(Registration("Not so", "folder", "/r"))
    assert catalogue.names() == []


def test_two_homes_at_one_store_see_the_same_datasets(bucket_address: str, tmp_path: Path) -> None:
    first, second = (Catalogue(open_objects(bucket_address), tmp_path / name) for name in ("first", "second"))
    first.add(Registration("x", "folder", "/r", variants=2))
    assert second.names() == ["x"]
    assert second.get("x") == Registration("x", "folder", "/r", variants=2)
    second.remove("x")
    assert first.names() == []
    assert not (tmp_path / "first").exists()


def test_a_corpus_in_the_home_is_each_home_s_own(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.add(Registration("x", "demo", str(tmp_path / "home" / "corpora" / "demo")))
    assert catalogue.get("x").root == str(tmp_path / "home" / "corpora" / "demo")
    other = Catalogue(catalogue.objects, tmp_path / "copy")
    assert other.get("x").root == str(tmp_path / "copy" / "corpora" / "demo")


def test_what_an_earlier_version_registered_in_a_home_counts_until_it_is_registered_again(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = put_earlier(tmp_path / "home")
    assert catalogue.names() == ["x"]
    assert catalogue.get("x") == Registration("x", "maps", "/r")
    catalogue.add(Registration("x", "maps", "/elsewhere"))
    assert not path.exists()
    assert catalogue.get("x").root == "/elsewhere"


def test_a_dataset_of_an_earlier_home_can_be_removed(catalogue: Catalogue, tmp_path: Path) -> None:
    put_earlier(tmp_path / "home")
    catalogue.remove("x")
    assert catalogue.names() == []


def test_earlier_registrations_are_shared_and_do_not_replace_those_of_the_store(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = put_earlier(tmp_path / "home")
    assert catalogue.share_earlier() == ["x"]
    assert not path.exists()
    other = Catalogue(catalogue.objects, tmp_path / "other")
    assert other.get("x") == Registration("x", "maps", "/r")
    put_earlier(tmp_path / "other", WRITTEN.replace("/r", "/mine"))
    assert other.share_earlier() == ["x"]
    assert other.get("x").root == "/r"


def test_a_store_that_does_not_answer_is_named(bucket_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MIRLITON_STORE_PATIENCE", "0.2")
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    with pytest.raises(StoreError, match=r"at http://127\.0\.0\.1:9\. Received: connection refused"):
        open_catalogue().names()
