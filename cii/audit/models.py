"""One line for each act, each reading across institutions and each refusal; lines are only added."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cii.access.guard import actor_person, only_added, visible
from cii.access.models import sees
from cii.foundation.choice import Choice
from cii.foundation.clock import now
from cii.foundation.columns import Moment, stored_by_value
from cii.foundation.ids import new_id
from cii.foundation.texts import N_

READ_THE_TRAIL = 2  # the bit of consent.topics.Topic.NOTES: tandem and announcing institution


class Act(Choice):
    """What can happen to a case, an account or an institution."""

    CASE_READ = "case-read"
    LIST_READ = "list-read"
    AVS_REVEALED = "avs-revealed"
    REFUSED = "refused"
    DRAFT_SAVED = "draft-saved"
    ANNOUNCED = "announced"
    COMPLETED = "completed"
    ASKED_TO_COMPLETE = "asked-to-complete"
    REFUSED_ADMISSION = "refused-admission"
    ADMITTED = "admitted"
    TANDEM_NAMED = "tandem-named"
    TANDEM_CHANGED = "tandem-changed"
    COACHING_STARTED = "coaching-started"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    IMPORTED = "imported"
    PROCURATION_RECORDED = "procuration-recorded"
    PROCURATION_REVOKED = "procuration-revoked"
    PROCURATION_PRINTED = "procuration-printed"
    FILE_ADDED = "file-added"
    FILE_READ = "file-read"
    NOTE_PUBLISHED = "note-published"
    NOTE_CORRECTED = "note-corrected"
    OBJECTIVE_SET = "objective-set"
    OBJECTIVE_CHANGED = "objective-changed"
    APPOINTMENT_ARRANGED = "appointment-arranged"
    APPOINTMENT_CHANGED = "appointment-changed"
    PAYMENTS_PLANNED = "payments-planned"
    PAYMENT_ENTERED = "payment-entered"
    PAYMENT_CORRECTED = "payment-corrected"
    STATEMENT_SENT = "statement-sent"
    STATEMENT_ANSWERED = "statement-answered"
    UPDATE_SAVED = "update-saved"
    UPDATE_PUBLISHED = "update-published"
    NOTHING_NEW = "nothing-new"
    UPDATE_READ = "update-read"
    ADDENDUM_ADDED = "addendum-added"
    MONTHLY_MAIL_CHANGED = "monthly-mail-changed"
    MEASURE_PROPOSED = "measure-proposed"
    MEASURE_CHANGED = "measure-changed"
    MEASURE_PREPARED = "measure-prepared"
    MEASURE_SUBMITTED = "measure-submitted"
    MEASURE_TRANSMITTED = "measure-transmitted"
    MEASURE_GRANTED = "measure-granted"
    MEASURE_REFUSED = "measure-refused"
    MEASURE_RETURNED = "measure-returned"
    MEASURE_ABANDONED = "measure-abandoned"
    OPINION_GIVEN = "opinion-given"
    DECISION_WITHDRAWN = "decision-withdrawn"
    DECISION_PRINTED = "decision-printed"
    CATALOGUE_CHANGED = "catalogue-changed"
    DEPUTY_NAMED = "deputy-named"
    DEPUTY_ENDED = "deputy-ended"
    PERSON_CHANGED = "person-changed"
    INSTITUTION_CHANGED = "institution-changed"
    MESSAGE_SENT = "message-sent"
    MESSAGE_STOPPED = "message-stopped"
    MESSAGE_FAILED = "message-failed"
    MESSAGE_AMBIGUOUS = "message-ambiguous"
    MESSAGE_RETURNED = "message-returned"
    MESSAGE_SETTLED = "message-settled"
    MAIL_CHOICE_CHANGED = "mail-choice-changed"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SIGN_IN_REFUSED = "sign-in-refused"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an act


ACT_LABELS = {
    Act.CASE_READ: N_("dossier consulté"),
    Act.LIST_READ: N_("liste consultée"),
    Act.AVS_REVEALED: N_("numéro AVS affiché"),
    Act.REFUSED: N_("accès refusé"),
    Act.DRAFT_SAVED: N_("brouillon enregistré"),
    Act.ANNOUNCED: N_("situation annoncée"),
    Act.COMPLETED: N_("annonce complétée"),
    Act.ASKED_TO_COMPLETE: N_("compléments demandés"),
    Act.REFUSED_ADMISSION: N_("admission refusée"),
    Act.ADMITTED: N_("admission prononcée"),
    Act.TANDEM_NAMED: N_("tandem désigné"),
    Act.TANDEM_CHANGED: N_("nouvelle personne dans le tandem"),
    Act.COACHING_STARTED: N_("coaching commencé"),
    Act.SUSPENDED: N_("dossier suspendu"),
    Act.RESUMED: N_("dossier repris"),
    Act.IMPORTED: N_("annonce importée"),
    Act.PROCURATION_RECORDED: N_("procuration enregistrée"),
    Act.PROCURATION_REVOKED: N_("procuration révoquée"),
    Act.PROCURATION_PRINTED: N_("procuration imprimée"),
    Act.FILE_ADDED: N_("document ajouté"),
    Act.FILE_READ: N_("document consulté"),
    Act.NOTE_PUBLISHED: N_("note publiée"),
    Act.NOTE_CORRECTED: N_("note corrigée"),
    Act.OBJECTIVE_SET: N_("objectif fixé"),
    Act.OBJECTIVE_CHANGED: N_("objectif modifié"),
    Act.APPOINTMENT_ARRANGED: N_("rendez-vous fixé"),
    Act.APPOINTMENT_CHANGED: N_("rendez-vous modifié"),
    Act.PAYMENTS_PLANNED: N_("paiements planifiés"),
    Act.PAYMENT_ENTERED: N_("paiement enregistré"),
    Act.PAYMENT_CORRECTED: N_("paiement corrigé"),
    Act.STATEMENT_SENT: N_("décompte transmis"),
    Act.STATEMENT_ANSWERED: N_("réponse donnée à un décompte"),
    Act.UPDATE_SAVED: N_("mise à jour mensuelle modifiée"),
    Act.UPDATE_PUBLISHED: N_("mise à jour mensuelle publiée"),
    Act.NOTHING_NEW: N_("mise à jour mensuelle : rien de nouveau"),
    Act.UPDATE_READ: N_("mise à jour mensuelle lue"),
    Act.ADDENDUM_ADDED: N_("complément ajouté à une mise à jour"),
    Act.MONTHLY_MAIL_CHANGED: N_("réglages du courriel mensuel modifiés"),
    Act.MEASURE_PROPOSED: N_("mesure proposée"),
    Act.MEASURE_CHANGED: N_("proposition de mesure modifiée"),
    Act.MEASURE_PREPARED: N_("dossier de mesure préparé"),
    Act.MEASURE_SUBMITTED: N_("mesure soumise à la LMMT"),
    Act.MEASURE_TRANSMITTED: N_("mesure transmise au SAS"),
    Act.MEASURE_GRANTED: N_("mesure accordée"),
    Act.MEASURE_REFUSED: N_("mesure refusée"),
    Act.MEASURE_RETURNED: N_("mesure renvoyée pour complément"),
    Act.MEASURE_ABANDONED: N_("mesure abandonnée"),
    Act.OPINION_GIVEN: N_("préavis donné"),
    Act.DECISION_WITHDRAWN: N_("décision retirée"),
    Act.DECISION_PRINTED: N_("décision imprimée"),
    Act.CATALOGUE_CHANGED: N_("catalogue des mesures modifié"),
    Act.DEPUTY_NAMED: N_("suppléance désignée"),
    Act.DEPUTY_ENDED: N_("suppléance terminée"),
    Act.PERSON_CHANGED: N_("personne modifiée"),
    Act.INSTITUTION_CHANGED: N_("institution modifiée"),
    Act.MESSAGE_SENT: N_("message envoyé"),
    Act.MESSAGE_STOPPED: N_("message arrêté avant l’envoi"),
    Act.MESSAGE_FAILED: N_("message refusé"),
    Act.MESSAGE_AMBIGUOUS: N_("message incertain : parti ou non"),
    Act.MESSAGE_RETURNED: N_("message revenu"),
    Act.MESSAGE_SETTLED: N_("message réglé à la main"),
    Act.MAIL_CHOICE_CHANGED: N_("choix des messages modifié"),
    Act.SIGNED_IN: N_("connexion"),
    Act.SIGNED_OUT: N_("déconnexion"),
    Act.SIGN_IN_REFUSED: N_("connexion refusée"),
    Act.PASSWORD_CHANGED: N_("mot de passe modifié"),
}


class AuditEvent(SQLModel, table=True):
    """Who did what, for which institution, when and on which ground; nothing of the content."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_case_id_at", "case_id", "at"),
        sa.Index("ix_audit_event_person_id_at", "person_id", "at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Moment)
    act: Act = Field(sa_type=stored_by_value(Act, closed=False))
    person_id: UUID | None = Field(default=None, sa_column_kwargs={"comment": "None: the system"})
    institution_id: UUID | None = None
    case_id: UUID | None = None
    subject_id: UUID | None = Field(
        default=None, sa_column_kwargs={"comment": "the row concerned: a note, a file, a person"}
    )
    ground: str = Field(
        default="", max_length=400, sa_column_kwargs={"comment": "rule, right or reason given"}
    )
    details: dict[str, Any] = Field(
        default_factory=dict,
        sa_type=sa.JSON,
        sa_column_kwargs={
            "comment": "keys and numbers only: no content, no name of a person coached"
        },
    )


@visible(AuditEvent)
def audit_event_visible(event: type[AuditEvent]) -> sa.ColumnElement[bool]:
    """One's own acts; the acts on a case for its announcing institution and its tandem."""
    return sa.or_(event.person_id == actor_person, sees(event.case_id, READ_THE_TRAIL))


only_added(AuditEvent)
