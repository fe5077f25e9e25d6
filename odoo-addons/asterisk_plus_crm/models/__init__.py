from . import call
from . import crm_lead
