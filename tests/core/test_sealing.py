from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from aims.core.sealing import SealBroken, seal, unseal


def test_a_sealed_text_names_its_form_hides_its_content_and_opens_again():
    sealed = seal("client secret")

    assert sealed.startswith("v1:")
    assert "client secret" not in sealed
    assert unseal(sealed) == "client secret"


def test_after_a_rotation_the_earlier_key_still_opens_and_the_new_one_seals(settings):
    earlier, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [earlier]
    old = seal("word")
    settings.FIELD_KEYS = [new, earlier]

    assert unseal(old) == "word"
    settings.FIELD_KEYS = [new]
    with pytest.raises(SealBroken):
        unseal(old)


@pytest.mark.parametrize("text", ["", "word", "v1:", "v1:word", "v2:word"])
def test_what_was_never_sealed_does_not_open(text):
    with pytest.raises(SealBroken):
        unseal(text)
