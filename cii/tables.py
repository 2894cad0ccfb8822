"""Every table of the product in one import: for migrations, start-up checks and policies."""

from cii.access import models as access
from cii.audit import models as audit
from cii.cases import models as cases
from cii.coaching import models as coaching
from cii.consent import models as consent
from cii.delivery import models as delivery
from cii.files import models as files
from cii.measures import models as measures
from cii.monthly import models as monthly
from cii.organisations import models as organisations
from cii.outbox import models as outbox
from cii.signin import models as signin

CAPABILITIES = (
    access,
    audit,
    outbox,
    delivery,
    files,
    organisations,
    signin,
    consent,
    cases,
    coaching,
    measures,
    monthly,
)
