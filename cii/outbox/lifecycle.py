"""Where a message can stand, and which steps it can take: never lost, never silently twice."""

from cii.foundation.choice import Choice
from cii.foundation.texts import N_


class State(Choice):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELAYED = "delayed"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    BOUNCED = "bounced"
    STOPPED = "stopped"


STATE_LABELS = {
    State.QUEUED: N_("en attente"),
    State.SENDING: N_("envoi en cours"),
    State.SENT: N_("envoyé"),
    State.DELAYED: N_("retardé, nouvel essai prévu"),
    State.AMBIGUOUS: N_("incertain : parti ou non"),
    State.FAILED: N_("refusé définitivement"),
    State.BOUNCED: N_("revenu"),
    State.STOPPED: N_("arrêté avant l’envoi"),
}

# Waits for its next attempt, and has a moment for it.
WAITING = frozenset({State.QUEUED, State.DELAYED})
# Did not reach its reader, or perhaps not: somebody has to look at it.
IN_TROUBLE = frozenset({State.AMBIGUOUS, State.FAILED, State.BOUNCED})

STEPS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING}),
    State.DELAYED: frozenset({State.SENDING}),
    # From the intent on, only an answer, evidence or a person says what became of it.
    State.SENDING: frozenset(
        {
            State.SENT,
            State.DELAYED,
            State.FAILED,
            State.STOPPED,
            State.AMBIGUOUS,
            State.QUEUED,
        }
    ),
    State.AMBIGUOUS: frozenset({State.SENT, State.QUEUED, State.BOUNCED}),
    State.SENT: frozenset({State.BOUNCED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.BOUNCED: frozenset({State.QUEUED}),
    State.STOPPED: frozenset(),
}


class Trouble(Choice):
    """Why an attempt did not succeed: what the relay or the connection did."""

    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    SIGN_IN = "sign-in"
    REFUSED_FOR_NOW = "refused-for-now"
    REFUSED = "refused"
    NO_ANSWER = "no-answer"
    SENDER_GONE = "sender-gone"
    TOO_LATE = "too-late"
    NO_ADDRESS = "no-address"
    NOT_COMPOSED = "not-composed"
    CAME_BACK = "came-back"


TROUBLE_LABELS = {
    Trouble.CONNECTION: N_("le serveur de messagerie n’est pas joignable"),
    Trouble.CERTIFICATE: N_("le certificat du serveur de messagerie n’est pas valable"),
    Trouble.SIGN_IN: N_("le serveur de messagerie refuse la connexion de CII"),
    Trouble.REFUSED_FOR_NOW: N_("le serveur de messagerie a demandé d’attendre"),
    Trouble.REFUSED: N_("le serveur de messagerie a refusé l’adresse ou le message"),
    Trouble.NO_ANSWER: N_("la connexion a été coupée avant la réponse"),
    Trouble.SENDER_GONE: N_("l’envoi a été interrompu"),
    Trouble.TOO_LATE: N_("trop d’essais sans succès"),
    Trouble.NO_ADDRESS: N_("l’adresse manque ou n’est plus active"),
    Trouble.NOT_COMPOSED: N_("le message n’a pas pu être composé"),
    Trouble.CAME_BACK: N_("le message est revenu"),
}


# These concern every message alike: the relay itself has to be put right.
OF_THE_RELAY = frozenset({Trouble.CONNECTION, Trouble.CERTIFICATE, Trouble.SIGN_IN})


class NoSuchStep(ValueError):
    """The message stands elsewhere by now."""


def step(start: State, end: State) -> State:
    """The end of a step that exists; NoSuchStep otherwise."""
    if end not in STEPS[start]:
        raise NoSuchStep(f"{start.value} does not become {end.value}")
    return end
