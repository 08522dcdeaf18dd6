"""Takes what other journeys do by hand as given:  python -m tests.journeys.prepared SLUG [--unscreened]

The record of its only AI system is complete, a risk is accepted, the screening is answered by the owner (or
begun), and whoever watches over the system has proven that they can.
"""

import sys

import django


def main(slug: str, *options: str) -> None:
    django.setup()
    from aims.core import directory
    from aims.core.models import Member, Organization
    from aims.core.tenancy.context import acting_in
    from controls.services import competence
    from inventory.models import AISystem
    from inventory.services.systems import edit_system
    from tests.cast import NOW, House
    from tests.inventory.factories import COMPLETE
    from tests.risk.conftest import HARMLESS, Ward, approve_criteria

    found = directory.organization_id(slug)
    assert found is not None
    with acting_in(found):
        organization = Organization.objects.get(pk=found)
        people = {member.email.split("@")[0]: member for member in Member.objects.all()}
        lena, oscar, tara = people["lena"], people["oscar"], people["tara"]
        roles = {"lead": lena, "risk_owner": lena, "top": tara, "owner": oscar, "control_owner": oscar}
        house, system = House(organization, roles), AISystem.objects.get()
        edit_system(
            actor=house.lead,
            system=system,
            row_version=system.row_version,
            oversight=[oscar],
            changes={**COMPLETE, "risk_owner": lena},
            now=NOW,
        )
        approve_criteria(house)
        system.refresh_from_db()
        ward = Ward(house, system)
        ward.accepted()
        if "--unscreened" in options:
            ward.screening()
        else:
            ward.finished(HARMLESS)
        record = competence.require_competence(
            actor=house.lead, person=oscar, topic="human_oversight", why="Watches over it", now=NOW
        )
        proof = "Twelve years on the ward"
        competence.move_competence(actor=house.lead, record=record, action="waive", proof=proof, now=NOW)


if __name__ == "__main__":
    main(*sys.argv[1:])
