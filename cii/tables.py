"""Every table of the product in one import: for migrations, start-up checks and policies."""

from cii.access import models as access
from cii.audit import models as audit
from cii.cases import models as cases
from cii.coaching import models as coaching
from cii.consent import models as consent
from cii.files import models as files
from cii.organisations import models as organisations
from cii.outbox import models as outbox
from cii.signin import models as signin

CAPABILITIES = (access, audit, outbox, files, organisations, signin, consent, cases, coaching)
