"""What this app fills in at the places that lower apps name."""

from __future__ import annotations

from aims.core import permissions
from aims.core.registry import NavigationEntry, SeparatedAct, registry
from audits import calendar, pack_registration, places, reminders, sections
from audits.guards import audit, certificate, finding, grant, incident, request
from audits.permissions import TABLE
from audits.services import certification, engagements, handing_over, programme


def register() -> None:
    """Called once when Django is ready."""
    permissions.declare("audits", {**TABLE, **pack_registration.TABLE})
    for machine in (audit, finding, certificate, grant, request, incident):
        machine.register()
    pack_registration.register()
    registry.navigation += NAVIGATION
    registry.quick_actions += [
        ("Plan an audit", "audit_new", "audits.plan_audit"),
        ("Write a finding", "finding_new", "audits.draft_finding"),
        ("Invite an external auditor", "engagement_new", "audits.manage_engagements"),
    ]
    registry.work_sources.append(places.work)
    registry.search_sources.append(places.search)
    registry.home_parts.append(places.home)
    registry.ownerships += handing_over.OWNERSHIPS
    registry.separated_acts += [
        SeparatedAct("SOD-02", "audits.audit", "audit what they own or worked on"),
        SeparatedAct(
            "SOD-02", "audits.finding", "raise and judge a finding about what they own or worked on"
        ),
    ]
    registry.reminder_sources += reminders.SOURCES
    registry.daily_rounds += [
        certification.daily_round,
        engagements.end_expired,
        engagements.warn_of_end,
        programme.daily_round,
    ]
    registry.calendar_sources += calendar.SOURCES
    registry.pack_sections.append(sections.sections)
    registry.panels += places.panels()


NAVIGATION = [
    NavigationEntry("", "Overview", "engagement_home", "eye", "audits.view_own_engagement", 1),
    NavigationEntry("", "Calendar", "calendar", "calendar-clock", "audits.view_calendar", 2),
    NavigationEntry("Assure", "Audits", "audits", "clipboard-list", "audits.view_audits", 30),
    NavigationEntry(
        "Assure", "Findings", "findings", "flag", "audits.view_findings", 31, places.open_findings
    ),
    NavigationEntry("Assure", "Certification", "certification", "landmark", "audits.view_certification", 33),
    NavigationEntry("Assure", "External audits", "engagements", "users", "audits.view_engagements", 34),
    NavigationEntry("Assure", "Samples", "samples", "list-checks", "audits.do_external_audit", 36),
    NavigationEntry("Assure", "Your notes", "auditor_notes", "file-text", "audits.do_external_audit", 37),
    NavigationEntry("Assure", "Your findings", "finding_drafts", "flag", "audits.do_external_audit", 38),
    NavigationEntry(
        "Assure", "Requests", "requests", "inbox", "audits.view_requests", 35, places.open_requests
    ),
]
